"""Schedules of duties, and bookings."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hampa.crews.models import Crew
from hampa.duties.models import Booking, Schedule
from hampa.people.models import Person
from hampa.platform import clock
from tests.factories.base import made, number


def make_schedule(crew: Crew | None = None, **given: Any) -> Schedule:
    """Make a published schedule, every day at six in Tehran from yesterday on."""
    usual = {
        "name": f"Duty {number()}",
        "rule": "0 6 * * *",
        "timezone": "Asia/Tehran",
        "start_date": clock.now().date() - dt.timedelta(days=1),
        "crew_id": crew.id if crew else None,
        "published_at": clock.now(),
    }
    return made(Schedule, **(usual | given))


def make_booking(schedule: Schedule, person: Person, starts_at: dt.datetime | None = None, **given: Any) -> Booking:
    """Book a person into a shift, the next one by default."""
    starts_at = starts_at or schedule.shift_rule.next_starts(clock.now(), 1)[0]
    times = {"starts_at": starts_at, "begins_at": starts_at, "ends_at": starts_at + schedule.duration}
    return made(Booking, **({"schedule_id": schedule.id, "person_id": person.id, "place": 1} | times | given))
