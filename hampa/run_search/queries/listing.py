"""Questions of the search for runs: the list, the map and the calendar."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Select,
    Uuid,
    and_,
    extract,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)

from hampa.people.models import Person
from hampa.people.queries import has_no_blocks, hidden_ids
from hampa.platform import clock, versions
from hampa.platform.caches import TTLCache
from hampa.platform.db import db
from hampa.platform.filtering import Condition, Conditions, OrderedList, conditions, equals, has_words, inside
from hampa.platform.geo.squares import Near
from hampa.platform.shared_cache import SharedCache
from hampa.platform.statements import built_once, is_one_of
from hampa.platform.texts.search import SearchTerms
from hampa.platform.web import paging
from hampa.run_lists.queries.rows import PAGE, ListedRun, listed_run, page_of_runs, select_runs, with_shared_faces
from hampa.runs.models.participation import INVOLVED, Participation
from hampa.runs.models.run import PaceGroup, Run, RunOrganiser
from hampa.runs.queries.runs import LISTING, without_hidden_organisers

RunColumns = type[Run]
"""`Run`, or an alias of it."""

SOONEST = 2_000
"""The number of runs that are scanned for words or paces before an index is used."""
SOONEST_NEAR = 300
"""The same in a circle, of each of whose squares as many are read."""
MAX_PINS = 400
RUNS_PER_DAY = 3
MAX_RUNS_COUNTED = 100

RUNS = OrderedList(Run, "starts_at")
Inside = RUNS.inside
IN_ORDER = (Run.starts_at, Run.id)


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


def _has_group(run: RunColumns, paces: tuple[int, int]) -> ColumnElement[bool]:
    """Return the condition of `paces` by an index of groups, of whose paces the planner has better statistics."""
    groups = select(PaceGroup.run_id).where(PaceGroup.pace.between(*paces)).scalar_subquery()
    return or_(is_one_of(run.id, func.array(groups, type_=ARRAY(Uuid()))), run.paces == ())


def _on_weekday(run: RunColumns, weekday: int) -> ColumnElement[bool]:
    return extract("isodow", run.starts_local) == weekday


CONDITIONS: dict[str, Condition] = {
    "until": lambda run, until: run.starts_at < until,
    "words": has_words,
    "near": inside,
    "level": lambda run, level: run.level.in_({level, "all"}),
    "terrain": equals("terrain"),
    "company": equals("company"),
    "has_room": lambda run, _: or_(run.capacity.is_(None), run.taken < run.capacity),
    "weekdays": lambda run, weekdays: extract("isodow", run.starts_local).in_(weekdays),
    "distances": _in_range,
    "paces": lambda run, paces: or_(run.paces.overlap(list(range(paces[0], paces[1] + 1))), run.paces == ()),
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


def soonest(filters: Filters, size: int) -> list[ColumnElement[bool]]:
    """Return the conditions of the first `size` public upcoming runs that pass the filters, or of more than these."""
    ids = candidates(filters, lambda _run: [], size)
    return listed(filters) if ids is None else [Run.id.in_(ids)]


def filters_for(person: Person | None, filters: Filters) -> Filters:
    """Return the filters for a person; people without blocks share one list."""
    return filters if person is None or has_no_blocks(person) else replace(filters, viewer_id=person.id)


def candidates(filters: Filters, more: Conditions, size: int) -> Select[Any] | list[uuid.UUID] | None:
    """Return the ids of the first runs that pass the filters and the `more` conditions.

    Return None where an index in the order of starting is quick: without a circle, words, a pace or days of the week.
    """

    def matching(run: RunColumns) -> list[ColumnElement[bool]]:
        return [*listed(filters, run), *more(run)]

    if filters.words or filters.paces:
        return _rare_candidates(filters, more, matching, size)
    if filters.near is not None:
        elsewhere = replace(filters, near=None)
        return RUNS.by_squares(filters.near, lambda run: [*listed(elsewhere, run), *more(run)], size)
    if filters.weekdays:
        every_day = replace(filters, weekdays=())
        return RUNS.by_values(_on_weekday, filters.weekdays, lambda run: [*listed(every_day, run), *more(run)], size)
    return None


def _rare_candidates(filters: Filters, more: Conditions, matching: Conditions, size: int) -> list[uuid.UUID]:
    """Return the first runs with words or a pace, which few runs or most runs may have.

    If most have them, there are enough among the soonest ones; if few, their index finds them quickly.
    """
    period = Filters(since=filters.since, until=filters.until, begun_within=filters.begun_within)

    def window(run: RunColumns) -> list[ColumnElement[bool]]:
        return [*listed(period, run), *more(run)]

    def rarely(run: RunColumns) -> list[ColumnElement[bool]]:
        if filters.paces is None:
            return matching(run)
        return [*listed(replace(filters, paces=None), run), *more(run), _has_group(run, filters.paces)]

    if filters.near is not None:
        ids = RUNS.among(RUNS.by_squares(filters.near, window, max(SOONEST_NEAR, 2 * size)), matching, size)
    else:
        ids = RUNS.among_first(window, lambda run: listed(filters, run), size, SOONEST)
    return ids if len(ids) == size else RUNS.by_index(rarely, size)


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
    ids = candidates(filters, lambda run: paging.after_cursor(after, run.starts_at, run.id), size + 1)
    if ids == []:
        return _SharedPage(paging.Page([]), frozenset())
    where = listed(filters) if ids is None else [Run.id.in_(ids)]
    query = paging.select_page(select_runs(None).add_columns(Run.organiser_id).where(*where), after, size, *IN_ORDER)
    rows = db.session.execute(query).all()
    page = paging.Page.of([listed_run(row[:-1]) for row in rows], size, lambda run: (run.starts_at, run.id))
    page = paging.Page(with_shared_faces(page.items), page.next)
    people = {row[-1] for row in rows} | {face.id for run in page.items for face in run.faces}
    if filters.near:
        page = paging.Page(with_distances(page.items, filters.near), page.next)
    return _SharedPage(page, frozenset(people))


def _upcoming_page(person: Person | None, filters: Filters, after: str | None, size: int) -> paging.Page[ListedRun]:
    query = select_runs(person)
    ids = candidates(filters, lambda run: paging.after_cursor(after, run.starts_at, run.id), size + 1)
    if ids == []:
        return paging.Page([])
    where = listed(filters) if ids is None else [Run.id.in_(ids)]
    page = page_of_runs(person, query.where(*where), after, size)
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
    ids = candidates(filters, lambda run: [run.latitude.is_not(None)], MAX_PINS)
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
