"""Tables as CSV without formulas, and tables that people paste or save in their programs."""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence

from hampa.platform.texts.cleaning import to_latin_digits

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


BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SEPARATORS = ";\t،؛|,"


def read_table(content: str | bytes, most_rows: int) -> list[list[str]]:
    """Return the cells of a table that somebody pasted or saved, without marks that nobody sees, in Latin digits.

    It may be separated by comma, semicolon or tabulator, and be UTF-8, UTF-16 as Excel saves it, or Windows-1256. Empty
    rows are left out. Raise ValueError for what is no text.
    """
    text = content if isinstance(content, str) else _decode(content)
    if "\0" in text:
        raise ValueError("this is no text")
    lines = [line for line in text.splitlines() if line.strip()][: most_rows + 1]
    separator = max(SEPARATORS, key=lambda sign: sum(sign in line for line in lines))
    rows = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    try:
        return [cells for row in rows if any(cells := [_plain(cell) for cell in row])][:most_rows]
    except csv.Error:
        raise ValueError("this is no table") from None


def _decode(content: bytes) -> str:
    for mark, encoding in BOMS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding)
    if content[1:20:2].count(0) > 4:
        return content.decode("utf-16-le")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1256")


def _plain(cell: str) -> str:
    """Return a cell without marks that nobody sees, and with Latin digits."""
    visible = "".join(char for char in cell if unicodedata.category(char) not in ("Cf", "Cc"))
    return to_latin_digits(visible.replace("\u00a0", " ")).strip()
