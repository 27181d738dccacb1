"""A series: who may see and change it, which runs it has, and which series have runs to be made."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, exists, func, literal, or_, select, true
from sqlalchemy.orm import contains_eager

from hampa.people.models.person import Person
from hampa.people.queries.blocks import are_hidden, has_no_blocks, hidden_from
from hampa.photos.models import RunPicture
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.locale import dates
from hampa.platform.web import paging
from hampa.routes.models import RunRoute
from hampa.runs.models.organiser import RunOrganiser
from hampa.runs.models.participation import OFFERED, TAKING_PART, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.listing import PAGE, ListedRun, page_of_runs, select_runs
from hampa.runs.queries.visibility import visible_to
from hampa.series.models import Series, SeriesMembership

COMING = 6
"""How many of the next runs the page of one of them leads to."""


@dataclass(frozen=True, slots=True)
class Coming:
    """A run of a series that has not begun and is not called off."""

    id: uuid.UUID
    starts_at: datetime
    timezone: str


def series_for(person: Person | None, series_id: uuid.UUID) -> Series:
    """The series, with its organiser; like a run "by link" it is open to whoever knows its id. Raises NotFound."""
    series = db.session.scalar(
        select(Series)
        .join(Series.organiser)
        .options(contains_eager(Series.organiser))
        .where(Series.id == series_id, series_visible_to(person))
    )
    if series is None:
        raise NotFound
    return series


def organiser_name(viewer: Person | None, series: Series) -> str:
    """Who organises the series, "" when they are hidden from the viewer, who comes every time."""
    hidden = viewer is not None and not has_no_blocks(viewer) and are_hidden(viewer.id, series.organiser_id)
    return "" if hidden else series.organiser.name


def series_of(organiser: Person, series_id: uuid.UUID) -> Series:
    """The series, to be changed by this person. Raises NotFound, and Forbidden for others."""
    series = series_for(organiser, series_id)
    if series.organiser_id != organiser.id:
        raise Forbidden
    return series


def owns_series_of(person: Person, run: Run) -> bool:
    """Whether this person may change the other runs of a run's series along with it."""
    if run.series_id is None:
        return False
    own = select(Series.id).where(Series.id == run.series_id, Series.organiser_id == person.id)
    return db.session.scalar(own) is not None


def locked(series_id: uuid.UUID, person: Person | None = None) -> Series:
    """The series as it is now, locked until the transaction ends. Raises NotFound, also for a person who may not know
    of it.
    """
    series = db.session.scalar(
        select(Series)
        .where(Series.id == series_id, series_visible_to(person))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if series is None:
        raise NotFound
    return series


def first_to_come(series_id: uuid.UUID) -> date | None:
    """The day by which the first run that is still to come is known."""
    return db.session.scalar(select(func.min(Run.occurrence_on)).where(Run.series_id == series_id, *_to_come()))


def next_day(series: Series) -> date:
    """The first day after today that the series has a run on, as far as it goes."""
    tomorrow = dates.today(series.timezone) + timedelta(days=1)
    return series.recurs.next_from(series.first_local.date(), tomorrow) or tomorrow


def times_left(series: Series, since: date) -> int | None:
    """How many days the series has from this one on, where it ends after a number of them."""
    rule, first = series.recurs, series.first_local.date()
    past = rule.between(first, first, since - timedelta(days=1))
    return None if rule.count is None else rule.count - len(past)


def locked_runs(series_id: uuid.UUID, since: date) -> list[Run]:
    """The runs of a series from a day on, by that day, as they are now and locked; to be asked under its own lock."""
    query = select(Run).where(Run.series_id == series_id, Run.occurrence_on >= since).order_by(Run.occurrence_on)
    return list(db.session.scalars(query.with_for_update().execution_options(populate_existing=True)))


def with_expired_offers(run_ids: list[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of these runs that hold a place for somebody whose time to answer is over."""
    query = select(Participation.run_id).where(
        Participation.run_id.in_(run_ids), Participation.status == OFFERED, Participation.offer_ends_at <= clock.now()
    )
    return set(db.session.scalars(query))


def has_run_on(series_id: uuid.UUID, days: list[date], *, before: date) -> bool:
    """Whether a run that is known by a day before `before` is in the way of one that is to have one of these days."""
    there = select(Run.id).where(Run.series_id == series_id, Run.occurrence_on.in_(days), Run.occurrence_on < before)
    return db.session.scalar(there.limit(1)) is not None


def not_begun(series_id: uuid.UUID) -> list[uuid.UUID]:
    """The runs of a series that are still to come, soonest first."""
    query = select(Run.id).where(Run.series_id == series_id, *_to_come()).order_by(Run.starts_at)
    return list(db.session.scalars(query))


def was_made(series: Series, day: date) -> bool:
    """Whether the run of this day was made, whatever became of it."""
    there = select(Run.id).where(Run.series_id == series.id, Run.occurrence_on == day)
    return db.session.scalar(there) is not None


def coming(person: Person | None, series: Series, size: int = COMING) -> list[Coming]:
    """The next runs of a series that this person may know of."""
    query = (
        select(Run.id, Run.starts_at, Run.timezone)
        .where(Run.series_id == series.id, *_to_come(), open_with(series), visible_to(person))
        .order_by(Run.starts_at)
        .limit(size)
    )
    return [Coming(*row) for row in db.session.execute(query)]


def series_of_runs(run_ids: list[uuid.UUID]) -> list[uuid.UUID]:
    """The series that these runs are of now, in the order in which several are locked."""
    query = select(Run.series_id).where(Run.id.in_(run_ids), Run.series_id.is_not(None)).distinct()
    return sorted(series_id for series_id in db.session.scalars(query) if series_id is not None)


def among(series_id: uuid.UUID, run_ids: list[uuid.UUID]) -> list[uuid.UUID]:
    """Those of these runs that are of the series and still to come, soonest first."""
    query = select(Run.id).where(Run.series_id == series_id, Run.id.in_(run_ids), *_to_come())
    return list(db.session.scalars(query.order_by(Run.starts_at)))


def found_by(series: Series) -> list[uuid.UUID]:
    """The runs to come that who sees the series may find by it, soonest first."""
    query = select(Run.id).where(Run.series_id == series.id, *_to_come(), open_with(series))
    return list(db.session.scalars(query.order_by(Run.starts_at)))


def open_with(series: Series) -> ColumnElement[bool]:
    """The runs that who sees the series may find by it: a run "by link" of a public series is not among them."""
    return or_(Run.visibility == "public", literal(series.plan["visibility"] == "link"))


def ranks_of(person: Person, series_id: uuid.UUID) -> dict[uuid.UUID, int]:
    """The runs of a series still to come in which this person takes part, soonest first, and their rank in each."""
    query = (
        select(Run.id, Participation.rank)
        .join(Participation, (Participation.run_id == Run.id) & (Participation.person_id == person.id))
        .where(Run.series_id == series_id, Participation.status.in_(TAKING_PART), *_to_come())
        .order_by(Run.starts_at)
    )
    return {row.id: row.rank for row in db.session.execute(query)}


def comes_every_time(person: Person | None, series_id: uuid.UUID | None) -> bool:
    """Whether this person is in each run of the series."""
    if person is None:
        return False
    own = select(SeriesMembership.id).where(
        SeriesMembership.series_id == series_id, SeriesMembership.person_id == person.id
    )
    return db.session.scalar(own) is not None


def members(series_id: uuid.UUID) -> int:
    """How many come every time."""
    counted = select(func.count()).where(SeriesMembership.series_id == series_id)
    return db.session.scalar(counted) or 0


def in_order(run_ids: list[uuid.UUID]) -> list[Run]:
    """These runs, soonest first."""
    return list(db.session.scalars(select(Run).where(Run.id.in_(run_ids)).order_by(Run.starts_at)))


def taking_part(run_ids: list[uuid.UUID], *statuses: str) -> Select[uuid.UUID]:
    """A SELECT of the people who take part in any of these runs in one of these ways."""
    query = select(Participation.person_id)
    return query.where(Participation.run_id.in_(run_ids), Participation.status.in_(statuses))


def organisers(run_ids: list[uuid.UUID]) -> Select[uuid.UUID]:
    """A SELECT of the people who organise any of these runs with its owner."""
    return select(RunOrganiser.person_id).where(RunOrganiser.run_id.in_(run_ids))


def files_wait(series_id: uuid.UUID) -> bool:
    """Whether a route or a cover of one of its runs has not been read yet."""
    runs_of_series = select(Run.id).where(Run.series_id == series_id)
    waiting = [
        exists().where(table.run_id.in_(runs_of_series), table.upload.is_not(None)) for table in (RunRoute, RunPicture)
    ]
    return bool(db.session.scalar(select(or_(*waiting))))


def with_runs_to_make(until: date) -> list[uuid.UUID]:
    """The series that have a run on or before this day which nobody has made yet."""
    return list(db.session.scalars(select(Series.id).where(Series.next_on <= until).order_by(Series.next_on)))


def _to_come() -> tuple[ColumnElement[bool], ...]:
    return Run.cancelled_at.is_(None), Run.starts_at > clock.now()


def series_visible_to(person: Person | None) -> ColumnElement[bool]:
    """The same of series: who comes every time still finds theirs."""
    if person is None:
        return true()
    own = select(SeriesMembership.series_id).where(SeriesMembership.person_id == person.id)
    return or_(Series.organiser_id.not_in(hidden_from(person.id)), Series.id.in_(own))


def runs_of_series(
    person: Person | None, series: Series, after: str | None = None, size: int = PAGE
) -> paging.Page[ListedRun]:
    """The runs of a series that have not begun, soonest first, those that are called off among them."""
    query = select_runs(person).where(
        Run.series_id == series.id, Run.starts_at > clock.now(), open_with(series), visible_to(person)
    )
    return page_of_runs(person, query, after, size)
