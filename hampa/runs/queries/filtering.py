"""The filters of lists of runs, as conditions that indexes serve."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, extract, or_

from hampa.people.models.person import Person
from hampa.people.queries.blocks import has_no_blocks
from hampa.platform import clock
from hampa.platform.filtering import Condition, Conditions, OrderedList, conditions, equals, has_words, inside
from hampa.platform.geo.squares import Near
from hampa.platform.texts.search import Asked
from hampa.runs.models.run import Run
from hampa.runs.queries.visibility import without_hidden_organisers

RunColumns = type[Run]
"""`Run`, or an alias of it."""

SOONEST = 2_000
"""The number of runs that are looked through for words or paces before an index is asked."""

RUNS = OrderedList(Run, "starts_at")
Inside = RUNS.inside


@dataclass(frozen=True, kw_only=True)
class Filters:
    """The filters of a list of runs; empty values filter nothing.

    `until` is exclusive. A level also finds the runs for all levels. `weekdays` are those at the place, 1 for Monday to
    7. `distances` are more than the first and at most the second, in kilometres; `paces` the quickest and the slowest,
    in seconds a kilometre, of which a run in groups has one. With `viewer_id`, runs of people hidden from the viewer
    are left out.
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
    distances: tuple[Decimal | None, Decimal | None] | None = None
    paces: tuple[int, int] | None = None
    viewer_id: uuid.UUID | None = None


def _between(run: RunColumns, distances: tuple[Decimal | None, Decimal | None]) -> ColumnElement[bool]:
    least, most = distances
    return and_(
        *([run.distance_km > least] if least is not None else []),
        *([run.distance_km <= most] if most is not None else []),
    )


CONDITIONS: dict[str, Condition] = {
    "until": lambda run, until: run.starts_at < until,
    "words": has_words,
    "near": inside,
    "level": lambda run, level: run.level.in_({level, "all"}),
    "terrain": equals("terrain"),
    "company": equals("company"),
    "has_room": lambda run, _: or_(run.capacity.is_(None), run.taken < run.capacity),
    "weekdays": lambda run, weekdays: extract("isodow", run.starts_local).in_(weekdays),
    "distances": _between,
    "paces": lambda run, paces: run.paces.overlap(list(range(paces[0], paces[1] + 1))),
}


def listed(filters: Filters, run: RunColumns = Run) -> list[ColumnElement[bool]]:
    """Return the conditions of public runs to come that pass the filters."""
    now = clock.now()
    return [
        run.visibility == "public",
        run.cancelled_at.is_(None),
        run.starts_at >= max(filters.since or now, now),
        *without_hidden_organisers(filters.viewer_id, run),
        *conditions(CONDITIONS, filters, run),
    ]


def for_viewer(person: Person | None, filters: Filters) -> Filters:
    """Return the filters for this person: people from whom nobody is hidden share one list."""
    return filters if person is None or has_no_blocks(person) else replace(filters, viewer_id=person.id)


def candidates(filters: Filters, beyond: Conditions, size: int) -> Select[Any] | list[uuid.UUID] | None:
    """Return the ids of the first runs that pass the filters, or None where the order of starting is a quick way.

    It is none for filters by a circle, by words or by a pace.
    """

    def matching(run: RunColumns) -> list[ColumnElement[bool]]:
        return [*listed(filters, run), *beyond(run)]

    if filters.words or (filters.paces and filters.near is None):
        period = Filters(since=filters.since, until=filters.until)
        ids = RUNS.among_first(
            lambda run: [*listed(period, run), *beyond(run)], lambda run: listed(filters, run), size, SOONEST
        )
        return ids if len(ids) == size else RUNS.by_index(matching, size)
    if filters.near is None:
        return None
    elsewhere = replace(filters, near=None)
    return RUNS.by_squares(filters.near, lambda run: [*listed(elsewhere, run), *beyond(run)], size)
