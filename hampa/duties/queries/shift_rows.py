"""The statements of shifts: what is different about them, who has a place, and what a person has."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, union_all

from hampa.duties.models import NO_SHOW, Booking, ShiftChange, Standby
from hampa.people.queries import is_none_of
from hampa.platform.statements import built_once, is_one_of

MOST_LOOKED_AT = 2_000
"""The shifts that are made for one answer at most, the soonest: what all the schedules of a person give in a year is
half a million."""


def holds_place() -> ColumnElement[bool]:
    """Return the condition that a `Booking` takes a place of its shift: not cancelled, and no no-show."""
    return Booking.cancelled_at.is_(None) & Booking.attendance.is_distinct_from(NO_SHOW)


def buddy_name(hidden: Any) -> ColumnElement[str]:
    """Return the name under which somebody comes along on a `Booking`, "" for one of the people who are `hidden`."""
    shown = or_(Booking.buddy_id.is_(None), is_none_of(Booking.buddy_id, hidden))
    return case((shown, Booking.buddy_name), else_="").label("buddy_name")


@built_once
def changes_of(ids: list[uuid.UUID], since: datetime, until: datetime) -> Any:
    """Select what is different about shifts of schedules that begin, or were moved, between two moments."""
    there = or_(
        and_(ShiftChange.starts_at >= since, ShiftChange.starts_at < until),
        and_(ShiftChange.moved_to >= since, ShiftChange.moved_to < until),
    )
    changes = select(
        ShiftChange.schedule_id, ShiftChange.starts_at, ShiftChange.is_cancelled, ShiftChange.note, ShiftChange.moved_to
    ).where(is_one_of(ShiftChange.schedule_id, ids), there)
    soonest = func.coalesce(ShiftChange.moved_to, ShiftChange.starts_at)
    return changes.order_by(soonest, ShiftChange.id).limit(2 * MOST_LOOKED_AT)


@built_once
def shift_at(schedule_id: uuid.UUID, starts_at: datetime) -> Any:
    """Select one row: how many have a place and did not stay away, and what is different about the shift, NULL if nothing is."""
    people = select(func.count()).where(
        Booking.schedule_id == schedule_id, Booking.starts_at == starts_at, holds_place()
    )
    one = people.scalar_subquery().label("people")
    here = and_(ShiftChange.schedule_id == schedule_id, ShiftChange.starts_at == starts_at)
    nothing = select(literal(1).label("one")).subquery()
    columns = one, ShiftChange.is_cancelled, ShiftChange.note, ShiftChange.moved_to
    return select(*columns).select_from(nothing.outerjoin(ShiftChange, here))


@built_once
def bookings_at(schedule_id: uuid.UUID, starts_at: datetime) -> Any:
    """Select a booking of a shift."""
    at = Booking.schedule_id == schedule_id, Booking.starts_at == starts_at
    return select(Booking.id).where(*at).limit(1)


@built_once
def taken_of(ids: list[uuid.UUID], first: datetime, last: datetime) -> Any:
    """Select how many people have a place in each shift of schedules, and did not stay away."""
    return (
        select(Booking.schedule_id, Booking.starts_at, func.count().label("people"))
        .where(is_one_of(Booking.schedule_id, ids), Booking.starts_at.between(first, last))
        .where(holds_place())
        .group_by(Booking.schedule_id, Booking.starts_at)
    )


@built_once
def own_rows(person_id: uuid.UUID, since: datetime, until: datetime) -> Any:
    """Select the bookings of a person between two moments, and the shifts for a place in which they wait."""
    booked = select(
        Booking.id,
        Booking.schedule_id,
        Booking.starts_at,
        Booking.begins_at,
        Booking.ends_at,
        literal(False).label("is_standby"),
    ).where(
        Booking.person_id == person_id,
        Booking.cancelled_at.is_(None),
        ~Booking.is_draft,
        Booking.begins_at >= since,
        Booking.begins_at < until,
    )
    waits = select(
        Standby.id, Standby.schedule_id, Standby.starts_at, Standby.starts_at, Standby.starts_at, literal(True)
    ).where(Standby.person_id == person_id, Standby.starts_at >= since - timedelta(days=31))
    both = union_all(booked, waits).subquery()
    return select(*both.c)
