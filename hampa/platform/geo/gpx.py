"""GPX files (1.1, topografix.com/GPX/1/1, and 1.0), as devices and programs really write them.

Expat reads them as a stream: no tree is built, a document type (and with it every entity) is refused, nothing is fetched.
Namespaces are ignored, since some programs use prefixes that they never declare. The text is decoded here by what the
bytes are, not by what the file declares, and what is no XML in names (bare `&` and `<`, control characters) is escaped.
Points and heights that cannot be right are left out and counted (`platform.geo.tracks`).
"""

from __future__ import annotations

import codecs
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isfinite, nan
from typing import IO
from xml.parsers import expat
from xml.sax.saxutils import escape

CHUNK = 1 << 16
DEEPEST = 64
"""The limit of nested elements; GPX needs seven, extensions some more."""
LONGEST_TEXT = 40
OTHERS = {"trainingcenterdatabase": "tcx", "kml": "kml"}
"""Root elements of other formats that people take for GPX."""
POINTS = ("trkpt", "rtept", "rpt")
"""Points of tracks and of routes, and Garmin's between those of a route (gpxx:rpt)."""
LINES = ("trkseg", "trk", "rte")
MOST_EAST = 540.0
"""Programs that draw across 180° count on, or back."""
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
DECLARED = re.compile(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
CODECS = re.compile(r"iso8859-\d+|cp\d+|koi8-[rut]|mac-[a-z]+|gb2312|gbk|gb18030|big5|shift_jis|euc_jp|euc_kr")
"""Python's names of the encodings that are believed when a file declares them; the others are Unicode, or no text."""
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
BARE = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos|#(?:9|10|13|3[2-9]|[4-9]\d|[1-9]\d{2,3})|#x(?:9|[aAdD]|[2-9a-fA-F][\da-fA-F]"
    r"|[1-9a-cA-C][\da-fA-F]{2,3}));)|<(?![A-Za-z_:/!?\u0080-\U0010ffff])"
)
"""An `&` that begins none of the references which XML knows by itself, and a `<` that begins no markup."""
LONGEST_REFERENCE = 12


class UnreadableRoute(Exception):
    """A file without a readable route; `reason` is one of `hampa.routes.models.REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class Line:
    """Points in their order: degrees north, degrees east, metres above the sea (nan where unknown)."""

    north: array[float] = field(default_factory=lambda: array("d"))
    east: array[float] = field(default_factory=lambda: array("d"))
    height: array[float] = field(default_factory=lambda: array("d"))

    def __len__(self) -> int:
        return len(self.north)


@dataclass
class TimedLine(Line):
    """A line as it was recorded, with the second of each point (nan where unknown), which is never kept."""

    time: array[float] = field(default_factory=lambda: array("d"))


@dataclass(frozen=True)
class Recording:
    """The lines of a file, and how much of it is left out, by reason: keys of `hampa.routes.models.LEFT_OUT`."""

    lines: list[TimedLine]
    left_out: Counter[str]


def read(source: IO[bytes]) -> Recording:
    """Return the segments of a file's tracks, or its routes if it has no track. Raise UnreadableRoute if it has none."""
    reader = _Reader()
    try:
        for chunk in _chunks(source):
            reader.parser.Parse(chunk, False)
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        if not reader.ended:  # anything after the end of the root is ignored
            raise UnreadableRoute("broken") from error
    lines = reader.tracks if any(len(line) > 1 for line in reader.tracks) else reader.routes
    if not any(len(line) > 1 for line in lines):
        raise UnreadableRoute("empty")
    left_out = reader.left_out
    if lines is reader.tracks and reader.routes:
        left_out["routes"] += len(reader.routes)
    if reader.turned > reader.straight:  # no place is more than 90° north: the two numbers are swapped
        left_out["swapped"] += reader.turned
        for line in lines:
            line.north, line.east = line.east, line.north
    return Recording(lines, left_out)


def write(lines: Iterable[Line], title: str) -> Iterator[str]:
    """Yield the lines as GPX 1.1, in pieces: places and heights, without times, pulses or names of devices."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield '<gpx version="1.1" creator="Hampa" xmlns="http://www.topografix.com/GPX/1/1">\n'
    yield f"<trk><name>{escape(title)}</name>\n"
    for line in lines:
        yield "<trkseg>\n"
        for north, east, height in zip(line.north, line.east, line.height, strict=True):
            elevation = f"<ele>{height:.1f}</ele>" if isfinite(height) else ""
            yield f'<trkpt lat="{north:.6f}" lon="{east:.6f}">{elevation}</trkpt>\n'
        yield "</trkseg>\n"
    yield "</trk></gpx>\n"


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    """Yield the text in UTF-8 and as XML, without the empty lines that some programs begin with."""
    first = source.read(CHUNK)
    packed = first.lstrip(b" \t\r\n")
    if packed.startswith((b"\x1f\x8b", b"PK", b".FIT")) or packed[8:12] == b".FIT":
        raise UnreadableRoute("fit" if b".FIT" in packed[:12] else "not_gpx")
    decoder = codecs.getincrementaldecoder(_encoding(first))("replace")
    text = decoder.decode(first).lstrip("\ufeff \t\r\n")
    while chunk := source.read(CHUNK):
        # A reference, or a "<", may go on in the next chunk.
        end = max(text.rfind("&", max(0, len(text) - LONGEST_REFERENCE)), text.rfind("<", max(0, len(text) - 1)))
        end = len(text) if end < 0 else end
        yield _as_xml(text[:end])
        text = text[end:] + decoder.decode(chunk)
    yield _as_xml(text + decoder.decode(b"", True))


def _encoding(first: bytes) -> str:
    """Return the encoding of a file by its first bytes: by its mark, its zeros, or else what it declares."""
    for mark, name in BOMS:
        if first.startswith(mark):
            return name
    head = first[:64]
    if zeros := head.count(0):
        return "utf-16-be" if head[::2].count(0) * 2 > zeros else "utf-16-le"
    if declared := DECLARED.match(first):
        try:
            name = codecs.lookup(declared[1].decode()).name
        except LookupError:
            return "utf-8"
        if CODECS.fullmatch(name):
            return name
    return "utf-8"


def _as_xml(text: str) -> bytes:
    """Return the text as UTF-8 without what XML does not allow."""
    text = BARE.sub(lambda match: "&amp;" if match[0] == "&" else "&lt;", text)
    return NO_XML.sub("\ufffd", text).encode("utf-8", "replace")


class _Reader:
    """An Expat parser, and what it has read so far.

    `straight` and `turned` count the points whose latitude can, and cannot, be one.
    """

    def __init__(self) -> None:
        self.tracks: list[TimedLine] = []
        self.routes: list[TimedLine] = []
        self.left_out: Counter[str] = Counter()
        self.straight = self.turned = 0
        self.ended = False
        self._depth = 0
        self._line: TimedLine | None = None
        self._lines = self.tracks
        self._point_depth = 0
        self._text: str | None = None
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._add_text
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype

    def _refuse_doctype(self, name: str, *_more: object) -> None:
        raise UnreadableRoute("not_gpx" if name.lower() == "html" else "harmful")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise UnreadableRoute("harmful")
        name = tag.rpartition(":")[2]
        if self._depth == 1:
            if name.lower() != "gpx":
                raise UnreadableRoute(OTHERS.get(name.lower(), "not_gpx"))
        elif name in LINES:
            self._line = None
        elif name in POINTS:
            self._point_depth = self._depth if self._add_point(name, attributes) else 0
        elif name in ("ele", "time") and self._depth == self._point_depth + 1:
            self._text = ""
        elif name == "wpt":
            self.left_out["waypoints"] += 1

    def _add_point(self, name: str, attributes: dict[str, str]) -> bool:
        """Add a point unless it is nowhere or at 0° 0°, which devices write without a signal."""
        north, east = _number(attributes.get("lat")), _number(attributes.get("lon"))
        if not (abs(north) <= MOST_EAST and abs(east) <= MOST_EAST and (north or east)):
            self.left_out["points"] += 1
            return False
        if self._line is None:  # a line without points is not stored: a file may hold half a million of those
            self._line = TimedLine()
            self._lines = self.tracks if name == "trkpt" else self.routes
            self._lines.append(self._line)
        if abs(north) <= 90:
            self.straight += 1
        elif abs(east) <= 90:
            self.turned += 1
        self._line.north.append(north)
        self._line.east.append(east)
        self._line.height.append(nan)
        self._line.time.append(nan)
        return True

    def _add_text(self, text: str) -> None:
        if self._text is not None and len(self._text) < LONGEST_TEXT:
            self._text += text[:LONGEST_TEXT]

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if self._text is not None:
            if self._line is not None and name == "ele":
                height = _number(self._text)
                if isfinite(height):
                    self._line.height[-1] = height
                elif self._text.strip():
                    self.left_out["heights"] += 1
            elif self._line is not None and name == "time":
                self._line.time[-1] = _seconds(self._text)
            self._text = None
        elif name in LINES:
            self._line = None
        if self._depth == self._point_depth:
            self._point_depth = 0
        self._depth -= 1
        self.ended = self._depth == 0


def _number(text: str | None) -> float:
    """Return a number of GPX, also with a comma for its point; nan for anything else."""
    text = (text or "").replace("\N{ARABIC DECIMAL SEPARATOR}", ".")
    if "," in text and "." not in text:
        text = text.replace(",", ".", 1)
    try:
        value = float(text)
    except ValueError:
        return nan
    return value if isfinite(value) else nan


def _seconds(text: str) -> float:
    """Return a time as seconds since 1970, nan for what is no time; without a zone it counts as UTC."""
    try:
        time = datetime.fromisoformat(text.strip())
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return nan
