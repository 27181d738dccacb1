"""Duties: schedules, the shifts that follow from them, and bookings."""

import datetime as dt
import uuid
from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, Field
from typing_extensions import TypedDict

from hampa.duties.actions import attendance, booking as actions, schedules as schedule_actions
from hampa.duties.forms import BookingForm, ScheduleForm
from hampa.duties.models import (
    ATTENDANCES,
    LONGEST_MINUTES,
    LONGEST_NAME,
    LONGEST_QUALIFICATION,
    LONGEST_TEXT,
    MOST_HOURS,
    MOST_PEOPLE,
    ROLES,
    USUAL_MINUTES,
    USUAL_OPENS,
    USUAL_WARNING,
    Booking,
)
from hampa.duties.queries import bookings as queries, schedules
from hampa.duties.queries.schedules import ScheduleRow
from hampa.duties.queries.shifts import (
    LONGEST_SPAN,
    MOST_SHIFTS,
    REASON_WORDS,
    USUAL_LIMIT,
    USUAL_SPAN,
    Shift,
    parse_token,
    rule_of,
    shift_of,
    shifts_for,
)
from hampa.people.actions import count_number_lookups
from hampa.platform import clock
from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf, Query
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.locale.shift_words import describe_shifts
from hampa.platform.web.session import me

resource = Resource("duties", _l("Duties"))

Role = Annotated[str, OneOf(*ROLES)]
Attendance = Annotated[str, OneOf(*ATTENDANCES)]
Reason = Annotated[str, OneOf("", *REASON_WORDS)]
Hours = Annotated[int, Field(ge=0, le=MOST_HOURS)]


class ShiftsQuery(Query):
    """From when to when, by default four weeks from now; a year at most."""

    since: AwareDatetime | None = Field(None, alias="from")
    until: AwareDatetime | None = Field(None, alias="to")
    limit: int = Field(USUAL_LIMIT, ge=1, le=MOST_SHIFTS)


class SchedulesQuery(Query):
    """Whether only those that are active and in season today."""

    active_today: bool = False


class ScheduleBody(Body):
    """A schedule of a crew or a series; `rule` is an RRULE, which needs `at`, or a cron expression of five fields."""

    crew_id: uuid.UUID | None = None
    series_id: uuid.UUID | None = None
    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    role: Role = "marshal"
    rule: str = Field(min_length=1, max_length=200)
    at: str = Field("", max_length=5, description="HH:MM")
    timezone: str = Field(max_length=60)
    start_date: dt.date
    end_date: dt.date | None = None
    duration_min: int = Field(USUAL_MINUTES, ge=1, le=LONGEST_MINUTES)
    min_people: int = Field(1, ge=0, le=MOST_PEOPLE)
    max_people: int = Field(1, ge=1, le=MOST_PEOPLE)
    instructions: str = Field("", max_length=LONGEST_TEXT)
    qualification: str = Field("", max_length=LONGEST_QUALIFICATION)
    opens_hours: Hours = USUAL_OPENS
    closes_hours: Hours = 0
    cancel_hours: Hours = 0
    warn_hours: Hours = USUAL_WARNING


class ScheduleData(TypedDict):
    """A schedule; `owner` is the name of its crew or series, `rule_in_words` its rule as a sentence."""

    id: uuid.UUID
    crew_id: uuid.UUID | None
    series_id: uuid.UUID | None
    owner: str
    name: str
    role: Role
    rule: str
    rule_in_words: str
    timezone: str
    start_date: dt.date
    end_date: dt.date | None
    duration_min: int
    min_people: int
    max_people: int
    qualification: str
    is_active: bool
    is_published: bool
    coordinates: bool


class ShiftData(TypedDict):
    """A shift: `starts_at` names it, `begins_at` is when it is; `reason` says why you can't take it, "" if you can."""

    schedule_id: uuid.UUID
    schedule: str
    role: Role
    starts_at: datetime
    begins_at: datetime
    ends_at: datetime
    timezone: str
    taken: int
    max_people: int
    missing: int
    is_cancelled: bool
    note: str
    available: bool
    reason: Reason
    booking_id: uuid.UUID | None


class BookingBody(Body):
    """The shift that you take; whoever has the number `buddy_phone` is asked to confirm, if they are here."""

    schedule_id: uuid.UUID
    starts_at: AwareDatetime
    buddy_name: str = Field("", max_length=60)
    buddy_phone: str = Field("", max_length=40)
    remind_min: int | None = Field(None, json_schema_extra={"enum": [30, 60, 180, 720, 2880, None]})


class BookingData(TypedDict):
    """Your place in a shift."""

    id: uuid.UUID
    schedule_id: uuid.UUID
    starts_at: datetime
    begins_at: datetime
    ends_at: datetime
    place: int
    buddy_name: str
    buddy_confirmed: bool
    remind_min: int | None
    attendance: Attendance | None
    cancelled_at: datetime | None


class DutyData(TypedDict):
    """A duty of yours to come, or one on which you come along (`as_buddy`)."""

    booking_id: uuid.UUID
    schedule_id: uuid.UUID
    schedule: str
    owner: str
    role: Role
    starts_at: datetime
    begins_at: datetime
    ends_at: datetime
    timezone: str
    as_buddy: bool


class DutiesData(TypedDict):
    """Your duties to come, and what you have done: `credits` occasions in `minutes`."""

    coming: list[DutyData]
    credits: int
    minutes: int


class AttendanceBody(Body):
    """How it was."""

    attendance: Attendance


@resource.get("/shifts/available")
def list_available_shifts(query: ShiftsQuery) -> list[ShiftData]:
    """List the shifts of your crews and series, the soonest day first, in it what misses most people."""
    now = clock.now()
    latest = now + LONGEST_SPAN
    since = min(max(query.since or now, now), latest)
    until = min(query.until or since + USUAL_SPAN, latest)
    found = shifts_for(me(), since, until) if since < until else []
    return [_shift(one) for one in found[: query.limit]]


@resource.get("/schedules")
def list_schedules(query: SchedulesQuery) -> list[ScheduleData]:
    """List the schedules of your crews and series: two hundred at most."""
    return [_schedule(row) for row in schedules.all_schedules(me(), today_only=query.active_today)]


@resource.post("/schedules")
def create_schedule(body: ScheduleBody) -> Created[ScheduleData]:
    """Create a schedule of a crew or a series whose duties you coordinate, as a draft."""
    owner = schedules.owner_coordinated(me(), crew_id=body.crew_id, series_id=body.series_id)
    values = body.model_dump(exclude={"crew_id", "series_id"}) | {"repeats": "rule"}
    form = valid_form(ScheduleForm, {name: value for name, value in values.items() if value not in (None, "")})
    made = schedule_actions.create_schedule(me(), owner, form.values())
    return Created(_schedule(schedules.schedule_row(me(), made.id)), f"/schedules/{made.id}")


@resource.get("/schedules/<uuid:schedule_id>")
def read_schedule(schedule_id: uuid.UUID) -> ScheduleData:
    """Return a schedule of a crew or a series of yours."""
    return _schedule(schedules.schedule_row(me(), schedule_id))


@resource.post("/schedules/<uuid:schedule_id>/publication")
def publish_schedule(schedule_id: uuid.UUID) -> ScheduleData:
    """Publish a draft: everybody who belongs there can take the shifts."""
    schedule_actions.publish(me(), schedule_id)
    db.session.flush()
    return _schedule(schedules.schedule_row(me(), schedule_id))


@resource.get("/schedules/<uuid:schedule_id>/shifts/<start>")
def read_shift(schedule_id: uuid.UUID, start: str) -> ShiftData:
    """Return a shift of a schedule; `start` is its start in UTC, such as 20261201T023000Z."""
    row, starts_at = schedules.schedule_row(me(), schedule_id), parse_token(start)
    found = shift_of(me(), row, starts_at) if starts_at is not None else None
    if found is None:
        raise NotFound
    return _shift(found)


@resource.post("/bookings")
def create_booking(body: BookingBody) -> Created[BookingData]:
    """Take a place in a shift. A lost race answers 409 SLOT_TAKEN, and `first` names the next shift with a place."""
    schedules.schedule_seen(me(), body.schedule_id)
    reminder = "" if body.remind_min is None else str(body.remind_min)
    given = {"buddy_name": body.buddy_name, "buddy_phone": body.buddy_phone, "remind_min": reminder}
    values = valid_form(BookingForm, {name: value for name, value in given.items() if value}).values()
    if values["buddy_phone"]:
        count_number_lookups(me(), 1, settings().walk_ins_per_person_day, field="buddy_phone")
    made = actions.book(me(), body.schedule_id, body.starts_at, **values)
    return Created(_booking(made), f"/bookings/{made.id}")


@resource.get("/bookings/<uuid:booking_id>")
def read_booking(booking_id: uuid.UUID) -> BookingData:
    """Return your place in a shift."""
    return _booking(queries.own_booking(me(), booking_id))


@resource.delete("/bookings/<uuid:booking_id>")
def cancel_booking(booking_id: uuid.UUID) -> None:
    """Give up your place in a shift, or as a coordinator that of somebody else."""
    queries.booking_for(me(), booking_id)
    actions.cancel(me(), booking_id)


@resource.put("/bookings/<uuid:booking_id>/attendance")
def set_booking_attendance(booking_id: uuid.UUID, body: AttendanceBody) -> None:
    """Say how a duty of yours was attended, or as a coordinator that of somebody else."""
    queries.booking_for(me(), booking_id)
    attendance.set_attendance(me(), booking_id, body.attendance)


@resource.get("/me/duties")
def read_own_duties() -> DutiesData:
    """Return your duties to come, fifty at most, and what you have done."""
    hours = queries.hours_of(me())
    coming = queries.coming(me(), clock.now() + LONGEST_SPAN)
    return {"coming": [_duty(row) for row in coming], "credits": hours.credits, "minutes": hours.minutes}


def _schedule(row: ScheduleRow) -> ScheduleData:
    return {
        "id": row.id,
        "crew_id": row.crew_id,
        "series_id": row.series_id,
        "owner": row.owner,
        "name": row.name,
        "role": row.role,
        "rule": row.rule,
        "rule_in_words": describe_shifts(rule_of(row)),
        "timezone": row.timezone,
        "start_date": row.start_date,
        "end_date": row.end_date,
        "duration_min": row.duration_min,
        "min_people": row.min_people,
        "max_people": row.max_people,
        "qualification": row.qualification,
        "is_active": row.is_active,
        "is_published": row.published_at is not None,
        "coordinates": row.coordinates,
    }


def _shift(one: Shift) -> ShiftData:
    row = one.schedule
    return {
        "schedule_id": row.id,
        "schedule": row.name,
        "role": row.role,
        "starts_at": one.starts_at,
        "begins_at": one.begins_at,
        "ends_at": one.ends_at,
        "timezone": row.timezone,
        "taken": one.taken,
        "max_people": row.max_people,
        "missing": one.missing,
        "is_cancelled": one.is_cancelled,
        "note": one.note,
        "available": not one.reason,
        "reason": one.reason,
        "booking_id": one.booking_id,
    }


def _booking(one: Booking) -> BookingData:
    return {
        "id": one.id,
        "schedule_id": one.schedule_id,
        "starts_at": one.starts_at,
        "begins_at": one.begins_at,
        "ends_at": one.ends_at,
        "place": one.place,
        "buddy_name": one.buddy_name,
        "buddy_confirmed": one.buddy_confirmed_at is not None,
        "remind_min": one.remind_min,
        "attendance": one.attendance,
        "cancelled_at": one.cancelled_at,
    }


def _duty(row: Any) -> DutyData:
    return {
        "booking_id": row.id,
        "schedule_id": row.schedule_id,
        "schedule": row.name,
        "owner": row.owner,
        "role": row.role,
        "starts_at": row.starts_at,
        "begins_at": row.begins_at,
        "ends_at": row.ends_at,
        "timezone": row.timezone,
        "as_buddy": row.as_buddy,
    }
