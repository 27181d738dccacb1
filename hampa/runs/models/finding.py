"""By what a run is found: its words, and the place it is at."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import asin, cos, degrees, floor, radians, sin
from typing import Any

from sqlalchemy import Index, Text, func
from sqlalchemy.dialects.postgresql import TSVECTOR, array
from sqlalchemy.orm import Mapped, mapped_column

from hampa.people.models.person import Person
from hampa.platform import gazetteer
from hampa.platform.searching import words_of

CELLS = {"small_cell": 0.01, "cell": 0.05, "wide_cell": 0.25, "widest_cell": 1.25}
"""Columns that hold in which square of a grid a run is, and the side of the square in degrees."""
MOST_CELLS = 64
ROW = 100_000
"""More than there are squares around the globe."""
LISTED = "visibility = 'public' AND cancelled_at IS NULL"
"""Which runs are in lists, as indexes say it."""
LONGEST_KEY = 60

FINDING_INDEXES = (
    Index("ix_runs_search", "search", postgresql_using="gin"),
    Index(
        "ix_runs_place_key",
        "place_key",
        postgresql_ops={"place_key": "text_pattern_ops"},
        postgresql_where="visibility = 'public' AND latitude IS NOT NULL",
    ),
    Index("ix_runs_women", "starts_at", "id", postgresql_where=f"{LISTED} AND company = 'women'"),
    Index("ix_runs_paces", "paces", postgresql_using="gin", postgresql_where=LISTED),
    Index("ix_runs_pinned", "starts_at", "id", postgresql_where=f"{LISTED} AND latitude IS NOT NULL"),
    *(
        Index(f"ix_runs_{name}", name, "starts_at", "id", postgresql_where=f"{LISTED} AND {name} IS NOT NULL")
        for name in CELLS
    ),
)


class Findable:
    """The columns that searches go by; `be_found` works them out.

    `search` holds the folded words of the texts and of the organiser's names. `spot_latitude` and
    `spot_longitude` say where the run is: its pin, else the town that its place or its organiser
    names, else nothing. The cells are the squares of four grids that this is in. `place_key` is
    the place as `near` compares it.
    """

    search: Mapped[Any] = mapped_column(TSVECTOR, deferred=True)
    place_key: Mapped[str] = mapped_column(server_default="", deferred=True)
    spot_latitude: Mapped[float | None]
    spot_longitude: Mapped[float | None]
    small_cell: Mapped[int | None] = mapped_column(deferred=True)
    cell: Mapped[int | None] = mapped_column(deferred=True)
    wide_cell: Mapped[int | None] = mapped_column(deferred=True)
    widest_cell: Mapped[int | None] = mapped_column(deferred=True)

    title: Mapped[str]
    description: Mapped[str]
    place: Mapped[str]
    timezone: Mapped[str]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]

    def be_found(self, organiser: Person) -> None:
        """Work out by what the run is found, once its plan or its organiser's name is another."""
        words = words_of(self.title, self.place, organiser.name, organiser.handle or "", self.description or "")
        self.search = func.array_to_tsvector(array(words, type_=Text))
        self.place_key = gazetteer.key(self.place)[:LONGEST_KEY]
        spot = (self.latitude, self.longitude)
        if self.latitude is None or self.longitude is None:
            spot = spot_of(self.place, organiser.city, self.timezone)
        self.spot_latitude, self.spot_longitude = spot
        for name, side in CELLS.items():
            setattr(self, name, None if spot[0] is None else cell_of(*spot, side))  # type: ignore[arg-type]


def spot_of(place: str, city: str, zone: str) -> tuple[float, float] | tuple[None, None]:
    """The town that a place names in one of its parts, or else the organiser's, in the run's own time zone."""
    for name in (*reversed(place.replace("،", ",").split(",")), city):
        for town in gazetteer.find(name, zone, most=1):
            if town.zone == zone:
                return town.latitude, town.longitude
    return None, None


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


def _span(latitude: float, longitude: float, north: float, east: float, side: float) -> tuple[range, range]:
    """The rows and columns of a grid that lie within so many degrees; columns may count on past the last one."""
    south, end = max(latitude - north, -90) + 90, min(latitude + north, 90) + 90
    first, last = floor((longitude - east + 180) / side), floor((longitude + east + 180) / side)
    return range(floor(south / side), floor(end / side) + 1), range(first, min(last, first + round(360 / side) - 1) + 1)
