"""How somebody shows that they are at their shift: by the code that whoever leads there shows, or by where they are."""

import re
import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, exists, or_, select
from sqlalchemy.orm import aliased

from hampa.duties.models import BY_OTHERS, BY_THEMSELVES, LEADER, Booking, Schedule
from hampa.duties.queries.schedule_rows import ScheduleRow
from hampa.people.models import Person
from hampa.platform import ids
from hampa.platform.db import db
from hampa.platform.geo.gazetteer import distance_km
from hampa.platform.security.crypto import keyed_hash
from hampa.platform.statements import built_once
from hampa.platform.texts.cleaning import to_latin_digits

CODE_LENGTH = 8
AROUND = timedelta(hours=3)
"""How long before a shift, and after it, a shift of the leader of the day is one of the same day."""


def code_of(schedule_id: uuid.UUID, starts_at: datetime) -> str:
    """Return the code of a shift, which is shown there and nowhere else."""
    number = int(keyed_hash("duty", str(schedule_id), starts_at.isoformat()), 16)
    letters = []
    for _place in range(CODE_LENGTH):
        number, letter = divmod(number, len(ids.SHORT_ALPHABET))
        letters.append(ids.SHORT_ALPHABET[letter])
    return "".join(letters)


def is_code_of(schedule_id: uuid.UUID, starts_at: datetime, text: str) -> bool:
    """Return whether a scanned address or a typed code is that of a shift."""
    code = re.sub(r"[\W_]", "", to_latin_digits(text.rpartition("code=")[2])).lower()
    return code == code_of(schedule_id, starts_at)


def may_show_code(person: Person, row: ScheduleRow, begins_at: datetime) -> bool:
    """Return whether a person coordinates a schedule, or is the leader of the day at the time of its shift."""
    return row.coordinates or leads_then(person, row, begins_at)


def leads_then(person: Person, row: ScheduleRow | Schedule, begins_at: datetime) -> bool:
    """Return whether a person is the leader of the day at the time of a shift of a schedule that they see."""
    around = begins_at - AROUND, begins_at + AROUND
    return bool(_leads(person.id, row.crew_id, row.series_id, *around).scalar_one())


@built_once
def _leads(
    person_id: uuid.UUID, crew_id: uuid.UUID | None, series_id: uuid.UUID | None, since: datetime, until: datetime
) -> Any:
    other = aliased(Schedule)
    leads = exists().where(
        *(Booking.schedule_id == other.id, or_(other.crew_id == crew_id, other.series_id == series_id)),
        *(Booking.person_id == person_id, Booking.cancelled_at.is_(None), ~Booking.is_draft),
        *(other.role == LEADER, Booking.begins_at > since, Booking.begins_at < until),
    )
    return select(leads)


def attendance_by() -> Any:
    """Return an expression for how the attendance of a `Booking` is known: a way of showing it, or who said so; "" if unknown."""
    said_by = Booking.attendance_by_id
    return case(
        (Booking.attendance.is_(None), ""),
        (Booking.attendance_how.is_not(None), Booking.attendance_how),
        (said_by == Booking.person_id, BY_THEMSELVES),
        (said_by.is_not(None), BY_OTHERS),
        else_="",
    )


@built_once
def _point(schedule_id: uuid.UUID) -> Any:
    columns = Schedule.latitude, Schedule.longitude, Schedule.within_m
    return select(*columns).where(Schedule.id == schedule_id, Schedule.latitude.is_not(None))


def has_point(schedule_id: uuid.UUID) -> bool:
    """Return whether a schedule says where its shifts are."""
    return _point(schedule_id).first() is not None


def metres_beyond(schedule_id: uuid.UUID, latitude: float, longitude: float) -> int | None:
    """Return how many metres somebody is too far away, 0 for who is there; None if the schedule has no place."""
    row = _point(schedule_id).first()
    if row is None:
        return None
    away = 1000 * distance_km(row.latitude, row.longitude, latitude, longitude)
    return 0 if away <= row.within_m else round(away - row.within_m)


def booking_of(person: Person, schedule_id: uuid.UUID, starts_at: datetime) -> uuid.UUID | None:
    """Return the booking of a person in a shift."""
    return db.session.scalar(
        select(Booking.id).where(
            *(Booking.schedule_id == schedule_id, Booking.starts_at == starts_at),
            *(Booking.person_id == person.id, Booking.cancelled_at.is_(None), ~Booking.is_draft),
        )
    )
