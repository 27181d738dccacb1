"""Shifts to come that miss people."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import func, select

from hampa.duties.models import Booking, Schedule, ShiftChange
from hampa.duties.queries.shifts import MOST_LOOKED_AT
from hampa.platform.db import db

MOST_WARNINGS = 12
"""The shifts of one schedule of which its coordinators are warned together, the soonest; the others follow."""


def schedules_to_warn_of(after: uuid.UUID | None, batch: int) -> Sequence[Schedule]:
    """Return some schedules whose coordinators want warnings, by id, those after an id."""
    active = Schedule.is_active, Schedule.published_at.is_not(None), Schedule.min_people > 0, Schedule.warn_hours > 0
    query = select(Schedule).where(*active).order_by(Schedule.id).limit(batch)
    return db.session.scalars(query.where(Schedule.id > after) if after is not None else query).all()


def short_shifts(schedule: Schedule, now: datetime) -> Iterator[tuple[datetime, int]]:
    """Yield the soonest shifts that begin within the warning of a schedule and miss people: the begin, how many."""
    until = now + timedelta(hours=schedule.warn_hours)
    starts = list(islice(schedule.shift_rule.walk(now, until), MOST_LOOKED_AT))
    if not starts:
        return
    at = Booking.schedule_id == schedule.id, Booking.starts_at.between(starts[0], starts[-1])
    counts = select(Booking.starts_at, func.count()).where(*at, Booking.cancelled_at.is_(None))
    taken: dict[datetime, int] = {row[0]: row[1] for row in db.session.execute(counts.group_by(Booking.starts_at))}
    gone = select(ShiftChange.starts_at).where(
        ShiftChange.schedule_id == schedule.id,
        ShiftChange.starts_at.between(starts[0], starts[-1]),
        ShiftChange.is_cancelled | ShiftChange.moved_to.is_not(None),
    )
    left_out = set(db.session.scalars(gone))
    short = (
        (start, schedule.min_people - taken.get(start, 0))
        for start in starts
        if start not in left_out and taken.get(start, 0) < schedule.min_people
    )
    yield from islice(short, MOST_WARNINGS)
