"""Tables as CSV without formulas."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence

BOM = "\ufeff"
"""Excel reads UTF-8 only after this mark."""

FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20\u2212\u2795"
"""First characters of a formula, also full-width ones and look-alikes that programs fold to these."""

_INSIDE = re.compile(rf"""([;,|][\s"']*)(?=[{re.escape(FORMULA)}])""")


def to_csv(rows: Iterable[Sequence[object]]) -> bytes:
    """Return the rows as CSV (RFC 4180) in UTF-8, every cell quoted, none of them a formula (OWASP, "CSV injection")."""
    file = io.StringIO()
    file.write(BOM)
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows([safe_cell(value) for value in row] for row in rows)
    return file.getvalue().encode()


def safe_cell(value: object) -> str:
    """Return the text of a cell, with an apostrophe before all that could begin a formula; numbers stay as they are.

    That includes text after a sign that separates cells in programs of other countries.
    """
    if value is None or isinstance(value, int | float):
        return "" if value is None else str(value)
    text = "".join(" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in str(value))
    text = _INSIDE.sub(r"\1'", text)
    visible = "".join(char for char in text if not char.isspace() and unicodedata.category(char) != "Cf")
    return f"'{text}" if visible.lstrip("\"'")[:1] in tuple(FORMULA) else text
