"""Hidden zones: circles around the places where people start and end, cut out of every line that others see.

The middle of a zone is drawn at random, evenly from all places within `SHIFT_M` of the first start or end there, and
stored. Later starts and ends that the zone hides well enough get no zone of their own. So whoever finds the circle,
from one line or from a hundred, knows no more than that the door is somewhere within `SHIFT_M` of its middle.

Everything else that is shown of a route, such as its length, must be computed from the line without its zones: the
difference of the two would measure the hidden part.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, degrees, hypot, pi, radians, sin, sqrt
from random import Random, SystemRandom

from hampa.platform.geo.gazetteer import EARTH_KM, distance_km
from hampa.platform.geo.lines import Line
from hampa.platform.geo.waypoints import Waypoint

EARTH_M = 1000 * EARTH_KM
RADIUS_M = 600.0
SHIFT_M = 300.0
LEAST_M = 200.0
"""What is hidden at least around each start and end; `RADIUS_M - SHIFT_M - LEAST_M` is left for starts that differ."""

Place = tuple[float, float]
"""Degrees north and east."""
Span = tuple[int, int]

dice: Random = SystemRandom()


@dataclass(frozen=True)
class Zone:
    """A hidden circle of `RADIUS_M`, by its middle in degrees."""

    north: float
    east: float

    def hides_around(self, place: Place) -> bool:
        """Return whether the zone hides everything within `LEAST_M` of a place."""
        return 1000 * distance_km(self.north, self.east, *place) <= RADIUS_M - LEAST_M

    def covers(self, place: Place) -> bool:
        """Return whether a place lies in the zone."""
        return 1000 * distance_km(self.north, self.east, *place) <= RADIUS_M


def zone_around(place: Place) -> Zone:
    """Return a new zone, whose middle lies anywhere within `SHIFT_M` of the place."""
    distance, angle = SHIFT_M * sqrt(dice.random()), 2 * pi * dice.random()
    north, east = degrees(distance * cos(angle) / EARTH_M), degrees(distance * sin(angle) / EARTH_M)
    return Zone(place[0] + north, _wrapped(place[1] + east / max(0.01, cos(radians(place[0])))))


def new_zones(places: Iterable[Place], zones: Sequence[Zone]) -> list[Zone]:
    """Return the zones that are needed for places that the given zones do not hide."""
    new: list[Zone] = []
    for place in places:
        if not any(zone.hides_around(place) for zone in (*zones, *new)):
            new.append(zone_around(place))
    return new


def ends(lines: Sequence[Line]) -> tuple[Place, Place]:
    """Return where a route starts and ends."""
    first, last = lines[0], lines[-1]
    return (first.north[0], first.east[0]), (last.north[-1], last.east[-1])


def without_zones(lines: Iterable[Line], zones: Sequence[Zone]) -> list[Line]:
    """Return the lines without all that lies in a zone, or between two points whose straight way leads through one."""
    return [
        Line(line.north[first:end], line.east[first:end], line.height[first:end])
        for line in lines
        for first, end in spans_outside(line.north, line.east, zones)
    ]


def spans_outside(north: Sequence[float], east: Sequence[float], zones: Iterable[Zone]) -> list[Span]:
    """Return the pieces of a way that lie in no zone, each as its first index and that after its last."""
    spans = [(0, len(north))]
    for zone in zones:
        spans = [piece for span in spans for piece in _spans_outside(north, east, span, zone)]
    return spans


def waypoints_outside(waypoints: Iterable[Waypoint], zones: Sequence[Zone]) -> list[Waypoint]:
    """Return the waypoints that lie in no zone."""
    return [place for place in waypoints if not any(zone.covers((place.north, place.east)) for zone in zones)]


def _spans_outside(north: Sequence[float], east: Sequence[float], span: Span, zone: Zone) -> list[Span]:
    """Return the pieces of a span outside a zone, of two points or more each."""
    shrink = max(0.01, cos(radians(zone.north)))
    reach = degrees(RADIUS_M / EARTH_M)
    pieces: list[Span] = []
    first = span[0]
    before: tuple[float, float] | None = None
    before_inside = False
    for index in range(*span):
        y = north[index] - zone.north
        x = ((east[index] - zone.east + 540) % 360 - 180) * shrink
        inside = abs(y) < reach and abs(x) < reach and hypot(x, y) < reach
        crossing = False
        if before is not None and not inside and not before_inside:
            crossing = _passes(before, (x, y), reach)
        if inside or crossing:
            pieces.append((first, index))
            first = index + 1 if inside else index
        before, before_inside = (x, y), inside
    pieces.append((first, span[1]))
    return [(begin, end) for begin, end in pieces if end - begin > 1]


def _passes(start: tuple[float, float], end: tuple[float, float], reach: float) -> bool:
    """Return whether the straight way between two points comes within `reach` of the origin."""
    (ax, ay), (bx, by) = start, end
    if min(ax, bx) > reach or max(ax, bx) < -reach or min(ay, by) > reach or max(ay, by) < -reach:
        return False
    way_x, way_y = bx - ax, by - ay
    length = way_x**2 + way_y**2
    share = min(1.0, max(0.0, -(ax * way_x + ay * way_y) / length)) if length else 0.0
    return hypot(ax + share * way_x, ay + share * way_y) < reach


def _wrapped(east: float) -> float:
    return (east + 540) % 360 - 180
