"""Tables as CSV that no spreadsheet can be tricked with."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence

BOM = "\ufeff"
"""Without it Excel takes UTF-8 for the system's old encoding."""

FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20\u2212\u2795"
"""What a formula begins with: also full-width and in the look-alikes that programs fold to these."""

_INSIDE = re.compile(rf"""([;,|][\s"']*)(?=[{re.escape(FORMULA)}])""")


def csv_of(rows: Iterable[Sequence[object]]) -> bytes:
    """The rows as CSV (RFC 4180) in UTF-8, every cell quoted, none of them a formula (OWASP, "CSV injection")."""
    text = io.StringIO()
    text.write(BOM)
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    for row in rows:
        writer.writerow([cell(value) for value in row])
    return text.getvalue().encode()


def cell(value: object) -> str:
    """What stands in a cell. Text that would begin a formula gets an apostrophe before it, which programs show as text;
    so does what follows a sign that programs of other countries take for the end of a cell. Numbers are left alone.
    """
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    flat = "".join(" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in str(value))
    flat = _INSIDE.sub(r"\1'", flat)
    seen = "".join(char for char in flat if not char.isspace() and unicodedata.category(char) != "Cf")
    return f"'{flat}" if seen.lstrip("\"'")[:1] in tuple(FORMULA) else flat
