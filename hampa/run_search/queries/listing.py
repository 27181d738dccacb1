"""Questions of the search for runs: the list, the map and the calendar."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ARRAY, ColumnElement, DateTime, func, literal, null, select, true, union_all

from hampa.people.models import Person
from hampa.people.queries import hidden_ids
from hampa.platform import versions
from hampa.platform.caches import TTLCache
from hampa.platform.db import db
from hampa.platform.geo.squares import Near
from hampa.platform.shared_cache import SharedCache
from hampa.platform.statements import built_once, is_one_of
from hampa.platform.web import paging
from hampa.run_lists.queries.rows import (
    PAGE,
    ListedRun,
    listed_run,
    page_of_rows,
    page_of_runs,
    select_runs,
    with_shared_faces,
)
from hampa.run_search.queries.candidates import RUNS, candidates, first_rows
from hampa.run_search.queries.filters import Filters, filters_for, listed
from hampa.runs.models.participation import INVOLVED, Participation
from hampa.runs.models.run import Run, RunOrganiser
from hampa.runs.queries.runs import LISTING

MAX_PINS = 400
RUNS_PER_DAY = 3
MAX_RUNS_COUNTED = 100

Inside = RUNS.inside


def soonest(filters: Filters, size: int) -> list[ColumnElement[bool]]:
    """Return the conditions of the first `size` public upcoming runs that pass the filters, or of more than these."""
    ids = candidates(filters, size)
    return listed(filters) if ids is None else [Run.id.in_(ids)]


@dataclass(frozen=True, slots=True)
class FoundRuns:
    """A page of runs as the viewer may see them, and the rows among them that are different for the viewer.

    Under a `version` of all lists, everybody who is signed in sees these runs with these faces, but for their `own` rows.
    """

    page: paging.Page[ListedRun]
    own: tuple[ListedRun, ...] = ()
    version: str | None = None

    @property
    def merged(self) -> paging.Page[ListedRun]:
        """Return the page with the viewer's own rows in their places."""
        own = {run.id: run for run in self.own}
        return paging.Page([own.get(run.id, run) for run in self.page.items], self.page.next)

    def away_from(self, near: Near) -> Self:
        """Return the same runs with their distances from a place."""
        page = paging.Page(with_distances(self.page.items, near), self.page.next)
        return replace(self, page=page, own=tuple(with_distances(self.own, near)))


@dataclass(frozen=True, slots=True)
class _SharedPage:
    """A page of runs as everybody sees it to whom no block hides any of `people`: all who decide what is on it."""

    page: paging.Page[ListedRun]
    people: frozenset[uuid.UUID]


_first_pages: SharedCache[Any, _SharedPage] = SharedCache("runs", 200)


def upcoming_runs(
    person: Person | None, filters: Filters, after: str | None = None, size: int = PAGE
) -> paging.Page[ListedRun]:
    """Return a page of public runs that have not begun, soonest first, as `find_runs` does."""
    return find_runs(person, filters, after, size).merged


def find_runs(person: Person | None, filters: Filters, after: str | None = None, size: int = PAGE) -> FoundRuns:
    """Return a page of public runs that have not begun, soonest first, in at most three statements.

    Visitors see no faces. Signed-in people see them and their own status. The list itself is the same for everybody from
    whom nobody on it is hidden, and is cached until a run changes.
    """
    if person is None:
        return FoundRuns(_upcoming_page(None, filters, after, size))
    found = find_shared_runs(person, filters, after, size)
    if found is None:
        return FoundRuns(_upcoming_page(person, filters_for(person, filters), after, size))
    return replace(found, own=_own_rows(person, found.page.items))


def find_shared_runs(person: Person, filters: Filters, after: str | None = None, size: int = PAGE) -> FoundRuns | None:
    """Return a page of `find_runs` without the rows of the person's own, which the caller knows.

    Return None when somebody on it is hidden from the person, and without Redis, which knows the version.
    """
    current = versions.current_of((LISTING,))
    if current is None:
        return None
    (version,) = current
    key = (version, replace(filters, viewer_id=None), after, size)
    shared = _first_pages.get(key)
    if shared is None:
        shared = _first_pages[key] = _shared_page(key[1], after, size)
    if not shared.people.isdisjoint(hidden_ids(person)):
        return None
    return FoundRuns(shared.page, version=version)


def _shared_page(filters: Filters, after: str | None, size: int) -> _SharedPage:
    """Return a page for people from whom nobody on it is hidden."""
    rows = first_rows(filters, size + 1, after)
    page = paging.Page.of([listed_run(row[:-1]) for row in rows], size, lambda run: (run.starts_at, run.id))
    page = paging.Page(with_shared_faces(page.items), page.next)
    people = {row[-1] for row in rows} | {face.id for run in page.items for face in run.faces}
    if filters.near:
        page = paging.Page(with_distances(page.items, filters.near), page.next)
    return _SharedPage(page, frozenset(people))


def _upcoming_page(person: Person | None, filters: Filters, after: str | None, size: int) -> paging.Page[ListedRun]:
    if person is None:
        page = page_of_rows((row[:-1] for row in first_rows(filters, size + 1, after)), size)
    else:
        ids = candidates(filters, size + 1, after)
        if ids == []:
            return paging.Page([])
        where = listed(filters) if ids is None else [Run.id.in_(ids)]
        page = page_of_runs(person, select_runs(person).where(*where), after, size)
    return paging.Page(with_distances(page.items, filters.near), page.next) if filters.near else page


def with_distances(runs: Sequence[ListedRun], near: Near) -> list[ListedRun]:
    """Return the runs with their distances from the middle of a circle, where it is known where they are."""
    return [replace(run, away_km=near.km_to(run.spot_latitude, run.spot_longitude)) for run in runs]


def count_upcoming(person: Person | None, filters: Filters) -> int:
    """Return how many runs all pages of `upcoming_runs` have, up to `paging.MOST_COUNTED`."""
    return paging.count_rows(select(Run.id).where(*listed(filters_for(person, filters))))


def _own_rows(person: Person, runs: Sequence[ListedRun]) -> tuple[ListedRun, ...]:
    """Return the runs that the person takes part in or organises, with their status, in one statement."""
    rows = statuses_in(person.id, [run.id for run in runs]).all() if runs else []
    statuses = {run_id: status for run_id, status in rows if status}
    organised = {run_id for run_id, status in rows if not status}
    organised |= {run.id for run in runs if run.organiser is not None and run.organiser.id == person.id}
    return tuple(
        replace(run, my_status=statuses.get(run.id), organises=run.id in organised)
        for run in runs
        if run.id in statuses or run.id in organised
    )


@built_once
def statuses_in(person_id: uuid.UUID, run_ids: list[uuid.UUID]) -> Any:
    """Return the statuses of a person in these runs by run, and with None the runs that they co-organise."""
    statuses = select(Participation.run_id, Participation.status).where(
        Participation.person_id == person_id,
        is_one_of(Participation.run_id, run_ids),
        Participation.status.in_(INVOLVED),
    )
    organised = select(RunOrganiser.run_id, null()).where(
        RunOrganiser.person_id == person_id,
        is_one_of(RunOrganiser.run_id, run_ids),
        RunOrganiser.agreed_at.is_not(None),
    )
    return union_all(statuses, organised)


def map_pins(filters: Filters) -> Sequence[Any]:
    """Return the soonest upcoming runs within the filters that have a pin, `MAX_PINS` at most."""
    query = select(Run.id, Run.title, Run.starts_at, Run.timezone, Run.latitude, Run.longitude)
    ids = candidates(filters, MAX_PINS, with_pin=True)
    where = [*listed(filters), Run.latitude.is_not(None)] if ids is None else [Run.id.in_(ids)]
    return db.session.execute(query.where(*where).order_by(Run.starts_at, Run.id).limit(MAX_PINS)).all()


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """The first runs of a day; a `count` of `MAX_RUNS_COUNTED` means that many or more."""

    runs: tuple[Any, ...] = ()
    count: int = 0

    @property
    def more(self) -> int:
        """Return how many runs are not shown."""
        return self.count - len(self.runs)


_calendars: TTLCache[Any, Sequence[CalendarDay]] = TTLCache(100, name="months")


def runs_by_day(
    person: Person | None, filters: Filters, days: Sequence[tuple[datetime, datetime]]
) -> Sequence[CalendarDay]:
    """Return the upcoming runs of each day, given as its begin and end, that the person may see.

    The days are the same for everybody from whom nobody is hidden, and are cached until a run changes.
    """
    filters = filters_for(person, filters)
    version = versions.current(LISTING) if filters.viewer_id is None else None
    if version is None:
        return _runs_by_day(filters, days)
    key = (version, filters, tuple(days))
    calendar = _calendars.get(key)
    if calendar is None:
        calendar = _calendars[key] = _runs_by_day(filters, days)
    return calendar


def _runs_by_day(filters: Filters, days: Sequence[tuple[datetime, datetime]]) -> list[CalendarDay]:
    """Return the runs of each day in one statement, which reads no more of a crowded day than is shown and counted."""
    moments = ARRAY(DateTime(timezone=True))
    day = (
        func.unnest(literal([begin for begin, _ in days], moments), literal([end for _, end in days], moments))
        .table_valued("begins", "ends", with_ordinality="number", name="day")
        .render_derived()
    )
    of_day = [*listed(filters, Inside), Inside.starts_at >= day.c.begins, Inside.starts_at < day.c.ends]
    sample = select(literal(1)).select_from(Inside).where(*of_day).limit(MAX_RUNS_COUNTED)
    sampled = sample.correlate(day).subquery("some").lateral()
    counted = select(func.count().label("total")).select_from(sampled).lateral("counted")
    first = (
        select(Inside.id, Inside.title, Inside.starts_at, Inside.timezone)
        .where(*of_day)
        .order_by(Inside.starts_at, Inside.id)
        .limit(RUNS_PER_DAY)
        .lateral("first")
    )
    rows = db.session.execute(
        select(day.c.number, counted.c.total, first.c.id, first.c.title, first.c.starts_at, first.c.timezone)
        .select_from(day)
        .join(counted, true())
        .join(first, true())
        .order_by(day.c.number, first.c.starts_at, first.c.id)
    )
    result = [CalendarDay() for _ in days]
    for row in rows:
        result[row.number - 1] = CalendarDay((*result[row.number - 1].runs, row), row.total)
    return result
