"""Series: who may see and change them, their runs and members, and the series with runs to be made."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, literal, or_, select, true
from sqlalchemy.orm import contains_eager

from hampa.crews.queries.crews import is_in_crew
from hampa.people.models import Person
from hampa.people.queries import SHUT_OUT, are_hidden, has_no_blocks, hidden_from, hidden_ids, is_none_of, stand_in
from hampa.photos.models import RunPicture
from hampa.platform import clock
from hampa.platform.db import db, scalar_or_404
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.statements import built_once
from hampa.platform.web import paging
from hampa.routes.models import RunRoute
from hampa.run_lists.queries.rows import PAGE, ListedRun, page_of_rows, select_faced_runs
from hampa.runs.models.participation import OFFERED, TAKING_PART, Participation
from hampa.runs.models.run import CREW, Run
from hampa.runs.queries.runs import is_in_circle, is_visible_to_id
from hampa.series.models import Series, SeriesMembership

NEXT_RUNS = 6
"""Runs of the series that the page of a run links to."""


@dataclass(frozen=True, slots=True)
class SeriesSeen:
    """A series as a viewer sees it: whether they join each of its runs, and how many people do."""

    series: Series
    joins: bool
    members: int


def series_seen(person: Person | None, series_id: uuid.UUID) -> SeriesSeen:
    """Return the series with its organiser, and what its page says of its members, in one statement.

    Like a run "by link" it is open to anybody with its id. Raise NotFound.
    """
    row = _series(series_id, person.id if person else None, hidden_ids(person)).first()
    if row is None:
        raise NotFound
    return SeriesSeen(*row)


def series_for(person: Person | None, series_id: uuid.UUID) -> Series:
    """Return the series of `series_seen`."""
    return series_seen(person, series_id).series


@built_once
def _series(series_id: uuid.UUID, viewer_id: uuid.UUID | None, hidden: list[uuid.UUID]) -> Any:
    member = exists().where(SeriesMembership.series_id == Series.id, SeriesMembership.person_id == viewer_id)
    members = select(func.count()).where(SeriesMembership.series_id == Series.id).correlate(Series).scalar_subquery()
    is_open = and_(is_none_of(Series.organiser_id, hidden), _is_in_circle(viewer_id))
    return (
        select(Series, member, members)
        .join(Series.organiser)
        .options(contains_eager(Series.organiser))
        .where(Series.id == series_id, or_(is_open, member, Series.organiser_id == viewer_id))
    )


def organised_series(organiser: Person, series_id: uuid.UUID) -> Series:
    """Return the series if the person organises it. Raise NotFound, and Forbidden for others."""
    series = series_for(organiser, series_id)
    if series.organiser_id != organiser.id:
        raise Forbidden
    return series


def locked_series(series_id: uuid.UUID, person: Person | None = None) -> Series:
    """Return the current series, locked until the transaction ends. Raise NotFound, also if hidden from the person."""
    query = select(Series).where(Series.id == series_id, visible_to(person)).with_for_update()
    return scalar_or_404(query.execution_options(populate_existing=True))


def locked_organised_series(organiser: Person, series_id: uuid.UUID) -> Series:
    """Return the current series if the person organises it, locked. Raise NotFound, and Forbidden for others."""
    series = locked_series(series_id, organiser)
    if series.organiser_id != organiser.id:
        raise Forbidden
    return series


def visible_to(person: Person | None) -> ColumnElement[bool]:
    """Return a condition: a series of a hidden organiser, or of a crew that they left, stays visible to its members."""
    if person is None:
        return true()
    joined = select(SeriesMembership.series_id).where(SeriesMembership.person_id == person.id)
    is_open = and_(Series.organiser_id.not_in(hidden_from(person.id)), _is_in_circle(person.id))
    return or_(is_open, Series.organiser_id == person.id, Series.id.in_(joined))


def _is_in_circle(person_id: Any) -> ColumnElement[bool]:
    """Return the condition that a person is in the circle that a `Series` is published for, as for runs."""
    return or_(Series.plan["visibility"].astext != CREW, is_in_crew(person_id, Series.crew_id))


def organiser_name(viewer: Person | None, series: Series) -> str:
    """Return the organiser's name; "" for a member from whom the organiser is hidden, and of one who is shut out."""
    hidden = viewer is not None and not has_no_blocks(viewer) and are_hidden(viewer.id, series.organiser_id)
    return "" if hidden or series.organiser.state in SHUT_OUT else series.organiser.name


def owns_series_of(person: Person, run: Run) -> bool:
    """Return whether the person organises the series of the run, and so may change its other runs."""
    return run.series_id is not None and _any(Series.id == run.series_id, Series.organiser_id == person.id)


def locked_runs(series_id: uuid.UUID, since: date) -> list[Run]:
    """Return the current runs of a series from a day on, locked, by `occurrence_on`. The series is locked already."""
    query = select(Run).where(Run.series_id == series_id, Run.occurrence_on >= since).order_by(Run.occurrence_on)
    return list(db.session.scalars(query.with_for_update().execution_options(populate_existing=True)))


def runs_with_expired_offers(run_ids: list[uuid.UUID]) -> set[uuid.UUID]:
    """Return which of the runs hold a place for somebody whose time to answer is over."""
    query = select(Participation.run_id).where(
        Participation.run_id.in_(run_ids), Participation.status == OFFERED, Participation.offer_ends_at <= clock.now()
    )
    return set(db.session.scalars(query))


def has_run_on(series_id: uuid.UUID, days: list[date], *, before: date = date.max) -> bool:
    """Return whether the series has a run, in whatever state, of one of the days and of a day before `before`."""
    return _any(Run.series_id == series_id, Run.occurrence_on.in_(days), Run.occurrence_on < before)


def first_upcoming_day(series_id: uuid.UUID) -> date | None:
    """Return the `occurrence_on` of the first run that has not begun."""
    return db.session.scalar(select(func.min(Run.occurrence_on)).where(Run.series_id == series_id, *_upcoming()))


def upcoming_run_ids(series_id: uuid.UUID, *conditions: ColumnElement[bool]) -> list[uuid.UUID]:
    """Return the runs of a series that have not begun and meet the conditions, soonest first."""
    query = select(Run.id).where(Run.series_id == series_id, *_upcoming(), *conditions)
    return list(db.session.scalars(query.order_by(Run.starts_at)))


def next_runs(person: Person | None, series: Series) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return id, title, start and zone of the next runs of a series that its page lists and the person may see."""
    by_link = series.plan["visibility"] == "link"
    values = series.id, person.id if person else None, hidden_ids(person), clock.now()
    return _next_runs(*values, by_link=by_link).all()


@built_once
def _next_runs(
    series_id: uuid.UUID, viewer_id: uuid.UUID | None, hidden: list[uuid.UUID], now: datetime, *, by_link: bool
) -> Any:
    listed = true() if by_link else Run.visibility != "link"
    return (
        select(Run.id, Run.title, Run.starts_at, Run.timezone)
        .where(Run.series_id == series_id, Run.cancelled_at.is_(None), Run.starts_at > now)
        .where(listed, is_visible_to_id(viewer_id, hidden))
        .order_by(Run.starts_at)
        .limit(NEXT_RUNS)
    )


def runs_of_series(
    person: Person | None, series: Series, after: str | None = None, size: int = PAGE
) -> paging.Page[ListedRun]:
    """Return a page of the runs of a series that have not begun, soonest first, cancelled runs among them."""
    last = paging.After.of(after)
    rows = _runs(
        *(series.id, person.id if person else None, hidden_ids(person), clock.now(), last, size + 1),
        by_link=series.plan["visibility"] == "link",
        is_visitor=person is None,
        is_operator=person is not None and person.is_operator,
        is_first=last.is_first,
    )
    return page_of_rows(rows, size)


@built_once
def _runs(
    series_id: uuid.UUID,
    viewer_id: uuid.UUID | None,
    hidden: list[uuid.UUID],
    now: datetime,
    last: paging.After,
    most: int,
    *,
    by_link: bool,
    is_visitor: bool,
    is_operator: bool,
    is_first: bool,
) -> Any:
    viewer = None if is_visitor else stand_in(viewer_id, is_operator=is_operator)
    listed = true() if by_link else Run.visibility != "link"
    visible = is_in_circle(None) if is_visitor else is_visible_to_id(viewer_id, hidden)
    query = select_faced_runs(viewer, hidden).where(Run.series_id == series_id, Run.starts_at > now, listed, visible)
    return paging.rows_after(query, (Run.starts_at, Run.id), last.key, most, goes_on=not is_first)


def is_listed_with(series: Series) -> ColumnElement[bool]:
    """Return a condition: a run "by link" is not listed with a public series."""
    return or_(Run.visibility != "link", literal(series.plan["visibility"] == "link"))


def series_ids_of(run_ids: list[uuid.UUID]) -> list[uuid.UUID]:
    """Return the series to which the runs belong now, in the order in which they are to be locked."""
    query = select(Run.series_id).where(Run.id.in_(run_ids), Run.series_id.is_not(None)).distinct()
    return sorted(series_id for series_id in db.session.scalars(query) if series_id is not None)


def upcoming_ranks(person: Person, series_id: uuid.UUID) -> dict[uuid.UUID, int]:
    """Return the person's rank in each run of a series that they take part in and that has not begun, soonest first."""
    query = (
        select(Run.id, Participation.rank)
        .join(Participation, (Participation.run_id == Run.id) & (Participation.person_id == person.id))
        .where(Run.series_id == series_id, Participation.status.in_(TAKING_PART), *_upcoming())
        .order_by(Run.starts_at)
    )
    return {row.id: row.rank for row in db.session.execute(query)}


def is_member(person: Person | None, series_id: uuid.UUID | None) -> bool:
    """Return whether the person joins each run of the series."""
    return person is not None and bool(_membership(series_id, person.id).scalar())


@built_once
def _membership(series_id: uuid.UUID | None, person_id: uuid.UUID) -> Any:
    return select(exists().where(SeriesMembership.series_id == series_id, SeriesMembership.person_id == person_id))


def has_unread_files(series_id: uuid.UUID) -> bool:
    """Return whether a route or a cover of one of the series' runs waits to be read."""
    run_ids = select(Run.id).where(Run.series_id == series_id)
    return any(_any(table.run_id.in_(run_ids), table.upload.is_not(None)) for table in (RunRoute, RunPicture))


def series_to_continue(until: date) -> list[uuid.UUID]:
    """Return the series that have a run to be made on or before this day."""
    return list(db.session.scalars(select(Series.id).where(Series.next_on <= until).order_by(Series.next_on)))


def _upcoming() -> tuple[ColumnElement[bool], ...]:
    return Run.cancelled_at.is_(None), Run.starts_at > clock.now()


def _any(*conditions: ColumnElement[bool]) -> bool:
    return bool(db.session.scalar(select(exists().where(*conditions))))


def titles_of(person: Person, series_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the titles of those of the series that the person may see, by id."""
    rows = db.session.execute(
        select(Series.id, Series.plan["title"].astext).where(Series.id.in_(series_ids), visible_to(person))
    )
    return {series_id: title for series_id, title in rows}  # noqa: C416 - rows are no pairs for the type checker
