"""The weekly series of the demo, with people who come every time. Their runs count among the runs to come."""

from __future__ import annotations

import random
from datetime import datetime, time, timedelta

from sqlalchemy import func, select

from hampa.demo import data
from hampa.demo.actions.people import demo_id
from hampa.demo.actions.routes import add_route
from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.locale import dates
from hampa.platform.locale.recurrence import Rule
from hampa.runs.actions.plan import RunPlan
from hampa.runs.models.run import Run
from hampa.series.actions import series as actions
from hampa.series.models import Series, SeriesMembership

IDS = [demo_id("series", number) for number in range(len(data.WEEKLIES))]

RUNS = len(IDS) * (actions.AHEAD // timedelta(weeks=1))
"""How many of theirs are to come; one more of each on the day itself."""


def make_series(people: list[Person]) -> None:
    """Begin the series that are not there yet, and make the runs of the weeks ahead."""
    for series_id, weekly in zip(IDS, data.WEEKLIES, strict=True):
        if db.session.get(Series, series_id) is None:
            _begin(people, weekly)
            for number, run in enumerate(actions.make_runs(series_id)):
                add_route(run, demo_id("series-route", IDS.index(series_id), number), random.Random(weekly.title))  # noqa: S311 - a drawing
        else:
            actions.make_runs(series_id)
    db.session.flush()


def runs_to_come() -> int:
    """How many of the runs to come are theirs."""
    mine = (Run.series_id.in_(IDS), Run.starts_at > clock.now(), Run.cancelled_at.is_(None))
    return db.session.scalar(select(func.count()).where(*mine)) or 0


def _begin(people: list[Person], weekly: data.Weekly) -> None:
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
    series_id = IDS[data.WEEKLIES.index(weekly)]
    db.session.add(
        Series(
            id=series_id,
            organiser_id=people[weekly.organiser - 1].id,
            rule=rule.text(spot.timezone),
            timezone=spot.timezone,
            first_local=plan.starts_local,
            plan=actions.serialize_plan(plan),
            next_on=first,
        )
    )
    db.session.flush()
    organiser = people[weekly.organiser - 1]
    near = [one for one in people if one.timezone == spot.timezone and one is not organiser]
    for number, person in enumerate(random.Random(weekly.title).sample(near, weekly.regulars)):  # noqa: S311 - a community
        since = clock.now() - timedelta(days=90 - number)
        db.session.add(SeriesMembership(series_id=series_id, person_id=person.id, created_at=since))
    db.session.flush()
