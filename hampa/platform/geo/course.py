"""What a route is, worked out of its points: how long, how much uphill, its outline and its height profile.

Distances are along great circles (haversine) of a sphere with the mean radius of WGS 84, 6,371,008.8 m, which errs by
less than 0.6 %. Climb is summed between turning points: heights every 10 m are averaged over 70 m, and a rise or
fall counts once it exceeds 3 m, the hysteresis that GoldenCheetah uses too; what is smaller is noise of the device.

For those who are not going, `hidden` leaves out everything near the start and the end.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, cos, hypot, isfinite, pi, radians, sin, sqrt
from typing import Any

from hampa.platform.geo.gpx import Line, UnreadableRoute

EARTH_M = 6_371_008.8
SHORTEST_M, LONGEST_M = 100, 500_000
STEP_M = 5.0
"""Points closer together than this draw nothing."""
HEIGHT_STEP_M, HEIGHT_AROUND, HYSTERESIS_M = 10.0, 3, 3.0
ENOUGH_HEIGHTS = 0.8
MOST_POINTS, MOST_HEIGHTS, MOST_PIECES = 400, 200, 50

HIDDEN_M, SHIFT_M = 300.0, 100.0
"""Radius of what is hidden, and how far its middle is moved from the true start or end: at least the difference is
hidden around them, and the edge of what is shown has its middle elsewhere."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Course:
    """A route as it is kept. Lines are pieces of (north, east), the profile is pieces of (metres along, height)."""

    distance_m: int
    climb_m: int | None
    descent_m: int | None
    whole: dict[str, Any]
    hidden: dict[str, Any]


@dataclass(frozen=True)
class Spot:
    """A point of the route: where, how far along, how high (None where unknown)."""

    north: float
    east: float
    along: float
    height: float | None


Piece = list[Spot]


def worked_out(lines: Sequence[Line], shift: Point) -> Course:
    """Everything about a route that has these lines. `shift` is a direction, two numbers from -1 to 1, that is the same
    for the same start and known to nobody. Raises `UnreadableRoute`.
    """
    heights_known = _heights_known(lines)
    pieces: list[Piece] = []
    along, climb, descent = 0.0, 0.0, 0.0
    for line in lines:
        measured = _measured(line, along, heights_known)
        along = measured[-1].along
        if along > LONGEST_M:
            raise UnreadableRoute("too_long")
        if heights_known:
            measured = _smoothed(measured)
            up, down = _climbed([spot.height or 0.0 for spot in measured])
            climb, descent = climb + up, descent + down
        pieces.append(_thinned(measured))
    if along < SHORTEST_M:
        raise UnreadableRoute("too_short")
    return Course(
        distance_m=round(along),
        climb_m=round(climb) if heights_known else None,
        descent_m=round(descent) if heights_known else None,
        whole=_drawn(pieces),
        hidden=_drawn(without_ends(pieces, shift)),
    )


def metres(north: float, east: float, other_north: float, other_east: float) -> float:
    """Between two places, along the great circle."""
    a = sin(radians(other_north - north) / 2) ** 2
    b = cos(radians(north)) * cos(radians(other_north)) * sin(radians(other_east - east) / 2) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(a + b)))


def without_ends(pieces: Sequence[Piece], shift: Point) -> list[Piece]:
    """The pieces without what is near the start or the end, also where the route comes by there once more."""
    zones = [_zone(pieces[0][0], shift), _zone(pieces[-1][-1], shift)]
    kept: list[Piece] = []
    for piece in pieces:
        current: Piece = []
        for spot in piece:
            if any(_near(spot, current[-1] if current else None, zone) for zone in zones):
                kept.append(current)
                current = [] if any(_near(spot, None, zone) for zone in zones) else [spot]
            else:
                current.append(spot)
        kept.append(current)
    return [piece for piece in kept if len(piece) > 1]


def _zone(spot: Spot, shift: Point) -> Point:
    """The middle of what is hidden around a start or an end."""
    north = spot.north + _degrees(SHIFT_M) * shift[0] / sqrt(2)
    return north, spot.east + _degrees(SHIFT_M) * shift[1] / sqrt(2) / max(0.01, cos(radians(spot.north)))


def _degrees(length: float) -> float:
    return length / (EARTH_M * pi / 180)


def _near(spot: Spot, before: Spot | None, zone: Point) -> bool:
    """Whether a spot, or the way to it from the spot before, is within the zone; on the flat, in metres."""
    x, y = _flat(spot, zone)
    if before is None:
        return hypot(x, y) < HIDDEN_M
    from_x, from_y = _flat(before, zone)
    way_x, way_y = x - from_x, y - from_y
    length = way_x**2 + way_y**2
    share = min(1.0, max(0.0, -(from_x * way_x + from_y * way_y) / length)) if length else 0.0
    return hypot(from_x + share * way_x, from_y + share * way_y) < HIDDEN_M


def _flat(spot: Spot, middle: Point) -> Point:
    east = (spot.east - middle[1] + 540) % 360 - 180
    return radians(east) * EARTH_M * cos(radians(middle[0])), radians(spot.north - middle[0]) * EARTH_M


# Heights


def _heights_known(lines: Sequence[Line]) -> bool:
    """Whether nearly all points have a height; a device that writes 0 for all of them knows none."""
    known = [height for line in lines for height in line.height if isfinite(height)]
    return len(known) >= ENOUGH_HEIGHTS * sum(map(len, lines)) and any(known)


def _measured(line: Line, along: float, heights_known: bool) -> Piece:
    """The points of a line with how far along they are; heights that are missing lie between those around them."""
    heights: list[float | None] = [None] * len(line)
    if heights_known:
        heights = list(_filled(line.height))
    spots = [Spot(line.north[0], line.east[0], along, heights[0])]
    for place in range(1, len(line)):
        before = spots[-1]
        along += metres(before.north, before.east, line.north[place], line.east[place])
        spots.append(Spot(line.north[place], line.east[place], along, heights[place]))
    return spots


def _filled(heights: Sequence[float]) -> list[float]:
    """Heights without gaps: the last known one goes on, and the first known one stands before it."""
    last = next((height for height in heights if isfinite(height)), 0.0)
    filled = []
    for height in heights:
        last = height if isfinite(height) else last
        filled.append(last)
    return filled


def _smoothed(piece: Piece) -> Piece:
    """The piece with each height averaged over the way around it."""
    start, end = piece[0].along, piece[-1].along
    samples: list[float] = []
    place = 0
    for step in range(int((end - start) / HEIGHT_STEP_M) + 1):
        at = start + step * HEIGHT_STEP_M
        while place < len(piece) - 2 and piece[place + 1].along < at:
            place += 1
        samples.append(_between(piece[place], piece[place + 1], at))
    sums = [0.0]
    for sample in samples:
        sums.append(sums[-1] + sample)
    smooth = []
    for step in range(len(samples)):
        first, last = max(0, step - HEIGHT_AROUND), min(len(samples), step + HEIGHT_AROUND + 1)
        smooth.append((sums[last] - sums[first]) / (last - first))
    last_step = len(smooth) - 1
    return [
        Spot(s.north, s.east, s.along, smooth[min(last_step, round((s.along - start) / HEIGHT_STEP_M))]) for s in piece
    ]


def _between(before: Spot, after: Spot, at: float) -> float:
    low, high = before.height or 0.0, after.height or 0.0
    way = after.along - before.along
    share = min(1.0, max(0.0, (at - before.along) / way)) if way else 0.0
    return low + (high - low) * share


def _climbed(heights: Sequence[float]) -> tuple[float, float]:
    """Metres up and down, from turning point to turning point."""
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


def _thinned(piece: Piece) -> Piece:
    """The piece without points that stand right beside the one before; its last one stays."""
    kept = [piece[0]]
    for spot in piece[1:-1]:
        if metres(kept[-1].north, kept[-1].east, spot.north, spot.east) >= STEP_M:
            kept.append(spot)
    return [*kept, piece[-1]]


def _drawn(pieces: Sequence[Piece]) -> dict[str, Any]:
    """What is needed to draw the pieces, as JSON can hold it."""
    longest = heapq.nlargest(MOST_PIECES, range(len(pieces)), key=lambda place: _length(pieces[place]))
    shown = [pieces[place] for place in sorted(longest)]
    total = sum(map(_length, shown)) or 1.0
    line, profile, begun = [], [], 0.0
    for piece in shown:
        share = _length(piece) / total
        few = simplified(piece, max(2, round(MOST_POINTS * share)))
        line.append([[round(spot.north, 5), round(spot.east, 5)] for spot in few])
        profile.append(_profile(piece, begun, max(2, round(MOST_HEIGHTS * share))))
        begun += _length(piece)
    return {"line": line, "profile": [part for part in profile if part]}


def _length(piece: Piece) -> float:
    return piece[-1].along - piece[0].along


def _profile(piece: Piece, begun: float, most: int) -> list[list[float]]:
    """Heights along the piece at even steps, counted from where the piece before ended."""
    if piece[0].height is None:
        return []
    found, place = [], 0
    for step in range(most):
        at = piece[0].along + _length(piece) * step / (most - 1)
        while place < len(piece) - 2 and piece[place + 1].along < at:
            place += 1
        found.append([round(begun + at - piece[0].along), round(_between(piece[place], piece[place + 1], at), 1)])
    return found


def simplified(piece: Piece, most: int) -> Piece:
    """The `most` points that the outline needs most (Visvalingam and Whyatt, 1993): again and again the point goes that
    makes the smallest triangle with its neighbours. Takes n log n steps whatever the points are.
    """
    flat = [_flat(spot, (piece[0].north, piece[0].east)) for spot in piece]
    before, after = list(range(-1, len(piece) - 1)), list(range(1, len(piece) + 1))
    areas = [0.0] * len(piece)
    gone = [False] * len(piece)
    heap: list[tuple[float, int]] = []

    def weigh(place: int, least: float = 0.0) -> None:
        (ax, ay), (bx, by), (cx, cy) = flat[before[place]], flat[place], flat[after[place]]
        areas[place] = max(least, abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2)
        heapq.heappush(heap, (areas[place], place))

    for place in range(1, len(piece) - 1):
        weigh(place)
    left = len(piece)
    while left > most and heap:
        area, place = heapq.heappop(heap)
        if gone[place] or area != areas[place]:
            continue
        gone[place] = True
        left -= 1
        first, last = before[place], after[place]
        after[first], before[last] = last, first
        for neighbour in (first, last):
            if 0 < neighbour < len(piece) - 1:
                weigh(neighbour, area)
    return [spot for place, spot in enumerate(piece) if not gone[place]]
