"""Shifts to come that miss people."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select

from hampa.duties.models import Booking, Schedule, ShiftChange
from hampa.platform.db import db


def short_shifts(now: datetime) -> Iterator[tuple[Schedule, datetime, int]]:
    """Yield each shift that begins within the warning of its schedule and misses people: schedule, begin, how many."""
    active = Schedule.is_active, Schedule.published_at.is_not(None), Schedule.min_people > 0, Schedule.warn_hours > 0
    for schedule in db.session.scalars(
        select(Schedule).where(*active).order_by(Schedule.id).execution_options(yield_per=200)
    ):
        until = now + timedelta(hours=schedule.warn_hours)
        at = Booking.schedule_id == schedule.id, Booking.cancelled_at.is_(None), Booking.begins_at > now
        counts = select(Booking.starts_at, func.count()).where(*at).group_by(Booking.starts_at)
        taken: dict[datetime, int] = {row[0]: row[1] for row in db.session.execute(counts)}
        changes = {
            row.starts_at: row
            for row in db.session.scalars(select(ShiftChange).where(ShiftChange.schedule_id == schedule.id))
        }
        for start in schedule.shift_rule.starts_between(now, until):
            change = changes.get(start)
            missing = schedule.min_people - taken.get(start, 0)
            if missing > 0 and (change is None or not (change.is_cancelled or change.moved_to)):
                yield schedule, start, missing
