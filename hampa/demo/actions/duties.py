"""The duties of the demo: the patrols of its first crew, one for each season."""

import datetime as dt
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from hampa.crews.models import ACTIVE, CrewMembership
from hampa.demo import data
from hampa.demo.actions.crews import IDS
from hampa.demo.actions.people import demo_id
from hampa.duties.models import MARSHAL, SWEEP, Booking, Schedule
from hampa.platform import clock
from hampa.platform.db import db

PATROLS = (
    ("Summer Patrol", SWEEP, "0 0,2 * 11-12,1-4 6,0,1", (11, 1), (4, 30)),
    ("Winter Patrol", MARSHAL, "0 1,3 * 5-10 6,0,1", (5, 1), (10, 31)),
)
"""Name, role and rule of each, with the month and day on which its season begins and ends."""
BOOKED = 3
"""Shifts to come that somebody has taken."""


def make_duties() -> None:
    """Create the missing patrols, and take the first shifts of the season that goes on."""
    crew_id, sample = IDS[0], data.CREWS[0]
    members = db.session.scalars(
        select(CrewMembership.person_id)
        .where(CrewMembership.crew_id == crew_id, CrewMembership.status == ACTIVE)
        .order_by(CrewMembership.joined_at, CrewMembership.id)
        .limit(BOOKED)
    ).all()
    today = clock.now().date()
    for number, (name, role, rule, begins, ends) in enumerate(PATROLS):
        start, end = _season(today, begins, ends)
        values = {
            "id": demo_id("duty-schedule", number),
            "crew_id": crew_id,
            "name": name,
            "role": role,
            "rule": rule,
            "timezone": sample.timezone,
            "start_date": start,
            "end_date": end,
            "duration_min": 120,
            "max_people": 2,
            "published_at": clock.now(),
        }
        made = db.session.scalar(insert(Schedule).values(**values).on_conflict_do_nothing().returning(Schedule.id))
        if made is not None:
            _book(number, Schedule(**values), list(members))


def _season(today: dt.date, begins: tuple[int, int], ends: tuple[int, int]) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of the season that goes on, or of the next one."""
    years = range(today.year - 1, today.year + 2)
    seasons = [(dt.date(year, *begins), dt.date(year + (ends < begins), *ends)) for year in years]
    return next((start, end) for start, end in seasons if end >= today)


def _book(number: int, schedule: Schedule, members: list[object]) -> None:
    starts = schedule.shift_rule.next_starts(clock.now() + timedelta(hours=3), BOOKED)
    for position, (start, person_id) in enumerate(zip(starts, members, strict=False)):
        values = {
            "id": demo_id("duty-booking", number, position),
            "schedule_id": schedule.id,
            "starts_at": start,
            "begins_at": start,
            "ends_at": start + schedule.duration,
            "place": 1,
            "person_id": person_id,
        }
        db.session.execute(insert(Booking).values(**values).on_conflict_do_nothing())
