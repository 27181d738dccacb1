"""TCX files (Garmin's Training Center Database, version 2): recorded activities, and courses with their points."""

from __future__ import annotations

from math import isfinite, nan

from hampa.platform.geo.waypoints import is_turn, make_waypoint
from hampa.platform.geo.xml_stream import RouteReader, number, seconds

LONGEST_NUMBER = 40
TEXTS = ("LatitudeDegrees", "LongitudeDegrees", "AltitudeMeters", "Time", "Name", "PointType")
POINTS = ("Trackpoint", "CoursePoint")


class TCXReader(RouteReader):
    """The elements of a TCX file.

    A track that begins where the one before ends goes on with its line: devices begin a new one with each lap.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, str] | None = None
        self._in_course = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Read the beginning of an element."""
        if name in POINTS:
            self._said = {}
        elif name in TEXTS and self._said is not None:
            self.text = ""
        elif name in ("Course", "Activity"):
            self._in_course = name == "Course"
            self.built.end_line()
        elif name == "Track":
            self.built.end_line(goes_on=True)

    def end(self, name: str) -> None:
        """Read the end of an element."""
        if self._said is None:
            return
        if self.text is not None:
            self._said.setdefault(name, self.text)
        elif name == "Trackpoint":
            self._end_point(self._said)
            self._said = None
        elif name == "CoursePoint":
            kind = self._said.get("PointType", "")
            if not is_turn(kind):
                self.built.add_waypoint(make_waypoint(*self._place(self._said), self._said.get("Name", ""), kind))
            self._said = None

    def _place(self, said: dict[str, str]) -> tuple[float, float]:
        north, east = (said.get(name, "")[:LONGEST_NUMBER] for name in ("LatitudeDegrees", "LongitudeDegrees"))
        return number(north), number(east)

    def _end_point(self, said: dict[str, str]) -> None:
        """Add a point; one without a position was recorded indoors or without a signal, and is not counted."""
        if "LatitudeDegrees" not in said or "LongitudeDegrees" not in said:
            self.built.nowhere += 1
            return
        if not self.built.add_point(*self._place(said), is_track=not self._in_course):
            return
        height = number(said["AltitudeMeters"][:LONGEST_NUMBER]) if "AltitudeMeters" in said else nan
        if isfinite(height):
            self.built.set_height(height)
        elif said.get("AltitudeMeters", "").strip():
            self.built.left_out["heights"] += 1
        self.built.set_time(seconds(said.get("Time", "")[:LONGEST_NUMBER]))
