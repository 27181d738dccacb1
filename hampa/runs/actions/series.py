"""Beginning a series, and making its runs. Whoever makes runs of a series holds its lock."""

from __future__ import annotations

import uuid
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from hampa.people.models import Person
from hampa.platform import clock, dates
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.i18n import gettext as _
from hampa.platform.queue import defer
from hampa.platform.recurrence import Rule, localise
from hampa.runs.actions.plan import PLANNED, Pace, Plan, publish_run
from hampa.runs.models.run import Run
from hampa.runs.models.series import Series
from hampa.runs.queries import series as queries

AHEAD = timedelta(weeks=8)
"""How far ahead runs are made."""

STARTS = ("starts_local", "timezone")
FOLLOWED = tuple(name for name in PLANNED if name not in STARTS)
"""What the runs of a series have from its plan; when they start, they have from its rule."""


def begin_series(organiser: Person, plan: Plan, rule: Rule) -> Run:
    """A new series and its first run, which is returned; the worker makes the others.

    Raises Refused when the rule does not have the plan's day, and as `publish_run` does.
    """
    first = plan.starts_local.date()
    if not rule.falls_on(first):
        day = dates.weekday(first)
        raise Refused(_("The first one is on a %(day)s: choose that day too.", day=day), "days")
    series = Series(
        organiser_id=organiser.id,
        rule=rule.text(plan.timezone),
        timezone=plan.timezone,
        first_local=plan.starts_local,
        plan=kept(plan),
        next_on=rule.next_from(first, first + timedelta(days=1)),
    )
    db.session.add(series)
    db.session.flush()
    run = publish_run(organiser, plan)
    run.series_id, run.occurrence_on = series.id, first
    db.session.flush()
    defer("runs.make_runs_of_series", series_id=series.id)
    return run


def make_runs(series_id: uuid.UUID) -> list[Run]:
    """Make the runs of the next eight weeks that have not been made yet. Doing it twice, or at once, is doing it once."""
    series = queries.locked(series_id)
    if series.next_on is None:
        return []
    organiser = db.session.get_one(Person, series.organiser_id)
    last = dates.today(series.timezone) + AHEAD
    already = set(
        db.session.scalars(
            select(Run.occurrence_on).where(Run.series_id == series.id, Run.occurrence_on >= series.next_on)
        )
    )
    made = []
    for day in series.days(series.next_on, last):
        plan = plan_on(series, day)
        if day not in already and localise(plan.starts_local, plan.timezone) > clock.now():
            run = publish_run(organiser, plan)
            run.series_id, run.occurrence_on = series.id, day
            made.append(run)
    since = max(series.next_on, last + timedelta(days=1))
    series.next_on = series.recurs.next_from(series.first_local.date(), since)
    db.session.flush()
    return made


def plan_of(series: Series) -> Plan:
    """What all the runs follow, as of the series' first start."""
    said = {name: value for name, value in series.plan.items() if name in FOLLOWED}
    km, closes = said.get("distance_km"), said.get("joining_closes")
    said["distance_km"] = None if km is None else Decimal(km)
    said["joining_closes"] = None if closes is None else series.first_local - timedelta(minutes=closes)
    said["pace_groups"] = tuple(
        Pace(**group | {"leader_id": group["leader_id"] and uuid.UUID(group["leader_id"])})
        for group in said.get("pace_groups", [])
    )
    return Plan(starts_local=series.first_local, timezone=series.timezone, **said)


def plan_on(series: Series, day: date) -> Plan:
    """The plan of the run that the rule has on a day. Where clocks skip its time, it starts when they have gone on."""
    plan, starts_local = plan_of(series), wall_on(series, day)
    closes = plan.joining_closes and starts_local - (plan.starts_local - plan.joining_closes)
    return replace(plan, starts_local=starts_local, joining_closes=closes)


def wall_on(series: Series, day: date) -> datetime:
    """What clocks there show when the run of a day starts."""
    starts_at = localise(datetime.combine(day, series.first_local.time()), series.timezone)
    return starts_at.astimezone(ZoneInfo(series.timezone)).replace(tzinfo=None)


def kept(plan: Plan) -> dict[str, Any]:
    """A plan as a series keeps it, without its start: joining closes some minutes before that."""
    said = {name: getattr(plan, name) for name in FOLLOWED}
    said["distance_km"] = None if plan.distance_km is None else str(plan.distance_km)
    if plan.joining_closes is not None:
        said["joining_closes"] = int((plan.starts_local - plan.joining_closes) / timedelta(minutes=1))
    said["pace_groups"] = [
        {**asdict(group), "leader_id": group.leader_id and str(group.leader_id)} for group in plan.pace_groups
    ]
    return said
