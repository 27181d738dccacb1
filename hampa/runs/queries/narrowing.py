"""Which runs a list holds: the filters, as conditions that indexes serve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from math import sin
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Integer, Select, cast, extract, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import aliased

from hampa.platform import clock, gazetteer
from hampa.platform.searching import Asked
from hampa.runs.models.finding import cells_around
from hampa.runs.models.run import Run

RunColumns = type[Run]
"""`Run`, or an alias of it."""

Inside = aliased(Run, name="inside")
"""A run in the middle of a statement that has runs outside too."""


@dataclass(frozen=True, slots=True)
class Near:
    """A circle on the map."""

    latitude: float
    longitude: float
    radius_km: float


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What lists of runs are narrowed to. `until` is exclusive; empty values ask for nothing.

    Who asks for a level also finds the runs that are for all. `weekdays` are those of the place,
    1 for Monday to 7; `distances` the least and the most kilometres, or None.
    """

    words: Asked = ()
    since: datetime | None = None
    until: datetime | None = None
    near: Near | None = None
    level: str = ""
    terrain: str = ""
    company: str = ""
    has_room: bool = False
    weekdays: tuple[int, ...] = ()
    distances: tuple[Decimal | None, Decimal | None] = (None, None)


def listed(filters: Filters, run: RunColumns = Run) -> list[ColumnElement[bool]]:
    """The conditions of public runs to come that the filters leave."""
    now = clock.now()
    found = [run.visibility == "public", run.cancelled_at.is_(None), run.starts_at >= max(filters.since or now, now)]
    if filters.until is not None:
        found.append(run.starts_at < filters.until)
    if filters.words:
        found.append(run.search.bool_op("@@")(_text_query(filters.words)))
    if filters.near is not None:
        found += inside(filters.near, run)
    if filters.level:
        found.append(run.level.in_({filters.level, "all"}))
    if filters.terrain:
        found.append(run.terrain == filters.terrain)
    if filters.company:
        found.append(run.company == filters.company)
    if filters.has_room:
        found.append(or_(run.capacity.is_(None), run.taken < run.capacity))
    if filters.weekdays:
        found.append(extract("isodow", run.starts_local).in_(filters.weekdays))
    least, most = filters.distances
    if least is not None:
        found.append(run.distance_km > least)
    if most is not None:
        found.append(run.distance_km <= most)
    return found


def inside(near: Near, run: RunColumns = Run) -> list[ColumnElement[bool]]:
    """The conditions of runs in a circle: the squares that it touches, for the index, then exactly."""
    name, cells = cells_around(near.latitude, near.longitude, near.radius_km)
    return [getattr(run, name).in_(cells), _close(near, run)]


def soonest_near(filters: Filters, beyond: ColumnElement[bool] | None, size: int) -> Select[Any]:
    """A SELECT of the ids of the first runs in the filters' circle.

    Square by square, each in the order of its index and no further than a page goes, so that a
    crowded town costs as little as an empty one. `beyond` is a condition on `Inside`.
    """
    if filters.near is None:
        raise ValueError("a circle is what this goes by")
    name, cells = cells_around(filters.near.latitude, filters.near.longitude, filters.near.radius_km)
    square = func.unnest(literal(cells, ARRAY(Integer))).table_valued("number", name="square").render_derived()
    conditions = listed(replace(filters, near=None), Inside)
    conditions += [getattr(Inside, name) == square.c.number, _close(filters.near, Inside)]
    if beyond is not None:
        conditions.append(beyond)
    first = (
        select(Inside.id, Inside.starts_at)
        .where(*conditions)
        .order_by(Inside.starts_at, Inside.id)
        .limit(size)
        .lateral("first_inside")
    )
    return (
        select(first.c.id).select_from(square).join(first, true()).order_by(first.c.starts_at, first.c.id).limit(size)
    )


def _close(near: Near, run: RunColumns) -> ColumnElement[bool]:
    """Within the radius along the great circle: the haversine of the angle is compared, which needs no arcsine."""
    north = func.radians(run.spot_latitude - near.latitude) / 2
    east = func.radians(run.spot_longitude - near.longitude) / 2
    across = func.cos(func.radians(near.latitude)) * func.cos(func.radians(run.spot_latitude))
    haversine = func.power(func.sin(north), 2) + across * func.power(func.sin(east), 2)
    return haversine <= sin(near.radius_km / gazetteer.EARTH_KM / 2) ** 2


def _text_query(words: Sequence[Sequence[str]]) -> ColumnElement[Any]:
    """A text query for rows that have, for each of the words, one that begins like it or like what stands for it.

    The words are of letters and digits alone (`platform.searching`), so that quoting them is enough.
    """
    each = ("(" + " | ".join(f"'{one}':*" for one in choices) + ")" for choices in words)
    return cast(" & ".join(each), TSQUERY)
