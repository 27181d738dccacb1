"""The filters of lists of runs, as conditions."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, extract, or_

from hampa.people.models import Person
from hampa.people.queries import has_no_blocks
from hampa.platform import clock
from hampa.platform.filtering import Condition, as_array, conditions, equals, has_words, inside
from hampa.platform.geo.squares import Near
from hampa.platform.statements import is_one_of
from hampa.platform.texts.search import SearchTerms
from hampa.runs.models.run import Run
from hampa.runs.queries.runs import without_hidden_organisers

RunColumns = type[Run]
"""`Run`, or an alias of it."""


@dataclass(frozen=True, kw_only=True)
class Filters:
    """The filters of a list of runs; empty values filter nothing.

    `until` is exclusive. A level also matches the runs for all levels. `weekdays` are those at the place, 1 for Monday
    to 7. `distances` are kilometres, more than the first and at most the second; `paces` are the quickest and the
    slowest in seconds a kilometre, and a run matches if one of its pace groups does, or if it has none. With `viewer_id`,
    runs of people hidden from the viewer are left out. Runs that began within `begun_within` before now match too.
    """

    words: SearchTerms = ()
    since: datetime | None = None
    until: datetime | None = None
    near: Near | None = None
    level: str = ""
    terrain: str = ""
    company: str = ""
    has_room: bool = False
    weekdays: tuple[int, ...] = ()
    distances: tuple[int | None, int | None] | None = None
    paces: tuple[int, int] | None = None
    viewer_id: uuid.UUID | None = None
    begun_within: timedelta = timedelta()


def _in_range(run: RunColumns, distances: tuple[int | None, int | None]) -> ColumnElement[bool]:
    least, most = distances
    return and_(
        *([run.distance_km > least] if least is not None else []),
        *([run.distance_km <= most] if most is not None else []),
    )


def paces_between(quickest: Any, slowest: Any) -> Any:
    """Return all paces between two."""
    return range(quickest, slowest + 1)


CONDITIONS: dict[str, Condition] = {
    "until": lambda run, until: run.starts_at < until,
    "words": has_words,
    "near": inside,
    "level": lambda run, level: or_(run.level == level, run.level == "all"),
    "terrain": equals("terrain"),
    "company": equals("company"),
    "has_room": lambda run, _: or_(run.capacity.is_(None), run.taken < run.capacity),
    "weekdays": lambda run, weekdays: is_one_of(extract("isodow", run.starts_local), as_array(weekdays)),
    "distances": _in_range,
    "paces": lambda run, paces: or_(run.paces.overlap(as_array(paces_between(*paces))), run.paces == ()),
}


def listed(filters: Filters, run: RunColumns = Run) -> list[ColumnElement[bool]]:
    """Return the conditions of public upcoming runs that pass the filters."""
    return [run.cancelled_at.is_(None), *_public_upcoming(filters, run)]


def cancelled(filters: Filters, run: RunColumns = Run) -> list[ColumnElement[bool]]:
    """Return the conditions of public runs that pass the filters and would be listed if they were not cancelled."""
    return [run.cancelled_at.is_not(None), *_public_upcoming(filters, run)]


def _public_upcoming(filters: Filters, run: RunColumns) -> list[ColumnElement[bool]]:
    earliest = clock.now() - filters.begun_within
    return [
        run.visibility == "public",
        run.starts_at >= max(filters.since or earliest, earliest),
        *without_hidden_organisers(filters.viewer_id, run),
        *conditions(CONDITIONS, filters, run),
    ]


def filters_for(person: Person | None, filters: Filters) -> Filters:
    """Return the filters for a person; people without blocks share one list."""
    return filters if person is None or has_no_blocks(person) else replace(filters, viewer_id=person.id)
