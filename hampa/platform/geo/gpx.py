"""GPX files (1.1, topografix.com/GPX/1/1, and 1.0), as devices and programs really write them.

Expat reads them as a stream: no tree is built, a document type (and with it every entity) is refused, nothing is fetched.
Namespaces are ignored, since some programs use prefixes that they never declare.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import isfinite, nan
from typing import IO
from xml.parsers import expat
from xml.sax.saxutils import escape

CHUNK = 1 << 16
DEEPEST = 64
"""The limit of nested elements; GPX needs seven, extensions some more."""
LONGEST_NUMBER = 40
OTHERS = {"trainingcenterdatabase": "tcx", "kml": "kml"}
"""Root elements of other formats that people take for GPX."""
POINTS = ("trkpt", "rtept", "rpt")
"""Points of tracks and of routes, and Garmin's between those of a route (gpxx:rpt)."""


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


def read(source: IO[bytes]) -> list[Line]:
    """Return the segments of a file's tracks, or its routes if it has no track. Raise UnreadableRoute if it has none."""
    reader = _Reader()
    try:
        for chunk in _chunks(source):
            reader.parser.Parse(chunk, False)
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        if not reader.ended:  # anything after the end of the root is ignored
            raise UnreadableRoute("broken") from error
    except (ValueError, LookupError) as error:  # an unknown encoding
        raise UnreadableRoute("broken") from error
    for lines in (reader.tracks, reader.routes):
        if long := [line for line in lines if len(line) > 1]:
            return long
    raise UnreadableRoute("empty")


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
    """Yield the bytes, without the empty lines that some programs begin with."""
    first = source.read(CHUNK).lstrip(b" \t\r\n")
    if first.startswith((b"\x1f\x8b", b"PK", b".FIT")) or first[8:12] == b".FIT":
        raise UnreadableRoute("fit" if b".FIT" in first[:12] else "not_gpx")
    yield first
    while chunk := source.read(CHUNK):
        yield chunk


class _Reader:
    """An Expat parser, and the lines it has read so far."""

    def __init__(self) -> None:
        self.tracks: list[Line] = []
        self.routes: list[Line] = []
        self.ended = False
        self._depth = 0
        self._line: Line | None = None
        self._lines = self.tracks
        self._point_depth = 0
        self._text: str | None = None
        self.parser = expat.ParserCreate()
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
        elif name in ("trkseg", "rte"):
            self._line, self._lines = Line(), self.tracks if name == "trkseg" else self.routes
        elif name in POINTS and self._line is not None:
            self._point_depth = self._depth if self._add_point(self._line, attributes) else 0
        elif name == "ele" and self._depth == self._point_depth + 1:
            self._text = ""

    def _add_point(self, line: Line, attributes: dict[str, str]) -> bool:
        """Add a point unless it is off the globe or at 0° 0°, which devices write without a signal."""
        north, east = _number(attributes.get("lat")), _number(attributes.get("lon"))
        if not (abs(north) <= 90 and abs(east) <= 180 and (north or east)):
            return False
        if not len(line):  # a line without points is not stored: a file may hold half a million of those
            self._lines.append(line)
        line.north.append(north)
        line.east.append(east)
        line.height.append(nan)
        return True

    def _add_text(self, text: str) -> None:
        if self._text is not None and len(self._text) < LONGEST_NUMBER:
            self._text += text[:LONGEST_NUMBER]

    def _end(self, tag: str) -> None:
        if self._text is not None:
            height = _number(self._text)
            if self._line is not None and len(self._line) and -1000 < height < 10_000:
                self._line.height[-1] = height
            self._text = None
        elif tag.rpartition(":")[2] in ("trkseg", "rte"):
            self._line = None
        if self._depth == self._point_depth:
            self._point_depth = 0
        self._depth -= 1
        self.ended = self._depth == 0


def _number(text: str | None) -> float:
    """Return a number of GPX; nan for anything else."""
    try:
        value = float(text or "")
    except ValueError:
        return nan
    return value if isfinite(value) else nan
