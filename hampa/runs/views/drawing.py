"""A map of runs that we draw ourselves: a grid of degrees, towns, and the pins, those that are close together as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import atan, ceil, cos, degrees, floor, hypot, log, log10, pi, radians, sinh, tan

from hampa.platform.geo import gazetteer
from hampa.platform.geo.squares import Near
from hampa.platform.locale import i18n
from hampa.runs.queries.pins import MOST, Pin

WIDTH, HEIGHT = 480, 360
APART = 60
"""Pins that are closer together on the drawing are drawn as one."""
MOST_MARKS = 100
"""No more than so many places that far apart fit on the drawing."""
TOWNS = 10
LEAST_DEGREES = 0.02
MARGIN = 0.12
FARTHEST_NORTH = 85.0


@dataclass(frozen=True, slots=True)
class Mark:
    """One run, or several close together, at a place of the drawing and of the globe."""

    x: float
    y: float
    latitude: float
    longitude: float
    runs: tuple[Pin, ...]
    radius_km: int


@dataclass(frozen=True, slots=True)
class Label:
    """A word at a place of the drawing, which a mark may have `covered`."""

    x: float
    y: float
    text: str
    covered: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """All that is on the map; `bounds` are south, west, north and east in degrees."""

    bounds: tuple[float, float, float, float]
    marks: tuple[Mark, ...]
    towns: tuple[Label, ...]
    across: tuple[Label, ...]
    along: tuple[Label, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """A part of the globe as it lies on the drawing, by Mercator's projection. `west` to `east` may pass 180."""

    west: float
    east: float
    top: float
    bottom: float

    def at(self, latitude: float, longitude: float) -> tuple[float, float]:
        """Where a place stands, in the drawing's own units."""
        x = (longitude - self.west) / (self.east - self.west) * WIDTH
        y = (self.top - mercator(latitude)) / (self.top - self.bottom) * HEIGHT
        return round(x, 1), round(y, 1)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        return latitude_of(self.bottom), self.west, latitude_of(self.top), self.east


def drawn(pins: Sequence[Pin], near: Near | None) -> Drawing | None:
    """The map of these runs, or of the circle that was asked for; None when there is nothing to draw."""
    if not pins and near is None:
        return None
    frame = frame_of(pins, near)
    south, west, north, east = frame.bounds
    marks = marks_of(pins, frame)
    locale = i18n.get_locale_code()
    towns = (
        (*frame.at(town.latitude, town.longitude), town.called(locale))
        for town in gazetteer.largest_in(south, west, north, east, TOWNS)
    )
    step = step_of(east - west)
    return Drawing(
        frame.bounds,
        marks,
        spread(
            [Label(x, y, name, covered=any(hypot(x - m.x, y - m.y) < APART for m in marks)) for x, y, name in towns]
        ),
        tuple(Label(frame.at(north, at)[0], 0, degrees_shown(at)) for at in steps(west, east, step)),
        tuple(Label(0, frame.at(at, west)[1], degrees_shown(at)) for at in steps(south, north, step)),
        len(pins) < MOST,
    )


def frame_of(pins: Sequence[Pin], near: Near | None) -> Frame:
    """The part of the globe to draw: the circle, or all pins with some margin, in the drawing's proportions."""
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
    width = max(radians(east - west), radians(LEAST_DEGREES)) * (1 + 2 * MARGIN)
    height = max(top - bottom, radians(LEAST_DEGREES)) * (1 + 2 * MARGIN)
    width, height = max(width, height * WIDTH / HEIGHT), max(height, width * HEIGHT / WIDTH)
    x, y = radians(west + east) / 2, (top + bottom) / 2
    return Frame(degrees(x - width / 2), degrees(x + width / 2), y + height / 2, y - height / 2)


def marks_of(pins: Sequence[Pin], frame: Frame) -> tuple[Mark, ...]:
    """The pins, each with those close to it, in the middle of them; the soonest run first in each."""
    groups: list[tuple[float, float, list[Pin]]] = []
    for pin in pins:
        x, y = frame.at(pin.latitude, pin.longitude)
        close = (there for at_x, at_y, there in groups if hypot(at_x - x, at_y - y) < APART)
        there = next(close, None)
        if there is None:
            groups.append((x, y, [pin]))
        else:
            there.append(pin)
    return tuple(mark_of(there, frame) for _, _, there in groups)


def mark_of(pins: Sequence[Pin], frame: Frame) -> Mark:
    """One mark for these pins, and the circle around it that they are in."""
    latitude = sum(pin.latitude for pin in pins) / len(pins)
    longitude = sum(pin.longitude for pin in pins) / len(pins)
    reach = max(gazetteer.distance_km(latitude, longitude, pin.latitude, pin.longitude) for pin in pins)
    return Mark(*frame.at(latitude, longitude), latitude, longitude, tuple(pins), min(200, max(1, ceil(reach))))


def spread(labels: Sequence[Label]) -> tuple[Label, ...]:
    """Those of the labels, the first ones first, that do not run over each other."""
    kept: list[Label] = []
    for label in labels:
        inside = 36 < label.x < WIDTH - 36 and 24 < label.y < HEIGHT - 40
        if inside and all(abs(label.x - other.x) > 100 or abs(label.y - other.y) > 40 for other in kept):
            kept.append(label)
    return tuple(kept)


def step_of(span: float) -> float:
    """How far apart the lines of the grid stand, in degrees: one, two or five of a power of ten."""
    rough = span / 5
    power = 10.0 ** floor(log10(rough))
    return next(power * times for times in (1, 2, 5, 10) if power * times >= rough)


def steps(first: float, last: float, step: float) -> list[float]:
    """The degrees between two that are whole steps."""
    return [number * step for number in range(ceil(first / step), floor(last / step) + 1)]


def degrees_shown(value: float) -> str:
    """Degrees as the grid says them, with as many places as tell them apart."""
    return f"{i18n.number(round((value + 180) % 360 - 180, 2), 2)}°"


def mercator(latitude: float) -> float:
    """How far from the equator a latitude is drawn, in radians of longitude."""
    bound = max(-FARTHEST_NORTH, min(FARTHEST_NORTH, latitude))
    return log(tan(pi / 4 + radians(bound) / 2))


def latitude_of(height: float) -> float:
    """The latitude that is drawn so far from the equator."""
    return degrees(atan(sinh(height)))
