"""Reminders of duties, and warnings of shifts that are short of people."""

import uuid
from datetime import timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import joinedload

from hampa.duties.actions.notifying import with_buddy
from hampa.duties.models import Booking
from hampa.duties.queries.schedules import coordinators_of
from hampa.duties.queries.short import schedules_to_warn_of, short_shifts
from hampa.notifications.actions.notifying import notify
from hampa.platform import clock
from hampa.platform.db import db

DAY = timedelta(hours=24)
DAY_KIND, OWN_KIND = "day", "own"


def remind(batch: int = 200) -> int:
    """Send reminders that are due, a day before a shift and at the time that its person chose; return how many.

    Who took a place less than a day before is not reminded of the day.
    """
    now = clock.now()
    own = Booking.begins_at - func.make_interval(0, 0, 0, 0, 0, Booking.remind_min)
    due = or_(
        and_(
            Booking.reminded_at.is_(None), Booking.begins_at <= now + DAY, Booking.created_at < Booking.begins_at - DAY
        ),
        and_(Booking.reminded_again_at.is_(None), Booking.remind_min.is_not(None), own <= now),
    )
    query = (
        select(Booking)
        .join(Booking.schedule)
        .options(joinedload(Booking.schedule, innerjoin=True))
        .where(
            Booking.cancelled_at.is_(None), Booking.begins_at > now, Booking.begins_at <= now + timedelta(days=3), due
        )
        .where(~Booking.is_draft)
        .order_by(Booking.begins_at, Booking.id)
        .limit(batch)
        .with_for_update(of=Booking, skip_locked=True)
    )
    bookings = db.session.scalars(query).all()
    for booking in bookings:
        own_at = booking.begins_at - timedelta(minutes=booking.remind_min) if booking.remind_min else None
        kind = DAY_KIND
        if own_at is not None and own_at <= now and booking.reminded_again_at is None:
            kind, booking.reminded_again_at = OWN_KIND, now
        if booking.begins_at <= now + DAY and booking.reminded_at is None:
            booking.reminded_at = now
        notify(
            with_buddy(booking),
            "duty_reminder",
            subject_id=booking.id,
            data={"kind": kind},
            event=f"{booking.id}:{kind}:{booking.begins_at.isoformat()}",
            expires_at=booking.ends_at,
        )
    db.session.flush()
    return len(bookings)


def warn_of_short_shifts(after: uuid.UUID | None = None, batch: int = 100) -> uuid.UUID | None:
    """Tell coordinators once of each shift that begins soon and is short of people, of some schedules, those after an id.

    Return the id of the last of them, None at the end.
    """
    now = clock.now()
    rows = schedules_to_warn_of(after, batch)
    for row in rows:
        short = short_shifts(row, now)
        if not short:
            continue
        people = coordinators_of(row)
        for begins_at, _starts_at, missing in short:
            notify(
                people,
                "duty_short",
                subject_id=row.id,
                data={"begins_at": begins_at.isoformat(), "missing": missing},
                event=f"{row.id}:{begins_at.isoformat()}",
                expires_at=begins_at,
            )
    return rows[-1].id if rows else None
