"""Activities and timers."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.training.models.activities import Activity
from hampa.training.models.timers import Timer
from tests.factories.base import made


def make_activity(person: Person, ago: dt.timedelta = dt.timedelta(days=1), **given: Any) -> Activity:
    """Make a run of 45 minutes and 8 km, by default of yesterday."""
    started_at = given.pop("started_at", None) or clock.now() - ago
    duration_s = given.get("duration_s", 45 * 60)
    zone = given.get("timezone", person.timezone)
    usual = {
        "kind": "run",
        "started_at": started_at,
        "ended_at": started_at + dt.timedelta(seconds=duration_s),
        "duration_s": duration_s,
        "timezone": zone,
        "day": started_at.astimezone(ZoneInfo(zone)).date(),
        "distance_m": 8_000,
        "person_id": person.id,
    }
    return made(Activity, **(usual | given))


def make_timer(person: Person, ago: dt.timedelta = dt.timedelta(minutes=10), **given: Any) -> Timer:
    """Start the timer of a person some time ago."""
    usual = {"kind": "run", "timezone": person.timezone, "started_at": clock.now() - ago, "person_id": person.id}
    return made(Timer, **(usual | given))


def training_values(person: Person) -> dict[str, Any]:
    """Return what stands for placeholders of routes: an activity of a person, which their companions see."""
    theirs = db.session.scalar(select(Activity).where(Activity.person_id == person.id))
    return {"activity_id": (theirs or make_activity(person, visibility="companions")).id}
