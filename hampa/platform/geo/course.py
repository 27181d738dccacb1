"""Routes computed from their points: length, climb, outline and height profile.

Distances are along great circles of a sphere with the mean radius of WGS 84, which errs by less than 0.6 %. Climb is
summed between turning points: heights every 10 m are averaged over 70 m, and a rise or fall counts once it exceeds 3 m,
the hysteresis of GoldenCheetah; smaller ones are noise of the device.

A waypoint is placed where the line first passes it. What others see of a route is a course of its own, computed from
the visible lines alone (`platform.geo.hiding`).
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import ceil, cos, hypot, isfinite, radians
from typing import Any

from hampa.platform.geo.gazetteer import EARTH_KM, distance_km
from hampa.platform.geo.lines import Line, UnreadableRoute
from hampa.platform.geo.waypoints import MOST_SHOWN, Waypoint

EARTH_M = 1000 * EARTH_KM
SHORTEST_M, LONGEST_M = 100, 500_000
STEP_M = 5.0
"""The least distance between two points that are drawn."""
HEIGHT_STEP_M, HEIGHT_AROUND, HYSTERESIS_M = 10.0, 3, 3.0
ENOUGH_HEIGHTS = 0.8
MOST_POINTS, MOST_HEIGHTS, MOST_PIECES = 400, 200, 50
MOST_WAYS = 2_000
"""The number of straight parts of a line among which the nearest of a waypoint is searched."""
BESIDE_M, SAME_PLACE_M, SAME_WAY_M = 300.0, 30.0, 200.0
"""How far from the line a waypoint of the route lies at most; how much nearer the line must come later on, more than
`SAME_WAY_M` after it first passed, to count as passing there."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Course:
    """Length and climb of a route in metres, and its drawing.

    `drawing` has the `line`, pieces of (north, east), the `profile`, pieces of (metres along, height), and the
    `waypoints` in their order. `undrawn` counts the pieces that are too many to be drawn; they count in the sums.
    `unplaced` counts the waypoints that are too far from the line, or too many.
    """

    distance_m: int
    climb_m: int | None
    descent_m: int | None
    drawing: dict[str, Any]
    undrawn: int
    unplaced: int = 0

    @property
    def waypoints(self) -> list[dict[str, Any]]:
        """The waypoints of the drawing."""
        waypoints: list[dict[str, Any]] = self.drawing.get("waypoints", [])
        return waypoints


@dataclass(frozen=True)
class Spot:
    """A point of a route in degrees, metres along the route, and height in metres (None where unknown)."""

    north: float
    east: float
    along: float
    height: float | None


Piece = list[Spot]


def compute_course(lines: Sequence[Line], waypoints: Sequence[Waypoint] = ()) -> Course:
    """Return the course of a route. Raise UnreadableRoute if it is too short or too long."""
    course = visible_course(lines, waypoints)
    if course.distance_m > LONGEST_M:
        raise UnreadableRoute("too_long")
    if course.distance_m < SHORTEST_M:
        raise UnreadableRoute("too_short")
    return course


def visible_course(lines: Sequence[Line], waypoints: Sequence[Waypoint] = ()) -> Course:
    """Return the course of what is left of a route, however short; without lines its length is 0."""
    heights = [height for line in lines for height in line.height if isfinite(height)]
    # A device that writes 0 for all points knows no height.
    has_heights = bool(heights) and len(heights) >= ENOUGH_HEIGHTS * sum(map(len, lines)) and any(heights)
    pieces: list[Piece] = []
    along, climb, descent = 0.0, 0.0, 0.0
    for line in lines:
        piece = _measure(line, along, has_heights)
        along = piece[-1].along
        if along > LONGEST_M:
            raise UnreadableRoute("too_long")
        if has_heights:
            piece = _smooth(piece)
            up, down = _climb([spot.height or 0.0 for spot in piece])
            climb, descent = climb + up, descent + down
        pieces.append(_thin(piece))
    drawn = _longest(pieces)
    placed = placed_along(drawn, waypoints)
    return Course(
        distance_m=round(along),
        climb_m=round(climb) if has_heights else None,
        descent_m=round(descent) if has_heights else None,
        drawing=_drawing(drawn) | ({"waypoints": placed} if placed else {}),
        undrawn=max(0, len(pieces) - MOST_PIECES),
        unplaced=len(waypoints) - len(placed),
    )


def distance_m(north: float, east: float, other_north: float, other_east: float) -> float:
    """Return the distance of two places along the great circle, in metres."""
    return 1000 * distance_km(north, east, other_north, other_east)


def _flat(spot: Spot, middle: Point) -> Point:
    """Return a spot as metres east and north of a middle, on a plane."""
    east = (spot.east - middle[1] + 540) % 360 - 180
    return radians(east) * EARTH_M * cos(radians(middle[0])), radians(spot.north - middle[0]) * EARTH_M


# Waypoints


def placed_along(pieces: Sequence[Piece], waypoints: Sequence[Waypoint]) -> list[dict[str, Any]]:
    """Return the waypoints beside a line, as JSON can hold them, in the order in which it first passes them."""
    if not waypoints:
        return []
    stride = max(1, ceil(sum(map(len, pieces)) / MOST_WAYS))
    coarse = [[*piece[:-1:stride], piece[-1]] for piece in pieces]
    placed: list[tuple[float, dict[str, Any]]] = []
    for place in waypoints:
        along, beside = _nearest(coarse, place)
        if beside <= BESIDE_M + stride * STEP_M:
            north, east = round(place.north, 5), round(place.east, 5)
            said = {"along": round(along), "kind": place.kind, "name": place.name, "north": north, "east": east}
            placed.append((along, said))
    return [said for _along, said in sorted(placed, key=lambda one: one[0])[:MOST_SHOWN]]


def _nearest(pieces: Sequence[Piece], place: Waypoint) -> tuple[float, float]:
    """Return the metres along where a line first passes near a place, and its distance from there in metres."""
    middle = (place.north, place.east)
    along, least = 0.0, float("inf")
    for piece in pieces:
        bx, by = _flat(piece[0], middle)
        for before, after in pairwise(piece):
            ax, ay = bx, by
            bx, by = _flat(after, middle)
            way = (bx - ax) ** 2 + (by - ay) ** 2
            share = min(1.0, max(0.0, -(ax * (bx - ax) + ay * (by - ay)) / way)) if way else 0.0
            away = hypot(ax + share * (bx - ax), ay + share * (by - ay))
            here = before.along + share * (after.along - before.along)
            if away < least and (away < least - SAME_PLACE_M or here - along < SAME_WAY_M):
                along, least = here, away
    return along, least


# Heights


def _measure(line: Line, along: float, has_heights: bool) -> Piece:
    """Return the points of a line with their distances along; a missing height is that of a point before or after it."""
    heights: Sequence[float | None] = [None] * len(line)
    if has_heights:
        first = next((height for height in line.height if isfinite(height)), 0.0)
        heights = list(
            accumulate(line.height, lambda last, height: height if isfinite(height) else last, initial=first)
        )[1:]
    spots = [Spot(line.north[0], line.east[0], along, heights[0])]
    for north, east, height in zip(line.north[1:], line.east[1:], heights[1:], strict=True):
        along += distance_m(spots[-1].north, spots[-1].east, north, east)
        spots.append(Spot(north, east, along, height))
    return spots


def _smooth(piece: Piece) -> Piece:
    """Return the piece with each height averaged over the metres around it."""
    start = piece[0].along
    steps = int((piece[-1].along - start) / HEIGHT_STEP_M)
    samples = _heights_at(piece, (start + step * HEIGHT_STEP_M for step in range(steps + 1)))
    sums = list(accumulate(samples, initial=0.0))
    smooth = []
    for step in range(steps + 1):
        first, end = max(0, step - HEIGHT_AROUND), min(steps, step + HEIGHT_AROUND) + 1
        smooth.append((sums[end] - sums[first]) / (end - first))
    places = (min(steps, round((spot.along - start) / HEIGHT_STEP_M)) for spot in piece)
    return [Spot(s.north, s.east, s.along, smooth[place]) for s, place in zip(piece, places, strict=True)]


def _heights_at(piece: Piece, positions: Iterable[float]) -> list[float]:
    """Return the interpolated heights at ascending positions along a piece."""
    heights: list[float] = []
    index = 0
    for along in positions:
        while index < len(piece) - 2 and piece[index + 1].along < along:
            index += 1
        before, after = piece[index], piece[index + 1]
        low, high, way = before.height or 0.0, after.height or 0.0, after.along - before.along
        share = min(1.0, max(0.0, (along - before.along) / way)) if way else 0.0
        heights.append(low + (high - low) * share)
    return heights


def _climb(heights: Sequence[float]) -> tuple[float, float]:
    """Return the metres up and down, from turning point to turning point."""
    up = down = 0.0
    low = high = heights[0]
    rising: bool | None = None
    for height in heights:
        if rising is not True and height > low + HYSTERESIS_M:
            down += high - low if rising is False else 0.0
            rising, high = True, height
        elif rising is not False and height < high - HYSTERESIS_M:
            up += high - low if rising else 0.0
            rising, low = False, height
        elif rising is None:
            low, high = min(low, height), max(high, height)
        elif rising:
            high = max(high, height)
        else:
            low = min(low, height)
    if rising is None:
        return up, down
    return (up + high - low, down) if rising else (up, down + high - low)


# Outlines


def _thin(piece: Piece) -> Piece:
    """Return the piece without points right beside the one before; its last point stays."""
    thin = [piece[0]]
    for spot in piece[1:-1]:
        if distance_m(thin[-1].north, thin[-1].east, spot.north, spot.east) >= STEP_M:
            thin.append(spot)
    return [*thin, piece[-1]]


def _longest(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the longest pieces, which are drawn, in their order."""
    longest = heapq.nlargest(MOST_PIECES, range(len(pieces)), key=lambda index: _length(pieces[index]))
    return [pieces[index] for index in sorted(longest)]


def _drawing(drawn: Sequence[Piece]) -> dict[str, Any]:
    """Return the lines and profiles to draw pieces by, as JSON can hold them."""
    total = sum(map(_length, drawn)) or 1.0
    line, profile, start = [], [], 0.0
    for piece in drawn:
        share = _length(piece) / total
        points = simplified(piece, max(2, round(MOST_POINTS * share)))
        line.append([[round(spot.north, 5), round(spot.east, 5)] for spot in points])
        if piece[0].height is not None:
            profile.append(_profile(piece, start, max(2, round(MOST_HEIGHTS * share))))
        start += _length(piece)
    return {"line": line, "profile": profile}


def _length(piece: Piece) -> float:
    return piece[-1].along - piece[0].along


def _profile(piece: Piece, start: float, count: int) -> list[list[float]]:
    """Return heights along the piece at even steps, where the piece begins `start` metres along."""
    positions = [_length(piece) * step / (count - 1) for step in range(count)]
    heights = _heights_at(piece, (piece[0].along + position for position in positions))
    return [[round(start + position), round(height, 1)] for position, height in zip(positions, heights, strict=True)]


def simplified(piece: Piece, limit: int) -> Piece:
    """Return the `limit` points that the outline needs most (Visvalingam and Whyatt, 1993).

    The point that forms the smallest triangle with its neighbours is removed again and again, in n log n steps.
    """
    flat = [_flat(spot, (piece[0].north, piece[0].east)) for spot in piece]
    before, after = list(range(-1, len(piece) - 1)), list(range(1, len(piece) + 1))
    areas = [0.0] * len(piece)
    removed = [False] * len(piece)
    heap: list[tuple[float, int]] = []

    def weigh(index: int, least: float = 0.0) -> None:
        (ax, ay), (bx, by), (cx, cy) = flat[before[index]], flat[index], flat[after[index]]
        areas[index] = max(least, abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2)
        heapq.heappush(heap, (areas[index], index))

    for index in range(1, len(piece) - 1):
        weigh(index)
    left = len(piece)
    while left > limit and heap:
        area, index = heapq.heappop(heap)
        if removed[index] or area != areas[index]:
            continue
        removed[index] = True
        left -= 1
        first, last = before[index], after[index]
        after[first], before[last] = last, first
        for neighbour in (first, last):
            if 0 < neighbour < len(piece) - 1:
                weigh(neighbour, area)
    return [spot for index, spot in enumerate(piece) if not removed[index]]
