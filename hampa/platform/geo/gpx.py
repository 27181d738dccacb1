"""GPX files (1.1, topografix.com/GPX/1/1, and 1.0), as devices and programs really write them, and our own.

Points and heights that cannot be right are left out and counted (`platform.geo.tracks`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import isfinite
from typing import IO
from xml.sax.saxutils import escape

from hampa.platform.geo.lines import Line, Recording
from hampa.platform.geo.waypoints import Waypoint, is_turn, make_waypoint
from hampa.platform.geo.xml_stream import RouteReader, number, read_xml, seconds

POINTS = ("trkpt", "rtept", "rpt")
"""Points of tracks and of routes, and Garmin's between those of a route (gpxx:rpt)."""
LINES = ("trkseg", "trk", "rte")
LONGEST_NUMBER = 40
OF_POINT = ("ele", "time")
OF_WAYPOINT = ("name", "sym", "type", "icon")
"""Elements that say what a waypoint is; `icon` is OsmAnd's, in its extensions."""
SYMBOLS = {
    "meeting": "Flag, Green",
    "water": "Drinking Water",
    "toilets": "Restroom",
    "food": "Restaurant",
    "first_aid": "Medical Facility",
    "view": "Scenic Area",
    "care": "Danger Area",
    "other": "Flag, Blue",
}
"""The symbols of Garmin's devices for the kinds of waypoints, which most programs know."""


def read(source: IO[bytes]) -> Recording:
    """Return the segments of a file's tracks, or its routes if it has no track. Raise UnreadableRoute if it has none."""
    return read_xml(source, {"gpx": GPXReader})


def write(lines: Iterable[Line], title: str, waypoints: Iterable[Waypoint] = ()) -> Iterator[str]:
    """Yield the lines as GPX 1.1, in pieces: places and heights, without times, pulses or names of devices.

    The type of a waypoint is its kind.
    """
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield '<gpx version="1.1" creator="Hampa" xmlns="http://www.topografix.com/GPX/1/1">\n'
    for place in waypoints:
        name = f"<name>{escape(place.name)}</name>" if place.name else ""
        yield f'<wpt lat="{place.north:.6f}" lon="{place.east:.6f}">{name}'
        yield f"<sym>{SYMBOLS[place.kind]}</sym><type>{place.kind}</type></wpt>\n"
    yield f"<trk><name>{escape(title)}</name>\n"
    for line in lines:
        yield "<trkseg>\n"
        for north, east, height in zip(line.north, line.east, line.height, strict=True):
            elevation = f"<ele>{height:.1f}</ele>" if isfinite(height) else ""
            yield f'<trkpt lat="{north:.6f}" lon="{east:.6f}">{elevation}</trkpt>\n'
        yield "</trkseg>\n"
    yield "</trk></gpx>\n"


class GPXReader(RouteReader):
    """The elements of a GPX file."""

    def __init__(self) -> None:
        super().__init__()
        self._point_depth = 0
        self._waypoint: dict[str, str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Read the beginning of an element."""
        if name in LINES:
            self.built.end_line()
        elif name in POINTS:
            is_track = name == "trkpt"
            place = number(attributes.get("lat")), number(attributes.get("lon"))
            self._point_depth = self.depth if self.built.add_point(*place, is_track=is_track) else 0
        elif name in OF_POINT and self.depth == self._point_depth + 1:
            self.text = ""
        elif name == "wpt":
            self._waypoint = {"lat": attributes.get("lat", ""), "lon": attributes.get("lon", "")}
        elif name in OF_WAYPOINT and self._waypoint is not None:
            self.text = ""

    def end(self, name: str) -> None:
        """Read the end of an element."""
        text = self.text
        if text is not None and self._waypoint is not None:
            self._waypoint.setdefault(name, text)
        elif text is not None and name == "ele":
            height = number(text[:LONGEST_NUMBER])
            if isfinite(height):
                self.built.set_height(height)
            elif text.strip():
                self.built.left_out["heights"] += 1
        elif text is not None:
            self.built.set_time(seconds(text[:LONGEST_NUMBER]))
        elif name in LINES:
            self.built.end_line()
        elif name == "wpt" and self._waypoint is not None:
            said = self._waypoint
            symbols = (said.get("type", ""), said.get("sym", ""), said.get("icon", ""))
            place = number(said["lat"]), number(said["lon"])
            if not is_turn(*symbols):
                self.built.add_waypoint(make_waypoint(*place, said.get("name", ""), *symbols))
            self._waypoint = None
        if self.depth == self._point_depth:
            self._point_depth = 0
