"""Squares on the map by which an index finds what is near: four grids, from about one kilometre to a hundred and forty."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import asin, ceil, cos, degrees, floor, radians, sin
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.geo import gazetteer

CELLS = {"small_cell": 0.01, "cell": 0.05, "wide_cell": 0.25, "widest_cell": 1.25}
"""Columns that hold in which square of a grid a thing is, and the side of the square in degrees."""
MOST_CELLS = 64
ROW = 100_000
"""More than there are squares around the globe."""


class Spotted:
    """The columns of a thing that is somewhere, or nowhere that is known."""

    spot_latitude: Mapped[float | None]
    spot_longitude: Mapped[float | None]
    small_cell: Mapped[int | None] = mapped_column(deferred=True)
    cell: Mapped[int | None] = mapped_column(deferred=True)
    wide_cell: Mapped[int | None] = mapped_column(deferred=True)
    widest_cell: Mapped[int | None] = mapped_column(deferred=True)

    def stand_at(self, latitude: float | None, longitude: float | None) -> None:
        """Be found at this place from now on."""
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


def cell_of(latitude: float, longitude: float, side: float) -> int:
    """The number of the square of a grid, rows from the south, columns from the west."""
    return floor((latitude + 90) / side) * ROW + floor((longitude + 180) % 360 / side)


@dataclass(frozen=True, slots=True)
class Squares:
    """A column of `CELLS`, and the squares of its grid that are inside a circle or are touched by it."""

    column: str
    inside: tuple[int, ...]
    touched: tuple[int, ...]


def squares_around(latitude: float, longitude: float, radius_km: float) -> Squares:
    """The squares of a circle, of the finest grid that makes few of it."""
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
    """The square of a grid that a place is in, and the eight around it; fewer at a pole."""
    side = CELLS[column]
    row, place = divmod(cell_of(latitude, longitude, side), ROW)
    around, last = round(360 / side), ceil(180 / side)
    rows = range(max(0, row - 1), min(last, row + 1) + 1)
    return sorted({row * ROW + beside % around for row in rows for beside in (place - 1, place, place + 1)})


def _span(latitude: float, longitude: float, north: float, east: float, side: float) -> tuple[range, range]:
    """The rows and columns of a grid that lie within so many degrees; columns may count on past the last one."""
    south, end = max(latitude - north, -90) + 90, min(latitude + north, 90) + 90
    first, last = floor((longitude - east + 180) / side), floor((longitude + east + 180) / side)
    return range(floor(south / side), floor(end / side) + 1), range(first, min(last, first + round(360 / side) - 1) + 1)


def within(near: Near, row: Any) -> ColumnElement[bool]:
    """Within the radius along the great circle: the haversine of the angle is compared, which needs no arcsine."""
    return haversine(near.latitude, near.longitude, row) <= sin(near.radius_km / gazetteer.EARTH_KM / 2) ** 2


def haversine(latitude: float, longitude: float, row: Any) -> ColumnElement[float]:
    """The haversine of the angle between a point and the spot of a row."""
    north = func.radians(row.spot_latitude - latitude) / 2
    east = func.radians(row.spot_longitude - longitude) / 2
    across = func.cos(func.radians(latitude)) * func.cos(func.radians(row.spot_latitude))
    return func.power(func.sin(north), 2) + across * func.power(func.sin(east), 2)
