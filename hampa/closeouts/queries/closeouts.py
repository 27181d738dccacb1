"""Close-outs: who may do them, what waits, and who was booked."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Row, Select, cast, exists, func, or_, select, union

from hampa.closeouts.models import CloseOut
from hampa.crews.models import ACTIVE, Crew, CrewMembership
from hampa.crews.queries.crews import is_in_crew
from hampa.duties.models import LEADER, SERVED, Booking, Schedule
from hampa.duties.queries.occasions import (
    coordinates_owner,
    is_given,
    is_in_day,
    is_of_owner,
    is_of_same_owner,
    owner_name,
)
from hampa.duties.queries.presence import attendance_by
from hampa.duties.queries.schedules import has_right_to_coordinate
from hampa.duties.queries.shift_rows import buddy_name
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, hidden_ids, is_none_of, summary_columns
from hampa.platform.answers import answer_columns
from hampa.platform.db import constants, db
from hampa.platform.errors import NotFound
from hampa.platform.statements import built_once, is_one_of
from hampa.platform.web.paging import Page, decode, rows_after
from hampa.series.models import Series

A_PAGE = 30
MOST_BOOKED = 500
"""The people of one day that a close-out lists."""
WAITS_FOR = timedelta(days=14)
"""How long a close-out waits for somebody."""
ASKED_WITHIN = timedelta(days=2)
"""A day that ended longer ago is not asked about any more, as after a long stop of the worker."""


def may_close(person_id: Any, row: Any = CloseOut) -> Any:
    """Return the condition that a person closes out: they coordinate the duties, or led on that day."""
    led = exists().where(
        *(Booking.person_id == person_id, Schedule.id == Booking.schedule_id, is_of_same_owner(row)),
        *(Schedule.role.in_(constants(LEADER)), is_in_day(row.since, row.until)),
        or_(Schedule.crew_id.is_(None), is_in_crew(person_id, Schedule.crew_id)),
    )
    return or_(coordinates_owner(person_id, row), led.correlate_except(Booking, Schedule))


@dataclass(frozen=True, slots=True)
class CloseOutRow:
    """A close-out as a row of a list; `owner` is the name of the crew or the series."""

    id: uuid.UUID
    owner: str
    day: date
    ended_at: datetime
    timezone: str
    had_incidents: bool | None
    closed_at: datetime | None
    thanked_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


@built_once
def _listed(person_id: uuid.UUID, before: datetime | None, last_id: uuid.UUID | None, *, on: bool) -> Any:
    columns = [getattr(CloseOut, name) for name in CloseOutRow.__dataclass_fields__ if name not in ("id", "owner")]
    query = (
        select(CloseOut.id, owner_name(), *columns)
        .outerjoin(Crew, Crew.id == CloseOut.crew_id)
        .outerjoin(Series, Series.id == CloseOut.series_id)
        .where(may_close(person_id))
    )
    key = CloseOut.ended_at, CloseOut.id
    return rows_after(query, key, (before, last_id), A_PAGE + 1, goes_on=on, descending=True)


def closeouts_of(person: Person, after: str | None = None, size: int = A_PAGE) -> Page[CloseOutRow]:
    """Return a page of the close-outs that a person may do or has done, the latest first."""
    before, last_id = decode(after, datetime, uuid.UUID) or (None, None)
    rows = [CloseOutRow(*row) for row in _listed(person.id, before, last_id, on=before is not None)]
    return Page.of(rows, min(size, A_PAGE), lambda row: (row.ended_at, row.id))


def waiting_for(person: Person, now: Any) -> Select[Any]:
    """Return a SELECT of the close-outs that wait for a person, as answers."""
    columns = answer_columns(
        CloseOut.id, CloseOut.ended_at, title=owner_name(), starts_at=CloseOut.since, timezone=CloseOut.timezone
    )
    return (
        select(*columns)
        .select_from(CloseOut)
        .outerjoin(Crew, Crew.id == CloseOut.crew_id)
        .outerjoin(Series, Series.id == CloseOut.series_id)
        .where(CloseOut.closed_at.is_(None), CloseOut.ended_at > now - WAITS_FOR, may_close(person.id))
    )


def closeout_for(person: Person, closeout_id: uuid.UUID, *, lock: bool = False) -> CloseOut:
    """Return a close-out that a person does. Raise NotFound."""
    closeout: CloseOut | None = _closeout(person.id, closeout_id, lock=lock).scalar_one_or_none()
    if closeout is None:
        raise NotFound
    return closeout


@built_once
def _closeout(person_id: uuid.UUID, closeout_id: uuid.UUID, *, lock: bool) -> Any:
    query = select(CloseOut).where(CloseOut.id == closeout_id, may_close(person_id))
    if lock:
        query = query.with_for_update(of=CloseOut)
    return query.execution_options(populate_existing=True)


@dataclass(frozen=True, slots=True)
class CloseOutHead:
    """What the page of a close-out says besides: of whom it is, and who did what ("" where a block hides them)."""

    owner: str
    closed_by: str
    corrected_by: str
    thanked_by: str


def head_of(viewer: Person, closeout: CloseOut) -> CloseOutHead:
    """Return of whom a close-out is, and who closed, corrected and thanked."""
    name = _owner(closeout.id).scalar_one_or_none() or ""
    ids = closeout.closed_by_id, closeout.corrected_by_id, closeout.thanked_by_id
    if not any(ids):
        return CloseOutHead(name, "", "", "")
    rows = _names([one for one in ids if one], hidden_ids(viewer))
    names: dict[uuid.UUID | None, str] = {row.id: row.name for row in rows}
    return CloseOutHead(name, *(names.get(one, "") for one in ids))


@built_once
def _owner(closeout_id: uuid.UUID) -> Any:
    owner = select(owner_name()).select_from(CloseOut).outerjoin(Crew, Crew.id == CloseOut.crew_id)
    return owner.outerjoin(Series, Series.id == CloseOut.series_id).where(CloseOut.id == closeout_id)


@built_once
def _names(person_ids: list[uuid.UUID], hidden: list[uuid.UUID]) -> Any:
    shown = is_one_of(Person.id, person_ids), Person.state == "active", is_none_of(Person.id, hidden)
    return select(Person.id, Person.name).where(*shown)


@dataclass(frozen=True, slots=True)
class Booked:
    """A person who was booked that day, and how it was, if somebody said so.

    `attendance_by` is how that is known, as `presence.attendance_by` says; `by_self` whether it was they who said it.
    """

    booking_id: uuid.UUID
    schedule: str
    role: str
    timezone: str
    begins_at: datetime
    person: PersonSummary
    buddy_name: str
    attendance: str | None
    by_self: bool
    attendance_by: str


@built_once
def _booked(
    crew_id: uuid.UUID | None, series_id: uuid.UUID | None, since: datetime, until: datetime, hidden: list[uuid.UUID]
) -> Any:
    by_self = func.coalesce(Booking.attendance_by_id == Booking.person_id, False)
    columns = Booking.id, Schedule.name, Schedule.role, Schedule.timezone, Booking.begins_at, summary_columns()
    of_owner = or_(Schedule.crew_id == crew_id, Schedule.series_id == series_id)
    return (
        select(*columns, buddy_name(hidden), Booking.attendance, by_self, attendance_by())
        .join(Schedule, Schedule.id == Booking.schedule_id)
        .join(Person, Person.id == Booking.person_id)
        .where(of_owner, is_in_day(since, until), is_none_of(Person.id, hidden))
        .order_by(Booking.begins_at, Schedule.name, Schedule.id, Booking.place, Booking.id)
        .limit(MOST_BOOKED)
    )


def booked(viewer: Person, closeout: CloseOut) -> list[Booked]:
    """Return who was booked on the day of a close-out, without those who are hidden from the viewer."""
    values = closeout.crew_id, closeout.series_id, closeout.since, closeout.until
    return [Booked(*row) for row in _booked(*values, hidden_ids(viewer))]


def people_to_ask(crew_id: uuid.UUID | None, series_id: uuid.UUID | None, since: datetime, until: datetime) -> Any:
    """Return a SELECT of the ids of who closes out a day: who coordinates the duties, and who led."""
    if crew_id is not None:
        coordinators = select(CrewMembership.person_id).where(
            CrewMembership.crew_id == crew_id, CrewMembership.status == ACTIVE, has_right_to_coordinate()
        )
    else:
        coordinators = select(Series.organiser_id).where(Series.id == series_id)
    leaders = (
        select(Booking.person_id)
        .join(Schedule, Schedule.id == Booking.schedule_id)
        .where(is_of_owner(crew_id, series_id), Schedule.role == LEADER, is_in_day(since, until))
    )
    if crew_id is not None:
        leaders = leaders.where(is_in_crew(Booking.person_id, Schedule.crew_id))
    return select(union(coordinators, leaders).subquery().c[0])


def days_that_ended(now: datetime, most: int) -> Sequence[Row[Any]]:
    """Return days of duties that are over and that nobody was asked about: `crew_id`, `series_id`, `day`, `ended_at`."""
    zone = func.coalesce(Crew.timezone, Series.timezone, "UTC")
    day = cast(func.timezone(zone, Booking.begins_at), Date)
    ended = func.max(Booking.ends_at)
    days = (
        select(Schedule.crew_id, Schedule.series_id, zone.label("timezone"), day.label("day"), ended.label("ended_at"))
        .select_from(Booking)
        .join(Schedule, Schedule.id == Booking.schedule_id)
        .outerjoin(Crew, Crew.id == Schedule.crew_id)
        .outerjoin(Series, Series.id == Schedule.series_id)
        .where(is_given(), Crew.closed_at.is_(None))
        .where(Booking.begins_at > now - ASKED_WITHIN - timedelta(days=2), Booking.begins_at < now + timedelta(days=1))
        .group_by(Schedule.crew_id, Schedule.series_id, zone, day)
        .having(ended <= now, ended > now - ASKED_WITHIN)
        .subquery()
    )
    same = (CloseOut.crew_id == days.c.crew_id) | (CloseOut.series_id == days.c.series_id)
    asked = exists().where(same, CloseOut.day == days.c.day).correlate(days)
    return db.session.execute(select(days).where(~asked).order_by(days.c.ended_at).limit(most)).all()


def people_who_came(closeout: CloseOut) -> Select[Any]:
    """Return a SELECT of the ids of who came that day, also as a buddy who had confirmed."""
    return _who_came(is_of_owner(closeout.crew_id, closeout.series_id), closeout.since, closeout.until)


def _who_came(is_of: ColumnElement[bool], since: Any, until: Any) -> Select[Any]:
    came = is_of, is_in_day(since, until)
    joined = Schedule.id == Booking.schedule_id, Booking.attendance.in_(SERVED)
    people = select(Booking.person_id).where(*came, *joined)
    buddies = select(Booking.buddy_id).where(*came, *joined, Booking.buddy_confirmed_at.is_not(None))
    return select(Person.id).where(or_(Person.id.in_(people), Person.id.in_(buddies)))


def count_who_came(closeout: CloseOut, but: Person) -> int:
    """Return how many came that day besides a person."""
    owner_id, of_crew = closeout.crew_id or closeout.series_id, closeout.crew_id is not None
    return int(_count_who_came(owner_id, closeout.since, closeout.until, but.id, of_crew=of_crew).scalar_one())


@built_once
def _count_who_came(
    owner_id: uuid.UUID | None, since: datetime, until: datetime, but_id: uuid.UUID, *, of_crew: bool
) -> Any:
    people = _who_came((Schedule.crew_id if of_crew else Schedule.series_id) == owner_id, since, until)
    return select(func.count()).select_from(people.where(Person.state == "active", Person.id != but_id).subquery())


def first_schedule(closeout: CloseOut) -> uuid.UUID | None:
    """Return the id of the schedule of the first shift of that day."""
    query = (
        select(Schedule.id)
        .join(Booking, Booking.schedule_id == Schedule.id)
        .where(is_of_owner(closeout.crew_id, closeout.series_id), is_in_day(closeout.since, closeout.until))
        .order_by(Booking.begins_at, Schedule.id)
        .limit(1)
    )
    return db.session.scalar(query)
