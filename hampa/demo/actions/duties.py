"""The duties of the demo: those of each crew in its language, with shifts of before, of which a day waits to be closed."""

import datetime as dt
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from hampa.closeouts.models import CloseOut
from hampa.crews.models import ACTIVE, CrewMembership
from hampa.demo import data
from hampa.demo.actions.crews import IDS
from hampa.demo.actions.people import demo_id
from hampa.duties.models import ATTENDED, Booking, Schedule
from hampa.duties.queries.occasions import day_bounds
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale import dates

BACK = timedelta(weeks=8)
UNKNOWN = timedelta(days=8)
"""How long ago the shifts began of which nobody has said yet who came."""
AHEAD = timedelta(days=3)
BOOKED = 3
"""Shifts to come that somebody has taken; those of before are all taken."""


def make_duties() -> None:
    """Create the missing duties, and add the bookings of the last days and of the next shifts."""
    for position, (crew_id, sample) in enumerate(zip(IDS, data.CREWS, strict=True)):
        members = db.session.scalars(
            select(CrewMembership.person_id)
            .where(CrewMembership.crew_id == crew_id, CrewMembership.status == ACTIVE)
            .order_by(CrewMembership.joined_at, CrewMembership.id)
            .limit(BOOKED)
        ).all()
        if members:
            ends = [_make(position, number, crew_id, sample, members) for number in range(len(sample.duties))]
            _add_closeout(position, crew_id, sample, max((end for end in ends if end), default=None))


def _make(
    position: int, number: int, crew_id: uuid.UUID, sample: data.SampleCrew, members: Sequence[uuid.UUID]
) -> datetime | None:
    """Make one duty of a crew with its bookings; return when the last of its shifts that are over ended."""
    duty, now = data.SampleDuty(**sample.duties[number]), clock.now()
    start, end = _season(now.date(), duty.begins, duty.ends)
    schedule_id = demo_id("duty-schedule", position, number)
    values = {
        "id": schedule_id,
        "crew_id": crew_id,
        "name": duty.name,
        "role": duty.role,
        "rule": duty.rule,
        "timezone": duty.timezone or sample.timezone,
        "start_date": start,
        "end_date": end,
        "duration_min": duty.minutes,
        "max_people": duty.people,
        "instructions": duty.instructions,
        "published_at": now,
    }
    db.session.execute(insert(Schedule).values(**values).on_conflict_do_nothing())
    schedule = db.session.get_one(Schedule, schedule_id)
    starts = schedule.shift_rule.next_starts(now - BACK, 80)
    past = [one for one in starts if one + schedule.duration < now]
    coming = [one for one in starts if one > now + timedelta(hours=3)][:BOOKED]
    rows = [
        {
            "id": demo_id("duty-booking", position, number, int(one.timestamp())),
            "schedule_id": schedule_id,
            "starts_at": one,
            "begins_at": one,
            "ends_at": one + schedule.duration,
            "place": 1,
            "created_at": min(now, one - AHEAD),
            "attendance": ATTENDED if one < now - UNKNOWN else None,
            "person_id": members[(one.toordinal() // 7 + number + place) % len(members)],
        }
        for place, one in enumerate([*past, *coming])
    ]
    if rows:
        db.session.execute(insert(Booking).values(rows).on_conflict_do_nothing())
    return past[-1] + schedule.duration if past else None


def _season(today: dt.date, begins: list[int], ends: list[int]) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of the season that goes on, or of the next one."""
    years = range(today.year - 1, today.year + 2)
    seasons = [(dt.date(year, *begins), dt.date(year + (ends < begins), *ends)) for year in years]
    return next((start, end) for start, end in seasons if end >= today)


def _add_closeout(position: int, crew_id: uuid.UUID, sample: data.SampleCrew, ended_at: datetime | None) -> None:
    """Let the last day with duties wait for somebody to close it out."""
    if ended_at is None:
        return
    day = dates.to_local(ended_at, sample.timezone).date()
    since, until = day_bounds(day, sample.timezone)
    values = {
        "id": demo_id("closeout", position, day.toordinal()),
        "crew_id": crew_id,
        "day": day,
        "timezone": sample.timezone,
        "since": since,
        "until": until,
        "ended_at": ended_at,
        "remind_at": clock.now(),
        "reminded_at": clock.now(),
    }
    db.session.execute(insert(CloseOut).values(**values).on_conflict_do_nothing())
