"""Whether a person has to do with duties, as home asks it."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select

from hampa.duties.models import Booking, Schedule
from hampa.duties.queries.bookings import is_of
from hampa.duties.queries.schedules import coordinates

RECENTLY = timedelta(days=90)


def has_duties(person_id: Any) -> ColumnElement[bool]:
    """Return the condition that a person had a duty of late, has one to come, or coordinates some."""
    return or_(
        exists().where(Booking.person_id == person_id, ~Booking.is_draft, Booking.begins_at > func.now() - RECENTLY),
        exists().where(coordinates(person_id), Schedule.is_active),
    )


def coming_condition(person_id: Any, now: Any) -> ColumnElement[bool]:
    """Return the condition that a person has a duty that begins within a day or goes on."""
    there = select(Booking.id).where(
        is_of(person_id), Booking.ends_at > now, Booking.begins_at < now + timedelta(days=1)
    )
    return there.exists()
