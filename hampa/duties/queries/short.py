"""Shifts to come that are short of people."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from hampa.duties.models import Booking, Schedule, ShiftChange
from hampa.duties.queries.shift_rows import MOST_LOOKED_AT, holds_place
from hampa.platform.db import db

MOST_WARNINGS = 12
"""The shifts of one schedule of which its coordinators are warned together, the soonest; the others follow."""


class ShortStart(NamedTuple):
    """A shift that is short of people: when it begins, which was `starts_at` before it was moved, and how many it misses."""

    begins_at: datetime
    starts_at: datetime
    missing: int


def schedules_to_warn_of(after: uuid.UUID | None, batch: int) -> Sequence[Schedule]:
    """Return some schedules whose coordinators want warnings, by id, those after an id."""
    active = Schedule.is_active, Schedule.published_at.is_not(None), Schedule.min_people > 0, Schedule.warn_hours > 0
    query = select(Schedule).where(*active).order_by(Schedule.id).limit(batch)
    return db.session.scalars(query.where(Schedule.id > after) if after is not None else query).all()


def short_shifts(schedule: Schedule, now: datetime) -> list[ShortStart]:
    """Return the soonest shifts that begin within the warning of a schedule, moved there or not, and are short of people."""
    until = now + timedelta(hours=schedule.warn_hours)
    starts = list(islice(schedule.shift_rule.walk(now, until), MOST_LOOKED_AT))
    changed: dict[datetime, datetime | None] = {start: start for start in starts}
    changed.update(_changed(schedule.id, starts, now, until))
    begins = {start: at for start, at in changed.items() if at is not None and now <= at < until}
    if not begins:
        return []
    at = Booking.schedule_id == schedule.id, Booking.starts_at.in_(begins)
    counts = select(Booking.starts_at, func.count()).where(*at, holds_place())
    taken: dict[datetime, int] = {row[0]: row[1] for row in db.session.execute(counts.group_by(Booking.starts_at))}
    missing = {start: schedule.min_people - taken.get(start, 0) for start in begins}
    short = sorted(ShortStart(begins[start], start, count) for start, count in missing.items() if count > 0)
    return short[:MOST_WARNINGS]


def _changed(
    schedule_id: uuid.UUID, starts: list[datetime], now: datetime, until: datetime
) -> dict[datetime, datetime | None]:
    """Return when shifts with a change begin, by their starts, None for those that are cancelled."""
    moved_here = and_(ShiftChange.moved_to >= now, ShiftChange.moved_to < until)
    of_rule: ColumnElement[bool] = ShiftChange.starts_at.between(starts[0], starts[-1]) if starts else false()
    query = select(ShiftChange.starts_at, ShiftChange.moved_to, ShiftChange.is_cancelled)
    query = query.where(ShiftChange.schedule_id == schedule_id, or_(moved_here, of_rule)).limit(2 * MOST_LOOKED_AT)
    return {row[0]: None if row[2] else row[1] or row[0] for row in db.session.execute(query)}
