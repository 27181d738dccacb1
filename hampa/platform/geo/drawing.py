"""Routes as SVG paths: the outline as on a map, north above, and the height profile."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, radians

WIDTH, TALLEST, LOWEST, EDGE = 640.0, 420.0, 200.0, 18.0
PROFILE_HEIGHT, PROFILE_EDGE = 130.0, 8.0
LEAST_RISE_M = 30.0
"""The least height that a profile spans, so that a flat route looks flat."""

Point = tuple[float, float]
Numbers = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Outline:
    """A line in a box of `width` by `height`, with its first and last point."""

    width: float
    height: float
    path: str
    start: Point
    end: Point


@dataclass(frozen=True)
class Profile:
    """Heights in a box: the line, and the area below it; lowest and highest in metres, length in km."""

    width: float
    height: float
    path: str
    ground: str
    lowest: int
    highest: int
    length_km: float


def outline(pieces: Sequence[Numbers]) -> Outline | None:
    """Return the line through places of (north, east), as seen from above its middle; None without places."""
    places = [place for piece in pieces for place in piece]
    if not places:
        return None
    first_east = places[0][1]
    middle = (min(north for north, _ in places) + max(north for north, _ in places)) / 2
    shrink = max(0.01, cos(radians(middle)))
    flat = [[((east - first_east + 540) % 360 * shrink, -north) for north, east in piece] for piece in pieces if piece]
    left, right = _bounds(point[0] for piece in flat for point in piece)
    top, bottom = _bounds(point[1] for piece in flat for point in piece)
    scale = min((WIDTH - 2 * EDGE) / (right - left or 1e-9), (TALLEST - 2 * EDGE) / (bottom - top or 1e-9))
    height = max(LOWEST, (bottom - top) * scale + 2 * EDGE)
    dx = (WIDTH - (right - left) * scale) / 2
    dy = (height - (bottom - top) * scale) / 2
    lines = [[((x - left) * scale + dx, (y - top) * scale + dy) for x, y in piece] for piece in flat]
    return Outline(WIDTH, round(height, 1), " ".join(map(_path, lines)), lines[0][0], lines[-1][-1])


def profile(pieces: Sequence[Numbers]) -> Profile | None:
    """Return the profile of (metres along, height); None where no height is known."""
    spots = [spot for piece in pieces for spot in piece]
    if not spots:
        return None
    low, high = _bounds(height for _, height in spots)
    length = spots[-1][0] or 1.0
    x_scale, y_scale = WIDTH / length, (PROFILE_HEIGHT - 2 * PROFILE_EDGE) / max(high - low, LEAST_RISE_M)
    line = [(along * x_scale, PROFILE_HEIGHT - PROFILE_EDGE - (height - low) * y_scale) for along, height in spots]
    area = _path([(0.0, PROFILE_HEIGHT), *line, (WIDTH, PROFILE_HEIGHT)]) + "Z"
    return Profile(WIDTH, PROFILE_HEIGHT, _path(line), area, round(low), round(high), round(length / 1000, 1))


def _bounds(values: Iterable[float]) -> Point:
    numbers = list(values)
    return min(numbers), max(numbers)


def _path(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
