"""Schedules: who sees them, who coordinates them, and the lists of them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, ColumnElement, Date, and_, cast, exists, func, literal, literal_column, or_, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import joinedload

from hampa.crews.models import ACTIVE, ADMIN, MODERATOR, Crew, CrewMembership
from hampa.crews.queries.crews import crew_for, is_in_crew, member_with, membership_of, why_not
from hampa.duties.models import Booking, Qualification, Roster, Schedule
from hampa.duties.queries.schedule_rows import (
    STATE,
    Key,
    ScheduleRow,
    SeenSchedule,
    open_schedules,
    own_columns,
    seen_schedules,
)
from hampa.people.models import Person
from hampa.people.queries import hidden_from
from hampa.platform import clock
from hampa.platform.db import constants, db
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.locale.shift_rules import ShiftRule
from hampa.platform.statements import built_once
from hampa.platform.texts.cleaning import by_alphabet
from hampa.runs.models.participation import GOING, Participation
from hampa.runs.models.run import Run
from hampa.series.models import Series, SeriesMembership
from hampa.series.queries import organised_series, series_for

RIGHT = "duties"
"""The right of a crew's members to coordinate its duties."""
MOST = 200
"""The schedules that one person is shown at most."""


def belongs(person_id: Any) -> ColumnElement[bool]:
    """Return the condition that a person may take duties of a `Schedule`: they belong to its crew or go to its runs.

    Who has a place in a run goes there until the run is settled, unless it is cancelled. Whom an organiser put into a run
    by number, under another name, goes there by no word of their own. A block between somebody and the organiser of the
    series ends it.
    """
    member = exists().where(SeriesMembership.series_id == Schedule.series_id, SeriesMembership.person_id == person_id)
    member = member.correlate_except(SeriesMembership)
    goes = exists().where(
        *(Run.series_id == Schedule.series_id, Run.cancelled_at.is_(None), Participation.run_id == Run.id),
        *(Participation.person_id == person_id, Participation.status.in_(constants(GOING))),
        Participation.display_name == literal_column("''"),
    )
    goes = goes.correlate_except(Run, Participation)
    hidden = exists().where(Series.id == Schedule.series_id, Series.organiser_id.in_(hidden_from(person_id)))
    comes = and_(or_(member, goes), ~hidden.correlate_except(Series))
    in_crew = is_in_crew(person_id, Schedule.crew_id)
    return or_(
        and_(Schedule.crew_id.is_not(None), in_crew),
        and_(Schedule.series_id.is_not(None), or_(comes, organises_series(person_id))),
    )


def organises_series(person_id: Any) -> ColumnElement[bool]:
    """Return the condition that a person organises the series of a `Schedule`."""
    organises = exists().where(Series.id == Schedule.series_id, Series.organiser_id == person_id)
    return organises.correlate_except(Series)


def coordinates(person_id: Any) -> ColumnElement[bool]:
    """Return the condition that a person coordinates a `Schedule`."""
    by_crew = exists().where(
        *(CrewMembership.crew_id == Schedule.crew_id, CrewMembership.person_id == person_id),
        *(CrewMembership.status.in_(constants(ACTIVE)), has_right_to_coordinate()),
    )
    by_crew = by_crew.correlate_except(CrewMembership)
    return or_(by_crew, organises_series(person_id))


def coordinators_of(schedule: Schedule) -> Sequence[uuid.UUID]:
    """Return who coordinates a schedule: those of its crew with the right, or the organiser of its series."""
    if schedule.crew_id is None:
        return db.session.scalars(select(Series.organiser_id).where(Series.id == schedule.series_id)).all()
    ours = CrewMembership.crew_id == schedule.crew_id, CrewMembership.status == ACTIVE
    return db.session.scalars(select(CrewMembership.person_id).where(*ours, has_right_to_coordinate())).all()


def has_right_to_coordinate() -> ColumnElement[bool]:
    """Return the condition that a `CrewMembership` has the right to coordinate duties by its role or as its own."""
    return or_(
        CrewMembership.role.in_(constants(ADMIN)),
        CrewMembership.rights.contains([RIGHT]),
        and_(CrewMembership.role.in_(constants(MODERATOR)), CrewMembership.rights == []),
    )


def is_qualified(person_id: Any) -> ColumnElement[bool]:
    """Return the condition that a person has the qualification that a `Schedule` needs, or that it needs none."""
    has = exists().where(
        *(Qualification.person_id == person_id, func.lower(Qualification.name) == func.lower(Schedule.qualification)),
        or_(Qualification.crew_id == Schedule.crew_id, Qualification.series_id == Schedule.series_id),
    )
    return or_(Schedule.qualification == "", has.correlate_except(Qualification))


def has_draft() -> ColumnElement[bool]:
    """Return the condition that a `Roster` is a draft of the crew or the series of a `Schedule`."""
    ours = or_(Roster.crew_id == Schedule.crew_id, Roster.series_id == Schedule.series_id)
    return and_(ours, Roster.published_at.is_(None))


def booking_day() -> Any:
    """Return an expression for the day of a `Booking` in the zone of its `Schedule`."""
    return cast(func.timezone(Schedule.timezone, Booking.begins_at), Date)


def draft_days() -> Any:
    """Return an expression for the days of a `Schedule`, of the last two months and to come, that have a draft."""
    days = select(func.array_agg(Roster.day)).where(has_draft(), Roster.day > func.current_date() - 60)
    return func.coalesce(days.correlate(Schedule).scalar_subquery(), cast(array([]), ARRAY(Date)))


def _rows(person_id: Any, *columns: Any, with_shifts: bool = True) -> Any:
    """Return the schedules that a person sees: some columns, and what differs between persons."""
    owner = func.coalesce(Crew.name, Series.plan["title"].astext)
    for_shifts = [is_qualified(person_id).label("is_qualified"), draft_days().label("draft_days")]
    return (
        select(*columns, owner.label("owner"), coordinates(person_id).label("coordinates"))
        .add_columns(*for_shifts if with_shifts else ())
        .select_from(Schedule)
        .outerjoin(Crew, Crew.id == Schedule.crew_id)
        .outerjoin(Series, Series.id == Schedule.series_id)
        .where(belongs(person_id), or_(Schedule.crew_id.is_(None), Crew.closed_at.is_(None)))
    )


@built_once
def _schedules_open_to(person_id: uuid.UUID) -> Any:
    query = _rows(person_id, STATE).where(Schedule.is_active, Schedule.published_at.is_not(None))
    return query.order_by(by_alphabet(Schedule.name), Schedule.id).limit(MOST)


def schedules_open_to(person: Person) -> list[ScheduleRow]:
    """Return the published and active schedules whose shifts a person may take."""
    keys = [(*row[:-1], tuple(row[-1])) for row in _schedules_open_to(person.id)]
    return [row for row in open_schedules(keys) if row is not None]


@built_once
def _all_schedules(person_id: uuid.UUID) -> Any:
    query = _rows(person_id, STATE, with_shifts=False)
    query = query.where(or_(Schedule.published_at.is_not(None), coordinates(person_id)))
    return query.order_by(by_alphabet(Schedule.name), Schedule.id).limit(MOST)


def keys_of_schedules(person: Person) -> list[Key]:
    """Return the keys of the schedules that a person sees, by name."""
    return [tuple(row) for row in _all_schedules(person.id)]


def all_schedules(person: Person, *, today_only: bool = False) -> list[SeenSchedule]:
    """Return the schedules that a person sees, by name; with `today_only` those that are active and in season today."""
    rows = [row for row in seen_schedules(keys_of_schedules(person)) if row is not None]
    return [row for row in rows if not today_only or (row.is_open and is_in_season(row))]


@built_once
def _one_schedule(person_id: uuid.UUID, schedule_id: uuid.UUID) -> Any:
    seen = or_(Schedule.published_at.is_not(None), coordinates(person_id))
    return _rows(person_id, *own_columns()).where(Schedule.id == schedule_id, seen)


def schedule_row(person: Person, schedule_id: uuid.UUID) -> ScheduleRow:
    """Return a schedule that a person sees, as a row. Raise NotFound."""
    row = _one_schedule(person.id, schedule_id).first()
    if row is None:
        raise NotFound
    return ScheduleRow(*row)


@built_once
def _instructions(schedule_id: uuid.UUID) -> Any:
    return select(Schedule.instructions).where(Schedule.id == schedule_id)


def instructions_of(row: ScheduleRow) -> str:
    """Return what is to be done in the shifts of a schedule that somebody sees."""
    return str(_instructions(row.id).scalar_one())


class ListedSchedule(NamedTuple):
    """What a list shows of a schedule, by which it is kept."""

    id: uuid.UUID
    name: str
    role: str
    owner: str
    is_published: bool
    is_active: bool
    rule: ShiftRule


def listed(row: SeenSchedule) -> ListedSchedule:
    """Return what a list shows of a schedule."""
    rule = ShiftRule(row.rule, row.at, row.timezone, row.start_date, row.end_date)
    return ListedSchedule(row.id, row.name, row.role, row.owner, row.published_at is not None, row.is_active, rule)


@built_once
def _schedules_of_owner(crew_id: uuid.UUID | None, series_id: uuid.UUID | None) -> Any:
    of_owner = or_(Schedule.crew_id == crew_id, Schedule.series_id == series_id)
    nobody = literal(""), literal(False), literal(False)
    return (
        select(*own_columns(), *nobody, draft_days())
        .where(of_owner)
        .order_by(by_alphabet(Schedule.name), Schedule.id)
        .limit(MOST)
    )


def schedules_of_owner(crew_id: uuid.UUID | None, series_id: uuid.UUID | None) -> list[ScheduleRow]:
    """Return the schedules of a crew or a series as nobody in particular sees them."""
    return [ScheduleRow(*row) for row in _schedules_of_owner(crew_id, series_id)]


def is_in_season(row: Any) -> bool:
    """Return whether today, in the zone of a schedule, is between its first and its last day."""
    today = clock.now().astimezone(ZoneInfo(row.timezone)).date()
    return bool(row.start_date <= today and (row.end_date is None or today <= row.end_date))


def schedule_seen(person: Person, schedule_id: uuid.UUID, *, lock: str = "") -> Schedule:
    """Return a schedule that a person sees, with its crew and series. Raise NotFound.

    `lock` is "share" for who takes or gives up a place in a shift, and "update" for who changes the schedule or a shift.
    """
    schedule: Schedule | None = _schedule_seen(person.id, schedule_id, lock=lock).scalar_one_or_none()
    if schedule is None or (schedule.crew is not None and schedule.crew.closed_at is not None and lock):
        raise NotFound
    return schedule


@built_once
def _schedule_seen(person_id: uuid.UUID, schedule_id: uuid.UUID, *, lock: str) -> Any:
    seen = or_(and_(belongs(person_id), Schedule.published_at.is_not(None)), coordinates(person_id))
    query = select(Schedule).where(Schedule.id == schedule_id, seen)
    if lock:
        query = query.with_for_update(read=lock == "share", of=Schedule)
    query = query.options(joinedload(Schedule.crew), joinedload(Schedule.series))
    return query.execution_options(populate_existing=True)


def may_coordinate(person: Person, schedule: Schedule) -> bool:
    """Return whether a person coordinates a schedule now."""
    if schedule.series_id is not None:
        return schedule.series is not None and schedule.series.organiser_id == person.id
    membership = membership_of(person, schedule.crew_id) if schedule.crew_id else None
    return membership is not None and membership.is_active and not why_not(membership, RIGHT)


def coordinated_schedule(person: Person, schedule_id: uuid.UUID, *, lock: str = "") -> Schedule:
    """Return a schedule that a person coordinates. Raise Forbidden for others who see it, NotFound for who does not."""
    schedule = schedule_seen(person, schedule_id, lock=lock)
    if not may_coordinate(person, schedule):
        raise Forbidden(_("Only those who coordinate these duties can do that."))
    return schedule


@dataclass(frozen=True, slots=True)
class Owner:
    """The crew or the series of schedules: exactly one of the ids is set."""

    crew_id: uuid.UUID | None
    series_id: uuid.UUID | None
    name: str
    series: Series | None = None
    timezone: str = "UTC"


def owner_coordinated(person: Person, *, crew_id: uuid.UUID | None, series_id: uuid.UUID | None) -> Owner:
    """Return a crew or a series whose duties a person coordinates. Raise NotFound, and Forbidden for others."""
    if crew_id is not None:
        crew = member_with(person, crew_id, RIGHT).crew
        return Owner(crew.id, None, crew.name, None, crew.timezone)
    if series_id is None:
        raise NotFound
    series = organised_series(person, series_id)
    return Owner(None, series.id, str(series.plan["title"]), series, series.timezone)


def owner_of(person: Person, schedule: Schedule) -> Owner:
    """Return the crew or the series of a schedule that a person sees."""
    if schedule.crew_id is not None:
        return Owner(schedule.crew_id, None, crew_for(person, schedule.crew_id).name)
    series = series_for(person, schedule.series_id) if schedule.series_id else None
    return Owner(None, schedule.series_id, str(series.plan["title"]) if series else "", series)


def owners_coordinated(person: Person) -> list[Owner]:
    """Return the crews and series whose duties a person coordinates."""
    crews = [Owner(row.id, None, row.name, None, row.timezone) for row in _crews_coordinated(person.id)]
    rows = _series_coordinated(person.id).scalars()
    return crews + [Owner(None, row.id, str(row.plan["title"]), row, row.timezone) for row in rows]


@built_once
def _crews_coordinated(person_id: uuid.UUID) -> Any:
    is_member = CrewMembership.person_id == person_id, CrewMembership.status == ACTIVE, has_right_to_coordinate()
    return (
        select(Crew.id, Crew.name, Crew.timezone)
        .join(CrewMembership, CrewMembership.crew_id == Crew.id)
        .where(*is_member, Crew.closed_at.is_(None))
        .order_by(by_alphabet(Crew.name), Crew.id)
        .limit(MOST)
    )


@built_once
def _series_coordinated(person_id: uuid.UUID) -> Any:
    query = select(Series).where(Series.organiser_id == person_id, Series.ended_at.is_(None))
    return query.order_by(Series.id).limit(MOST)


def is_drafted(schedule: Schedule, begins_at: datetime) -> bool:
    """Return whether the day of a shift has a roster that is a draft."""
    day = begins_at.astimezone(ZoneInfo(schedule.timezone)).date()
    drafted = exists().where(Schedule.id == schedule.id, has_draft(), Roster.day == day)
    return bool(db.session.scalar(select(drafted)))


def schedules_of_crew(person: Person, crew_id: uuid.UUID) -> list[SeenSchedule]:
    """Return the schedules of a crew that a person sees."""
    return [row for row in all_schedules(person) if row.crew_id == crew_id]


@built_once
def _schedules_of_run(person_id: uuid.UUID, series_id: uuid.UUID | None, crew_id: uuid.UUID | None) -> Any:
    of_run = or_(Schedule.series_id == series_id, Schedule.crew_id == crew_id)
    query = _rows(person_id, *own_columns()).where(of_run, Schedule.is_active, Schedule.published_at.is_not(None))
    return query.order_by(by_alphabet(Schedule.name), Schedule.id).limit(MOST)


def schedules_of_run(person: Person, series_id: uuid.UUID | None, crew_id: uuid.UUID | None) -> list[ScheduleRow]:
    """Return the schedules of the series and of the crew of a run whose shifts a person may take."""
    return [ScheduleRow(*row) for row in _schedules_of_run(person.id, series_id, crew_id)]
