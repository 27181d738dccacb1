"""The shape of a drawn route as facts for words: a loop, laps, there and back or one way, and its directions."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import atan2, degrees, hypot, pi
from statistics import fmean
from typing import Literal

from hampa.platform.geo.course import EARTH_M
from hampa.platform.geo.drawing import Numbers, Outline, Point

SAMPLES = 240
"""The even steps along the line by which its halves and laps are compared."""
NEAR_M, NEAR_SHARE = 60.0, 0.012
"""Two places count as one within so many metres, or within this share of a long route."""
LEFT_FACTOR = 3.0
"""How much further away than near the line has to go before it can come back."""
MOST_LAPS = 40
FIRST_SHARE = 0.06
"""The share of a lap after which its first direction is taken."""

Kind = Literal["loop", "laps", "back", "way"]


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of a route.

    `heading` is the direction in which a loop or lap begins, in which there and back turns, or where one way ends: 0 for
    north, clockwise to 7. `away_m` is how far the end of one way is from its start.
    """

    kind: Kind
    heading: int
    laps: int = 1
    away_m: float = 0.0


def shape_of(outline: Outline) -> Shape:
    """Return the shape of a drawn route."""
    points = [point for line in outline.lines for point in line]
    unit_m = outline.step * pi / 180 * EARTH_M
    samples, length = _evenly([(x * unit_m, y * unit_m) for x, y in points])
    near = max(NEAR_M, NEAR_SHARE * length)
    away = [hypot(x - samples[0][0], y - samples[0][1]) for x, y in samples]
    if away[-1] > near:
        return Shape("way", _heading(samples[0], samples[-1]), away_m=away[-1])
    if fmean(_apart(one, other) for one, other in zip(samples, reversed(samples), strict=True)) <= near:
        return Shape("back", _heading(samples[0], samples[SAMPLES // 2]))
    laps = _laps(samples, away, near)
    first = samples[max(1, round(SAMPLES / laps * FIRST_SHARE))]
    return Shape("laps" if laps > 1 else "loop", _heading(samples[0], first), laps)


def highest_point(profile: Sequence[Numbers]) -> tuple[float, float] | None:
    """Return the metres along and the height of the highest point of a profile; None where no height is known."""
    spots = [(along, height) for piece in profile for along, height in piece]
    return max(spots, key=lambda spot: spot[1], default=None)


def _evenly(points: Sequence[Point]) -> tuple[list[Point], float]:
    """Return points at even steps along a line, and its length."""
    along = list(accumulate((_apart(before, after) for before, after in pairwise(points)), initial=0.0))
    samples = [points[0]]
    for step in range(1, SAMPLES):
        wanted = along[-1] * step / SAMPLES
        index = min(len(points) - 1, max(1, bisect_left(along, wanted)))
        (ax, ay), (bx, by) = points[index - 1], points[index]
        way = along[index] - along[index - 1]
        share = (wanted - along[index - 1]) / way if way else 0.0
        samples.append((ax + (bx - ax) * share, ay + (by - ay) * share))
    return [*samples, points[-1]], along[-1]


def _laps(samples: Sequence[Point], away: Sequence[float], near: float) -> int:
    """Return how often the line goes the same way round; 1 for a loop that passes its start by other ways."""
    returns, has_left = 0, False
    for distance in away:
        if distance > LEFT_FACTOR * near:
            has_left = True
        elif has_left and distance <= near:
            returns, has_left = returns + 1, False
    if not 1 < returns <= MOST_LAPS:
        return 1
    lap = SAMPLES / returns
    pairs = ((samples[step], samples[round(step + lap)]) for step in range(SAMPLES - round(lap)))
    return returns if fmean(_apart(one, other) for one, other in pairs) <= LEFT_FACTOR * near else 1


def _apart(one: Point, other: Point) -> float:
    return hypot(other[0] - one[0], other[1] - one[1])


def _heading(start: Point, end: Point) -> int:
    """Return the direction from one point of a drawing to another, whose y grows to the south."""
    return round(degrees(atan2(end[0] - start[0], start[1] - end[1])) / 45) % 8
