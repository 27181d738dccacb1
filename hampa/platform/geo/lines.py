"""Lines of routes and the waypoints beside them, as the readers of all formats return them."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field, replace
from math import cos, hypot, nan, pi, radians

from hampa.platform.geo.gazetteer import EARTH_KM
from hampa.platform.geo.waypoints import MOST_READ, Waypoint

DEGREE_M = 1000 * EARTH_KM * pi / 180
MOST_EAST = 540.0
"""Programs that draw across 180° count on, or back."""
MOST_POINTS = 200_000
"""The limit of points in a file: more than two days at one a second."""
NO_GAP_M = 100.0
"""A part of a recording that begins no further from the end of the part before goes on with its line."""


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

    def ends_near(self, north: float, east: float) -> bool:
        """Return whether the last point is so near a place that the line goes on there."""
        away = (east - self.east[-1] + 540) % 360 - 180
        return DEGREE_M * hypot(north - self.north[-1], away * cos(radians(north))) <= NO_GAP_M


@dataclass(frozen=True)
class Recording:
    """The lines and waypoints of a file, and how much is left out, by reason: keys of `hampa.routes.models.LEFT_OUT`."""

    lines: list[TimedLine]
    left_out: Counter[str]
    waypoints: list[Waypoint] = field(default_factory=list)


class RecordingBuilder:
    """Collects the points of a file's tracks and of its planned routes.

    Tracks are preferred: routes count only in a file without a track. `straight` and `turned` count the points whose
    latitude can, and cannot, be one. `nowhere` counts points without any position.
    """

    def __init__(self) -> None:
        self.tracks: list[TimedLine] = []
        self.routes: list[TimedLine] = []
        self.waypoints: list[Waypoint] = []
        self.left_out: Counter[str] = Counter()
        self.nowhere = 0
        self._points = self._straight = self._turned = 0
        self._line: TimedLine | None = None
        self._before: TimedLine | None = None

    def end_line(self, *, goes_on: bool = False) -> None:
        """Let the next point begin a new line, unless it `goes_on` right where this one ends."""
        self._before = self._line or self._before if goes_on else None
        self._line = None

    def add_point(self, north: float, east: float, *, is_track: bool = True) -> bool:
        """Add a point unless it is nowhere or at 0° 0°, which devices write without a signal; return whether it was."""
        if not (abs(north) <= MOST_EAST and abs(east) <= MOST_EAST and (north or east)):
            self.left_out["points"] += 1
            return False
        self._points += 1
        if self._points > MOST_POINTS:
            raise UnreadableRoute("too_many")
        if self._line is None:  # a line without points is not stored: a file may hold half a million of those
            if self._before is not None and self._before.ends_near(north, east):
                self._line = self._before
            else:
                self._line = TimedLine()
                (self.tracks if is_track else self.routes).append(self._line)
        if abs(north) <= 90:
            self._straight += 1
        elif abs(east) <= 90:
            self._turned += 1
        self._line.north.append(north)
        self._line.east.append(east)
        self._line.height.append(nan)
        self._line.time.append(nan)
        return True

    def set_height(self, height: float) -> None:
        """Set the height of the last point."""
        if self._line is not None:
            self._line.height[-1] = height

    def set_time(self, seconds: float) -> None:
        """Set the time of the last point, in seconds since 1970."""
        if self._line is not None:
            self._line.time[-1] = seconds

    def add_waypoint(self, waypoint: Waypoint | None) -> None:
        """Add a waypoint; None and those that are nowhere or too many are left out."""
        if waypoint is None or len(self.waypoints) >= MOST_READ or not (waypoint.north or waypoint.east):
            self.left_out["waypoints"] += 1
        else:
            self.waypoints.append(waypoint)

    def recording(self) -> Recording:
        """Return what was collected. Raise UnreadableRoute if there is no line."""
        lines = self.tracks if any(len(line) > 1 for line in self.tracks) else self.routes
        if not any(len(line) > 1 for line in lines):
            raise UnreadableRoute("no_place" if self.nowhere else "empty")
        if lines is self.tracks and self.routes:
            self.left_out["routes"] += len(self.routes)
        if self._turned > self._straight:  # no place is more than 90° north: the two numbers are swapped
            self.left_out["swapped"] += self._turned
            for line in lines:
                line.north, line.east = line.east, line.north
            self.waypoints = [replace(one, north=one.east, east=one.north) for one in self.waypoints]
        return Recording(lines, self.left_out, self.waypoints)
