"""A map of pins as a drawing: a grid, a scale, towns, and pins, with pins that are close together as one mark.

Longitudes are drawn by Mercator's projection.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import atan, ceil, cos, degrees, floor, hypot, log, log10, pi, radians, sinh, tan
from typing import Any

from hampa.platform.geo import gazetteer
from hampa.platform.geo.squares import Near
from hampa.platform.locale import i18n, measures

WIDTH, HEIGHT = 480, 360
MARK_REACH, PIN_HEIGHT = 22, 50
MARK_DISTANCE = 60
"""Pins that are closer together on the drawing share a mark."""
MAX_TOWNS = 10
LETTER, LINE = 10, 30
"""Nearly the width of a letter of a town's name and the height of its line."""
MIN_DEGREES = 0.02
MARGIN = 0.12
LONGEST_SCALE = 0.3
"""The share of the drawing's width that the scale may take."""
SCALE_MARGIN = 16
MAX_LATITUDE = 85.0


@dataclass(frozen=True, slots=True)
class Mark:
    """One pin, or several close together, at a place of the drawing and of the globe."""

    x: float
    y: float
    latitude: float
    longitude: float
    pins: tuple[Any, ...]
    radius_km: int


@dataclass(frozen=True, slots=True)
class Label:
    """A word at a place of the drawing; one that a mark would cover stands below the place."""

    x: float
    y: float
    text: str
    covered: bool = False

    @property
    def width(self) -> float:
        """Return about how wide the word is drawn."""
        return len(self.text) * LETTER

    @property
    def line(self) -> float:
        """Return the y on which the word stands."""
        return self.y + 40 if self.covered else self.y - 9

    def runs_into(self, other: Label) -> bool:
        """Return whether two words collide."""
        return abs(self.x - other.x) < (self.width + other.width) / 2 + LETTER and abs(self.line - other.line) < LINE

    def is_under(self, mark: Mark) -> bool:
        """Return whether a mark, the pin of one run or the disc of several, is drawn over the word."""
        beside = abs(self.x - mark.x) >= self.width / 2 + MARK_REACH
        return not beside and mark.y - PIN_HEIGHT < self.line < mark.y + LINE + 6


@dataclass(frozen=True, slots=True)
class Scale:
    """A line that is as long as its text says, with its left end at a place of the drawing."""

    x: float
    y: float
    length: float
    text: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """All that is on the map; `bounds` are south, west, north and east in degrees.

    `across` are the x of the lines of the grid from north to south, and `along` the y of those from west to east.
    """

    bounds: tuple[float, float, float, float]
    marks: tuple[Mark, ...]
    towns: tuple[Label, ...]
    across: tuple[float, ...]
    along: tuple[float, ...]
    scale: Scale | None
    whole: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of the globe on the drawing; `west` to `east` may pass 180 degrees."""

    west: float
    east: float
    top: float
    bottom: float

    def position(self, latitude: float, longitude: float) -> tuple[float, float]:
        """Return x and y of a place, in the units of the drawing."""
        x = (longitude - self.west) / (self.east - self.west) * WIDTH
        y = (self.top - mercator(latitude)) / (self.top - self.bottom) * HEIGHT
        return round(x, 1), round(y, 1)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """South, west, north and east in degrees."""
        return latitude_of(self.bottom), self.west, latitude_of(self.top), self.east


def draw(pins: Sequence[Any], near: Near | None, most: int) -> Drawing | None:
    """Return the map of the pins or of the circle `near`, or None if there is nothing to draw.

    `most` pins are not all that there are.
    """
    if not pins and near is None:
        return None
    frame = frame_of(pins, near)
    south, west, north, east = frame.bounds
    marks = marks_of(pins, frame)
    step = grid_step(east - west)
    return Drawing(
        frame.bounds,
        marks,
        town_labels(frame, marks),
        tuple(frame.position(north, line)[0] for line in grid_lines(west, east, step)),
        tuple(frame.position(line, west)[1] for line in grid_lines(south, north, step)),
        scale_of(frame, marks),
        len(pins) < most,
    )


def frame_of(pins: Sequence[Any], near: Near | None) -> Frame:
    """Return the part of the globe to draw: the circle or all pins with a margin, in the drawing's proportions."""
    if near is not None:
        high = degrees(near.radius_km / gazetteer.EARTH_KM)
        wide = high / max(0.05, cos(radians(near.latitude)))
        south, north = near.latitude - high, near.latitude + high
        west, east = near.longitude - wide, near.longitude + wide
    else:
        south, north = min(pin.latitude for pin in pins), max(pin.latitude for pin in pins)
        west, east = min(pin.longitude for pin in pins), max(pin.longitude for pin in pins)
    top, bottom = mercator(north), mercator(south)
    # Mercator's units are radians: a degree of longitude is the same everywhere.
    width = max(radians(east - west), radians(MIN_DEGREES)) * (1 + 2 * MARGIN)
    height = max(top - bottom, radians(MIN_DEGREES)) * (1 + 2 * MARGIN)
    width, height = max(width, height * WIDTH / HEIGHT), max(height, width * HEIGHT / WIDTH)
    x, y = radians(west + east) / 2, (top + bottom) / 2
    return Frame(degrees(x - width / 2), degrees(x + width / 2), y + height / 2, y - height / 2)


def marks_of(pins: Sequence[Any], frame: Frame) -> tuple[Mark, ...]:
    """Return a mark for each group of pins that are close together, with the soonest run first."""
    groups: list[tuple[float, float, list[Any]]] = []
    for pin in pins:
        x, y = frame.position(pin.latitude, pin.longitude)
        close = (group for first_x, first_y, group in groups if hypot(first_x - x, first_y - y) < MARK_DISTANCE)
        group = next(close, None)
        if group is None:
            groups.append((x, y, [pin]))
        else:
            group.append(pin)
    return tuple(mark_of(group, frame) for _, _, group in groups)


def mark_of(pins: Sequence[Any], frame: Frame) -> Mark:
    """Return a mark in the middle of the pins with the radius of the circle around them."""
    latitude = sum(pin.latitude for pin in pins) / len(pins)
    longitude = sum(pin.longitude for pin in pins) / len(pins)
    reach = max(gazetteer.distance_km(latitude, longitude, pin.latitude, pin.longitude) for pin in pins)
    radius_km = min(200, max(1, ceil(reach)))
    return Mark(*frame.position(latitude, longitude), latitude, longitude, tuple(pins), radius_km)


def town_labels(frame: Frame, marks: Sequence[Mark]) -> tuple[Label, ...]:
    """Return the labels of the largest towns that neither leave the drawing nor run into a larger town's or a mark."""
    locale = i18n.get_locale_code()
    labels: list[Label] = []
    for town in gazetteer.largest_in(*frame.bounds, MAX_TOWNS):
        x, y = frame.position(town.latitude, town.longitude)
        covered = any(hypot(x - mark.x, y - mark.y) < MARK_DISTANCE for mark in marks)
        label = Label(x, y, town.called(locale), covered)
        half = label.width / 2
        inside = 36 + half < x < WIDTH - half and 24 < y < HEIGHT - 60
        free = not any(label.runs_into(other) for other in labels) and not any(label.is_under(mark) for mark in marks)
        if inside and free:
            labels.append(label)
    return tuple(labels)


def grid_step(span: float) -> float:
    """Return the degrees between two lines of the grid: one, two or five times a power of ten."""
    rough = span / 5
    power = 10.0 ** floor(log10(rough))
    return next(power * times for times in (1, 2, 5, 10) if power * times >= rough)


def grid_lines(first: float, last: float, step: float) -> list[float]:
    """Return the multiples of `step` between two degrees."""
    return [number * step for number in range(ceil(first / step), floor(last / step) + 1)]


def scale_of(frame: Frame, marks: Sequence[Mark]) -> Scale | None:
    """Return the scale in a lower corner that no mark covers, in round kilometres or miles, or None."""
    south, west, north, east = frame.bounds
    around = 2 * pi * gazetteer.EARTH_KM * cos(radians((south + north) / 2))
    unit = measures.KM_PER_MILE if i18n.units() == "miles" else 1.0
    longest = around * (east - west) / 360 / unit * LONGEST_SCALE
    power = 10.0 ** floor(log10(longest))
    round_length = max(power * times for times in (1, 2, 5) if power * times <= longest)
    length = round(round_length / longest * LONGEST_SCALE * WIDTH, 1)
    for x in (SCALE_MARGIN, WIDTH - SCALE_MARGIN - length):
        if not any(x - 30 < mark.x < x + length + 30 and mark.y > HEIGHT - 60 for mark in marks):
            return Scale(x, HEIGHT - SCALE_MARGIN, length, measures.distance(round_length * unit))
    return None


def mercator(latitude: float) -> float:
    """Return the distance from the equator at which a latitude is drawn, in radians of longitude."""
    bound = max(-MAX_LATITUDE, min(MAX_LATITUDE, latitude))
    return log(tan(pi / 4 + radians(bound) / 2))


def latitude_of(height: float) -> float:
    """Return the latitude that is drawn at this distance from the equator."""
    return degrees(atan(sinh(height)))
