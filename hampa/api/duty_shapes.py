"""Schedules, shifts and bookings as programs read them."""

import datetime as dt
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.shapes import Summary, summary_as_data
from hampa.duties.forms import PROOF_WORDS
from hampa.duties.models import ATTENDANCES, MOST_HOURS, OFFER_KINDS, ROLES, Booking, Schedule
from hampa.duties.queries.schedule_rows import Key, SeenSchedule, seen_schedules
from hampa.duties.queries.shifts import REASON_WORDS, Shift, rule_of
from hampa.people.queries import PersonSummary
from hampa.platform.api.answers import as_json
from hampa.platform.api.requests import OneOf
from hampa.platform.kept import KeptValues
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import calendar, get_locale_code
from hampa.platform.locale.shift_words import describe_shifts

Role = Annotated[str, OneOf(*ROLES)]
Attendance = Annotated[str, OneOf(*ATTENDANCES)]
AttendanceBy = Annotated[str, OneOf("", *PROOF_WORDS)]
Reason = Annotated[str, OneOf("", *REASON_WORDS)]
OfferKind = Annotated[str, OneOf(*OFFER_KINDS)]
Hours = Annotated[int, Field(ge=0, le=MOST_HOURS)]


class ListedScheduleData(TypedDict):
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
    created_at: datetime
    updated_at: datetime
    version: int


class ScheduleData(ListedScheduleData):
    """A schedule with all that its coordinators set; `at` is the wall clock of an RRULE."""

    at: str | None
    instructions: str
    opens_hours: int
    closes_hours: int
    cancel_hours: int
    warn_hours: int
    latitude: float | None
    longitude: float | None
    within_m: int


class ShiftData(TypedDict):
    """A shift. `start_time` names it; one that was moved begins at `moved_to` instead.

    `reason` says why you can't take it, "" if you can.
    """

    schedule_id: uuid.UUID
    schedule: str
    role: Role
    start_time: datetime
    end_time: datetime
    moved_to: datetime | None
    timezone: str
    places_left: int
    taken: int
    max_people: int
    missing: int
    is_cancelled: bool
    note: str
    available: bool
    reason: Reason
    booking_id: uuid.UUID | None
    is_standby: bool


class ShiftPersonData(TypedDict):
    """Somebody in a place of a shift, and the name of whom they bring."""

    booking_id: uuid.UUID
    place: int
    person: Summary
    buddy_name: str
    buddy_confirmed: bool
    attendance: Attendance | None
    attendance_by: AttendanceBy


class ShiftPeopleData(TypedDict):
    """Who does a shift; who coordinates or leads then also sees how it was attended, and who waits for a place (`standbys`)."""

    people: list[ShiftPersonData]
    standbys: list[Summary]


class BookingData(TypedDict):
    """Your place in a shift, which begins at `moved_to` where it was moved."""

    id: uuid.UUID
    schedule_id: uuid.UUID
    start_time: datetime
    end_time: datetime
    moved_to: datetime | None
    place: int
    buddy_name: str
    buddy_confirmed: bool
    remind_min: int | None
    attendance: Attendance | None
    cancelled_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class DutyData(TypedDict):
    """A duty of yours, or one on which you come along (`as_buddy`)."""

    booking_id: uuid.UUID
    schedule_id: uuid.UUID
    schedule: str
    owner: str
    role: Role
    start_time: datetime
    end_time: datetime
    moved_to: datetime | None
    timezone: str
    as_buddy: bool
    attendance: Attendance | None
    attendance_by: AttendanceBy


class AskedData(TypedDict):
    """A duty that somebody would hand on to you, or on which you are asked to come along: when it is, and who asks."""

    id: uuid.UUID
    schedule: str
    begins_at: datetime
    timezone: str
    by: Summary


class OfferedData(AskedData):
    """A duty that somebody would hand on to you: to you alone (`give`), to all, or for one of yours (`swap`)."""

    kind: OfferKind


def listed_schedule_as_data(row: SeenSchedule) -> ListedScheduleData:
    """Return a schedule of a list as data."""
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
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "version": row.version,
    }


def kept_schedules_as_data(keys: Sequence[Key]) -> list[Any]:
    """Return schedules of a list as data, each written once for all who see it so, in the words of now."""
    words = get_locale_code(), calendar(), dates.today()
    return [one for one in _kept_schedules.of([(*key, words) for key in keys]) if one is not None]


def _written_schedules(keys: Sequence[Key]) -> dict[Key, Any]:
    rows = zip(keys, seen_schedules([key[:-1] for key in keys]), strict=True)
    return {key: as_json(listed_schedule_as_data(row)) for key, row in rows if row is not None}


_kept_schedules: KeptValues[Key, Any] = KeptValues(_written_schedules, 2_000)


def schedule_as_data(row: SeenSchedule, schedule: Schedule) -> ScheduleData:
    """Return a schedule as data."""
    return {
        **listed_schedule_as_data(row),
        "at": schedule.at.strftime("%H:%M") if schedule.at is not None else None,
        "instructions": schedule.instructions,
        "opens_hours": schedule.opens_hours,
        "closes_hours": schedule.closes_hours,
        "cancel_hours": schedule.cancel_hours,
        "warn_hours": schedule.warn_hours,
        "latitude": schedule.latitude,
        "longitude": schedule.longitude,
        "within_m": schedule.within_m,
    }


def shift_as_data(one: Shift) -> ShiftData:
    """Return a shift as data."""
    row = one.schedule
    return {
        "schedule_id": row.id,
        "schedule": row.name,
        "role": row.role,
        "start_time": one.starts_at,
        "end_time": one.ends_at,
        "moved_to": moved_to(one),
        "timezone": row.timezone,
        "places_left": 0 if one.is_cancelled else one.free,
        "taken": one.taken,
        "max_people": row.max_people,
        "missing": one.missing,
        "is_cancelled": one.is_cancelled,
        "note": one.note,
        "available": not one.reason,
        "reason": one.reason,
        "booking_id": one.booking_id,
        "is_standby": one.is_standby,
    }


def booking_as_data(one: Booking) -> BookingData:
    """Return a booking as data."""
    return {
        "id": one.id,
        "schedule_id": one.schedule_id,
        "start_time": one.starts_at,
        "end_time": one.ends_at,
        "moved_to": moved_to(one),
        "place": one.place,
        "buddy_name": one.buddy_name,
        "buddy_confirmed": one.buddy_confirmed_at is not None,
        "remind_min": one.remind_min,
        "attendance": one.attendance,
        "cancelled_at": one.cancelled_at,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "version": one.version,
    }


def duty_as_data(row: Any) -> DutyData:
    """Return a duty of somebody as data."""
    return {
        "booking_id": row.id,
        "schedule_id": row.schedule_id,
        "schedule": row.name,
        "owner": row.owner,
        "role": row.role,
        "start_time": row.starts_at,
        "end_time": row.ends_at,
        "moved_to": moved_to(row),
        "timezone": row.timezone,
        "as_buddy": row.as_buddy,
        "attendance": row.attendance,
        "attendance_by": row.attendance_by,
    }


def asked_as_data(row: Any) -> AskedData:
    """Return what waits for an answer as data."""
    return {
        "id": row.id,
        "schedule": row.title,
        "begins_at": row.starts_at,
        "timezone": row.timezone,
        "by": summary_as_data(PersonSummary(row.person_id, row.name, row.avatar)),
    }


def offered_as_data(row: Any) -> OfferedData:
    """Return an offer that waits for an answer as data."""
    return {**asked_as_data(row), "kind": row.line}


def moved_to(one: Any) -> datetime | None:
    """Return when a shift really begins, None if that is when its rule says."""
    return one.begins_at if one.begins_at != one.starts_at else None
