"""Routes as paths of SVG: the outline as on a map, north above, and the heights along the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any

WIDTH, TALLEST, LOWEST, EDGE = 640.0, 420.0, 200.0, 18.0
PROFILE_HEIGHT, PROFILE_EDGE = 130.0, 8.0
LEAST_RISE_M = 30.0
"""A flat route is drawn flat: the profile spans at least so much."""

Point = tuple[float, float]
Numbers = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Outline:
    """A line in a box of `width` by `height`; `start` and `end` are where it begins and ends."""

    width: float
    height: float
    path: str
    start: Point
    end: Point


@dataclass(frozen=True)
class Profile:
    """Heights in a box: the line, and the ground below it; lowest and highest in metres, length in km."""

    width: float
    height: float
    path: str
    ground: str
    lowest: int
    highest: int
    length_km: float


def outline(pieces: Sequence[Numbers]) -> Outline | None:
    """The line through places of (north, east), as the Earth is seen from above its middle; None for no line."""
    places = [place for piece in pieces for place in piece]
    if not places:
        return None
    first_east = places[0][1]
    middle = (min(north for north, _ in places) + max(north for north, _ in places)) / 2
    narrow = max(0.01, cos(radians(middle)))
    flat = [[((east - first_east + 540) % 360 * narrow, -north) for north, east in piece] for piece in pieces if piece]
    left, right = _bounds(point[0] for piece in flat for point in piece)
    top, bottom = _bounds(point[1] for piece in flat for point in piece)
    scale = min((WIDTH - 2 * EDGE) / (right - left or 1e-9), (TALLEST - 2 * EDGE) / (bottom - top or 1e-9))
    height = max(LOWEST, (bottom - top) * scale + 2 * EDGE)
    aside = (WIDTH - (right - left) * scale) / 2
    above = (height - (bottom - top) * scale) / 2
    drawn = [[((x - left) * scale + aside, (y - top) * scale + above) for x, y in piece] for piece in flat]
    return Outline(WIDTH, round(height, 1), " ".join(map(_path, drawn)), drawn[0][0], drawn[-1][-1])


def profile(pieces: Sequence[Numbers]) -> Profile | None:
    """Heights over (metres along, height); None where no height is known."""
    spots = [spot for piece in pieces for spot in piece]
    if not spots:
        return None
    low, high = _bounds(height for _, height in spots)
    span = max(high - low, LEAST_RISE_M)
    length = spots[-1][0] or 1.0
    room = PROFILE_HEIGHT - 2 * PROFILE_EDGE

    def at(spot: Sequence[float]) -> Point:
        return spot[0] / length * WIDTH, PROFILE_HEIGHT - PROFILE_EDGE - (spot[1] - low) / span * room

    line = [at(spot) for spot in spots]
    ground = [(0.0, PROFILE_HEIGHT), *line, (WIDTH, PROFILE_HEIGHT)]
    return Profile(
        WIDTH, PROFILE_HEIGHT, _path(line), _path(ground) + "Z", round(low), round(high), round(length / 1000, 1)
    )


def _bounds(values: Any) -> Point:
    found = list(values)
    return min(found), max(found)


def _path(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
