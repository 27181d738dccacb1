"""Routes as SVG paths: the outline as on a map, north above, its small sketch, and the height profile."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import atan2, cos, degrees, hypot, radians

from hampa.platform.geo.course import Spot, simplified

WIDTH, TALLEST, LOWEST, EDGE = 640.0, 420.0, 200.0, 18.0
PROFILE_HEIGHT, PROFILE_EDGE = 130.0, 8.0
LEAST_RISE_M = 30.0
"""The least height that a profile spans, so that a flat route looks flat."""

ARROW_STEP, MOST_ARROWS, FEWEST_ARROWS = 130.0, 10, 2
"""The distance of two arrows on a drawn line, and how many it has."""
NEAR_END = 10.0
"""A line whose ends are no further apart in its drawing is a loop."""
SKETCH_SIZE, SKETCH_POINTS, SKETCH_PIECES = 240, 40, 12
"""The longer side of a sketch, and the limits of its points and pieces."""
STEP = re.compile(r"([ml])(-?\d+) ?(-?\d+)")

Point = tuple[float, float]
Numbers = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Outline:
    """Lines in a box of `width` by `height`.

    A point of the drawing is at `north - y * step` and `east + x * step / shrink` degrees.
    """

    width: float
    height: float
    lines: Sequence[Sequence[Point]]
    north: float
    east: float
    step: float
    shrink: float

    @property
    def path(self) -> str:
        """The lines as an SVG path."""
        return " ".join(map(_path, self.lines))

    @property
    def start(self) -> Point:
        """The first point."""
        return self.lines[0][0]

    @property
    def end(self) -> Point:
        """The last point."""
        return self.lines[-1][-1]

    @property
    def is_loop(self) -> bool:
        """Whether the line ends where it starts."""
        return hypot(self.end[0] - self.start[0], self.end[1] - self.start[1]) <= NEAR_END

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """The least and the greatest x and y: left, top, right, bottom."""
        left, right = _bounds(x for line in self.lines for x, _ in line)
        top, bottom = _bounds(y for line in self.lines for _, y in line)
        return left, top, right, bottom

    def point(self, north: float, east: float) -> Point:
        """Return where a place in degrees is in the drawing."""
        away = (east - self.east + 540) % 360 - 180
        return away * self.shrink / self.step, (self.north - north) / self.step


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
    # `flat` has x = (east - first_east + 540) % 360 * shrink and y = -north, both in degrees.
    west = first_east - 540 + (left - dx / scale) / shrink
    return Outline(WIDTH, round(height, 1), lines, dy / scale - top, (west + 540) % 360 - 180, 1 / scale, shrink)


def arrows(drawn: Outline) -> list[tuple[float, float, int]]:
    """Return where arrows stand along the lines, evenly spaced: x, y, and the direction in degrees clockwise from east."""
    steps = [(before, after) for line in drawn.lines for before, after in pairwise(line)]
    total = sum(hypot(bx - ax, by - ay) for (ax, ay), (bx, by) in steps)
    count = min(MOST_ARROWS, max(FEWEST_ARROWS, round(total / ARROW_STEP)))
    found: list[tuple[float, float, int]] = []
    passed = 0.0
    for (ax, ay), (bx, by) in steps:
        length = hypot(bx - ax, by - ay)
        while len(found) < count and length and passed + length >= total * (len(found) + 0.5) / count:
            share = (total * (len(found) + 0.5) / count - passed) / length
            turn = round(degrees(atan2(by - ay, bx - ax)))
            found.append((round(ax + (bx - ax) * share, 1), round(ay + (by - ay) * share, 1), turn))
        passed += length
    return found


def sketch(pieces: Sequence[Numbers]) -> str | None:
    """Return the line through places of (north, east) as a short text; None without places.

    The text is the width of the drawing, its height, and an SVG path of whole numbers, each relative to the one before.
    """
    longest = sorted(pieces, key=_degrees, reverse=True)[:SKETCH_PIECES]
    total = sum(map(_degrees, longest))
    thin = [
        simplified(
            [Spot(north, east, 0.0, None) for north, east in piece], round(SKETCH_POINTS * _degrees(piece) / total)
        )
        for piece in pieces
        if piece in longest and total
    ]
    drawn = outline([[(spot.north, spot.east) for spot in piece] for piece in thin])
    if drawn is None:
        return None
    left, top, right, bottom = drawn.bounds
    scale = SKETCH_SIZE / (max(right - left, bottom - top) or 1.0)
    path, x, y = "", 0, 0
    for piece in drawn.lines:
        for index, point in enumerate(piece):
            next_x, next_y = round((point[0] - left) * scale), round((point[1] - top) * scale)
            if index and (next_x, next_y) == (x, y):
                continue
            path += f"{'l' if index else 'm'}{next_x - x}{'' if next_y < y else ' '}{next_y - y}"
            x, y = next_x, next_y
    return f"{round((right - left) * scale)} {round((bottom - top) * scale)} {path}"


def sketch_lines(text: str) -> tuple[Point, list[list[Point]]]:
    """Return the width and height of a sketch, and its pieces of points."""
    width, height, path = text.split(" ", 2)
    pieces: list[list[Point]] = []
    x = y = 0
    for kind, right, down in STEP.findall(path):
        x, y = x + int(right), y + int(down)
        if kind == "m":
            pieces.append([])
        pieces[-1].append((x, y))
    return (float(width), float(height)), pieces


def _degrees(piece: Numbers) -> float:
    """Return about how long a piece is, to compare it with others of its route."""
    return sum(hypot(after[0] - before[0], after[1] - before[1]) for before, after in pairwise(piece))


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
