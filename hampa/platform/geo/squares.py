"""Squares on the map for finding near rows by an index: four grids, from about 1 km to 140 km."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import asin, ceil, cos, degrees, floor, radians, sin
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.geo import gazetteer

CELLS = {"small_cell": 0.01, "cell": 0.05, "wide_cell": 0.25, "widest_cell": 1.25}
"""Columns of the square of each grid that a row is in, and the side of the square in degrees."""
MOST_CELLS = 64
ROW = 100_000
"""A number larger than the squares around the globe."""


class LocatedMixin:
    """Columns of a row that has a location, if it is known."""

    spot_latitude: Mapped[float | None]
    spot_longitude: Mapped[float | None]
    small_cell: Mapped[int | None] = mapped_column(deferred=True)
    cell: Mapped[int | None] = mapped_column(deferred=True)
    wide_cell: Mapped[int | None] = mapped_column(deferred=True)
    widest_cell: Mapped[int | None] = mapped_column(deferred=True)

    def set_location(self, latitude: float | None, longitude: float | None) -> None:
        """Set the location, in degrees."""
        self.spot_latitude, self.spot_longitude = latitude, longitude
        for name, side in CELLS.items():
            known = latitude is not None and longitude is not None
            setattr(self, name, cell_of(latitude, longitude, side) if known else None)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Near:
    """A circle on the map."""

    latitude: float
    longitude: float
    radius_km: float

    @property
    def squares(self) -> "Squares":
        """Return its squares."""
        return squares_around(self.latitude, self.longitude, self.radius_km)

    @property
    def reach(self) -> float:
        """Return the haversine of the angle between its middle and its edge."""
        return sin(self.radius_km / gazetteer.EARTH_KM / 2) ** 2

    def km_to(self, latitude: float | None, longitude: float | None) -> int | None:
        """Return the whole kilometres from its middle to a point, None if that is not known."""
        if latitude is None or longitude is None:
            return None
        return round(gazetteer.distance_km(self.latitude, self.longitude, latitude, longitude))


def cell_of(latitude: float, longitude: float, side: float) -> int:
    """Return the number of a square of a grid, rows from the south, columns from the west."""
    return floor((latitude + 90) / side) * ROW + floor((longitude + 180) % 360 / side)


@dataclass(frozen=True, slots=True)
class Squares:
    """A column of `CELLS`, and the squares of its grid that are inside a circle or touched by it."""

    column: str
    inside: tuple[int, ...]
    touched: tuple[int, ...]


@lru_cache(maxsize=500)
def squares_around(latitude: float, longitude: float, radius_km: float) -> Squares:
    """Return the squares of a circle, of the finest grid that has at most `MOST_CELLS` of them."""
    north = degrees(radius_km / gazetteer.EARTH_KM)
    # The circle is widest where it bends to the pole, not on its own parallel.
    slim, bend = cos(radians(latitude)), sin(radians(north))
    east = degrees(asin(bend / slim)) if bend < slim else 180.0
    grids = [(column, side, *_span(latitude, longitude, north, east, side)) for column, side in CELLS.items()]
    few = (grid for grid in grids if len(grid[2]) * len(grid[3]) <= MOST_CELLS)
    column, side, rows, columns = next(few, grids[-1])
    inside: list[int] = []
    touched: list[int] = []
    for row, place in product(rows, columns):
        corners = product((row * side - 90, (row + 1) * side - 90), (place * side - 180, (place + 1) * side - 180))
        reach = max(gazetteer.distance_km(latitude, longitude, *corner) for corner in corners)
        (inside if reach <= radius_km else touched).append(row * ROW + place % round(360 / side))
    return Squares(column, tuple(inside), tuple(touched))


def squares_beside(latitude: float, longitude: float, column: str) -> list[int]:
    """Return the square of a grid that a place is in, and the eight around it; fewer at a pole."""
    side = CELLS[column]
    row, place = divmod(cell_of(latitude, longitude, side), ROW)
    around, last = round(360 / side), ceil(180 / side)
    rows = range(max(0, row - 1), min(last, row + 1) + 1)
    return sorted({row * ROW + beside % around for row in rows for beside in (place - 1, place, place + 1)})


def _span(latitude: float, longitude: float, north: float, east: float, side: float) -> tuple[range, range]:
    """Return the rows and columns of a grid within some degrees; columns may continue past the last one."""
    south, end = max(latitude - north, -90) + 90, min(latitude + north, 90) + 90
    first, last = floor((longitude - east + 180) / side), floor((longitude + east + 180) / side)
    return range(floor(south / side), floor(end / side) + 1), range(first, min(last, first + round(360 / side) - 1) + 1)


def within(near: Any, row: Any) -> ColumnElement[bool]:
    """Return the condition of rows within a `Near`, or parameters like it; it compares haversines, which needs no arcsine."""
    return haversine(near.latitude, near.longitude, row) <= near.reach


def haversine(latitude: float, longitude: float, row: Any) -> ColumnElement[float]:
    """Return the haversine of the angle between a point and the location of a row."""
    north = func.radians(row.spot_latitude - latitude) / 2
    east = func.radians(row.spot_longitude - longitude) / 2
    across = func.cos(func.radians(latitude)) * func.cos(func.radians(row.spot_latitude))
    return func.power(func.sin(north), 2) + across * func.power(func.sin(east), 2)
