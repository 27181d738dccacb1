"""The weekly series of the demo with their members; their runs count among the runs to come."""

import random
import uuid
from datetime import datetime, time, timedelta

from sqlalchemy import func, select

from hampa.demo import data
from hampa.demo.actions.people import demo_id
from hampa.demo.actions.routes import add_route
from hampa.people.models import Person
from hampa.plans.actions import RunPlan
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale import dates
from hampa.platform.locale.recurrence import Rule
from hampa.runs.models.run import Run
from hampa.series.actions import series as actions
from hampa.series.models import Series, SeriesMembership

IDS = [demo_id("series", number) for number in range(len(data.WEEKLIES))]

RUNS = len(IDS) * (actions.AHEAD // timedelta(weeks=1))
"""The number of their runs to come; on the day itself there is one more of each."""


def make_series(people: list[Person]) -> None:
    """Create the missing series, and make the runs of the weeks ahead."""
    for position, (series_id, weekly) in enumerate(zip(IDS, data.WEEKLIES, strict=True)):
        is_new = db.session.get(Series, series_id) is None
        if is_new:
            _add_series(series_id, weekly, people)
        for number, run in enumerate(actions.make_runs(series_id)):
            if is_new:
                dice = random.Random(weekly.title)  # noqa: S311 - no secret
                add_route(run, demo_id("series-route", position, number), dice)
    db.session.flush()


def upcoming_runs() -> int:
    """Return the number of their runs to come."""
    conditions = (Run.series_id.in_(IDS), Run.starts_at > clock.now(), Run.cancelled_at.is_(None))
    return db.session.scalar(select(func.count()).where(*conditions)) or 0


def _add_series(series_id: uuid.UUID, weekly: data.Weekly, people: list[Person]) -> None:
    spot = next(spot for spot in data.SPOTS if spot.name.startswith(weekly.spot))
    rule = Rule(days=(weekly.day,), week_starts="sat" if spot.locale == "fa" else "mon")
    tomorrow = dates.today(spot.timezone) + timedelta(days=1)
    first = next(day for day in (tomorrow + timedelta(days=n) for n in range(7)) if rule.falls_on(day))
    plan = RunPlan(
        title=weekly.title,
        description=weekly.description,
        starts_local=datetime.combine(first, time(*weekly.hour)),
        timezone=spot.timezone,
        place=spot.name,
        latitude=spot.latitude,
        longitude=spot.longitude,
        distance_km=weekly.distance_km,
        duration_min=weekly.duration_min,
        terrain=spot.terrain,
        meet_minutes_before=10,
    )
    organiser = people[weekly.organiser - 1]
    db.session.add(
        Series(
            id=series_id,
            organiser_id=organiser.id,
            rule=rule.text(spot.timezone),
            timezone=spot.timezone,
            first_local=plan.starts_local,
            plan=actions.serialize_plan(plan),
            next_on=first,
        )
    )
    db.session.flush()
    neighbours = [person for person in people if person.timezone == spot.timezone and person is not organiser]
    members = random.Random(weekly.title).sample(neighbours, weekly.regulars)  # noqa: S311 - no secret
    for number, person in enumerate(members):
        since = clock.now() - timedelta(days=90 - number)
        db.session.add(SeriesMembership(series_id=series_id, person_id=person.id, created_at=since))
    db.session.flush()
