"""Which runs a list holds: the filters, as conditions that indexes serve."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    case,
    extract,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import aliased

from hampa.people.models.person import Person
from hampa.people.queries.blocks import meets_all
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.searching import Asked, text_query
from hampa.platform.squares import Near, squares_around, within
from hampa.runs.models.run import Run
from hampa.runs.queries.visibility import not_of_hidden

RunColumns = type[Run]
"""`Run`, or an alias of it."""
Beyond = Callable[[RunColumns], list[ColumnElement[bool]]]
"""The condition of runs past a cursor; none for the first page."""

SOONEST = 2_000
"""So many runs are looked through for words before the index of words is asked."""
Moment = DateTime(timezone=True)

Inside = aliased(Run, name="inside")
"""A run in the middle of a statement that has runs outside too."""


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What lists of runs are narrowed to. `until` is exclusive; empty values ask for nothing.

    Who asks for a level also finds the runs that are for all. `weekdays` are those of the place,
    1 for Monday to 7; `distances` the least and the most kilometres, or None. `paces` are
    the quickest and the slowest, in seconds a kilometre, and a run in groups has one of them; None asks for none.
    `viewer_id` is set where people are hidden from who looks.
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
    paces: tuple[int, int] | None = None
    viewer_id: uuid.UUID | None = None


def listed(filters: Filters, run: RunColumns = Run) -> list[ColumnElement[bool]]:
    """The conditions of public runs to come that the filters leave."""
    now = clock.now()
    found = [run.visibility == "public", run.cancelled_at.is_(None), run.starts_at >= max(filters.since or now, now)]
    found += not_of_hidden(filters.viewer_id, run)
    if filters.until is not None:
        found.append(run.starts_at < filters.until)
    if filters.words:
        found.append(run.search.bool_op("@@")(text_query(filters.words)))
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
    if filters.paces is not None:
        quickest, slowest = filters.paces
        found.append(run.paces.overlap(list(range(quickest, slowest + 1))))
    return found


def inside(near: Near, run: RunColumns = Run) -> list[ColumnElement[bool]]:
    """The conditions of runs in a circle: the squares that it touches, for the index, then exactly."""
    squares = squares_around(near.latitude, near.longitude, near.radius_km)
    return [getattr(run, squares.column).in_([*squares.inside, *squares.touched]), within(near, run)]


def for_viewer(person: Person | None, filters: Filters) -> Filters:
    """The filters as they are for this person: nobody is hidden from most people, so that they all share one list."""
    return filters if person is None or meets_all(person) else replace(filters, viewer_id=person.id)


def candidates(filters: Filters, beyond: Beyond, size: int) -> Select[Any] | list[uuid.UUID] | None:
    """The ids of the first runs that the filters leave, where the order of starting alone is no quick way to
    them: by a circle, by words, by a pace. None when it is.
    """
    if filters.words or (filters.paces and filters.near is None):
        soon = _among_the_soonest(filters, beyond, size)
        return soon if len(soon) == size else _by_an_index(filters, beyond, size)
    return _square_by_square(filters, filters.near, beyond, size) if filters.near is not None else None


def _among_the_soonest(filters: Filters, beyond: Beyond, size: int) -> list[uuid.UUID]:
    """Those of the next few thousand runs that match: enough for a page when what is asked for is common."""
    soonest = select(Run.__table__).where(*listed(Filters(since=filters.since, until=filters.until)), *beyond(Run))
    window = aliased(Run, soonest.order_by(Run.starts_at, Run.id).limit(SOONEST).subquery("soonest"))
    query = select(window.id).where(*listed(filters, window)).order_by(window.starts_at, window.id).limit(size)
    return list(db.session.scalars(query))


def _by_an_index(filters: Filters, beyond: Beyond, size: int) -> list[uuid.UUID]:
    """All runs that match, then the first of them: the planner, who knows nothing of words that never stand
    together nor of paces that hardly anybody runs, is kept from going through all runs in their order.
    """
    matching = select(Run.id, Run.starts_at).where(*listed(filters), *beyond(Run)).cte("matching")
    matching = matching.prefix_with("MATERIALIZED")
    return list(db.session.scalars(select(matching.c.id).order_by(matching.c.starts_at, matching.c.id).limit(size)))


def _square_by_square(filters: Filters, near: Near, beyond: Beyond, size: int) -> Select[Any]:
    """The first runs in a circle: of each square in the order of its index, and no further than a page goes, so
    that a crowded town costs as little as an empty one. Squares that the circle only touches are gone through
    no further than to the last run that those inside it give.
    """
    squares = squares_around(near.latitude, near.longitude, near.radius_km)
    others = [*listed(replace(filters, near=None), Inside), *beyond(Inside)]
    core = _first_of(squares.column, squares.inside, others, size, "core").cte("core").prefix_with("MATERIALIZED")
    last = select(case((func.count() == size, func.max(core.c.starts_at)), else_=literal("infinity", Moment)))
    others += [within(near, Inside), Inside.starts_at <= last.scalar_subquery()]
    edge = _first_of(squares.column, squares.touched, others, size, "edge").subquery("edge")
    both = union_all(select(core.c.id, core.c.starts_at), select(edge.c.id, edge.c.starts_at)).subquery("both")
    return select(both.c.id).order_by(both.c.starts_at, both.c.id).limit(size)


def _first_of(
    column: str, squares: Sequence[int], conditions: Sequence[ColumnElement[bool]], size: int, name: str
) -> Select[Any]:
    """A SELECT of id and start of the first runs in these squares."""
    square = (
        func.unnest(literal(squares, ARRAY(Integer))).table_valued("number", name=f"{name}_squares").render_derived()
    )
    first = (
        select(Inside.id, Inside.starts_at)
        .where(getattr(Inside, column) == square.c.number, *conditions)
        .order_by(Inside.starts_at, Inside.id)
        .limit(size)
        .lateral(f"{name}_first")
    )
    found = select(first.c.id, first.c.starts_at).select_from(square).join(first, true())
    return found.order_by(first.c.starts_at, first.c.id).limit(size)
