"""Parts of files: what the header Range asks for, as RFC 9110 has it.

One range of bytes is answered with it, one that begins after the end with 416. What is no range, ranges of another unit
and several ranges are ignored: the whole is answered, as it is for a suffix that is longer than the file.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from werkzeug.datastructures import Headers
from werkzeug.exceptions import RequestedRangeNotSatisfiable

_ONE_RANGE: Final = re.compile(r"bytes=[ \t]*(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))[ \t]*", re.IGNORECASE)


def with_range(environ: Mapping[str, Any], length: int) -> dict[str, Any]:
    """Return a WSGI environment whose Range is one that lies within a file of so many bytes, or that has none.

    Raise RequestedRangeNotSatisfiable for a range that has nothing of the file.
    """
    kept = dict(environ)
    match = _ONE_RANGE.fullmatch(kept.pop("HTTP_RANGE", ""))
    if match is None or environ["REQUEST_METHOD"] != "GET":
        return kept
    first, last, suffix = (int(number) if number else None for number in match.groups())
    if last is not None and first is not None and last < first:
        return kept
    if (first is not None and first >= length) or suffix == 0:
        raise RequestedRangeNotSatisfiable(length)
    if suffix is None or suffix < length:
        kept["HTTP_RANGE"] = environ["HTTP_RANGE"]
    return kept


def say_length(headers: Headers, error: RequestedRangeNotSatisfiable) -> None:
    """Say in the headers of an error how long the file is."""
    if error.length is not None:
        headers["Content-Range"] = f"{error.units} */{error.length}"
