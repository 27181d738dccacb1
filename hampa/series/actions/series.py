"""Beginning a series, and making its runs. Whoever makes runs of a series holds its lock."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, literal, select

from hampa.people.models.person import Person
from hampa.people.queries.blocks import hidden_from
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.jobs import enqueue
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.locale.recurrence import Rule, localise
from hampa.runs.actions.plan import RunPlan, publish_run
from hampa.runs.actions.snapshots import invalidate_listing
from hampa.runs.models.organiser import RunOrganiser
from hampa.runs.models.run import Run
from hampa.series import queries
from hampa.series.actions.files import copy_files
from hampa.series.actions.memberships import add_members_to_run
from hampa.series.actions.plans import deserialize_plan, serialize_plan
from hampa.series.models import Series

AHEAD = timedelta(weeks=8)
"""How far ahead runs are made."""


def create_series(organiser: Person, plan: RunPlan, rule: Rule) -> Run:
    """A new series and its first run, which is returned; the worker makes the others.

    Raises Refused when the rule does not have the plan's day, and as `publish_run` does.
    """
    first = plan.starts_local.date()
    refuse_first_day(rule, first)
    series = Series(
        organiser_id=organiser.id,
        rule=rule.text(plan.timezone),
        timezone=plan.timezone,
        first_local=plan.starts_local,
        plan=serialize_plan(plan),
        next_on=rule.next_from(first, first + timedelta(days=1)),
    )
    db.session.add(series)
    db.session.flush()
    run = publish_run(organiser, plan)
    run.series_id, run.occurrence_on = series.id, first
    db.session.flush()
    enqueue("runs.make_runs_of_series", series_id=series.id)
    return run


def refuse_first_day(rule: Rule, first: date) -> None:
    """A rule begins with a day that it has."""
    if not rule.falls_on(first):
        raise Refused(_("The first one is on a %(day)s: choose that day too.", day=dates.weekday(first)), "days")


def make_runs(series_id: uuid.UUID, most: int | None = None) -> list[Run]:
    """Make the runs of the next eight weeks that do not exist yet, with their organisers and the series' members.

    With `most`, so many are made now, the nearest first, and the worker makes the others. Calling it twice, or twice at
    once, makes each run once. A series whose organiser is suspended makes no runs.
    """
    series = queries.locked(series_id)
    organiser = db.session.get_one(Person, series.organiser_id)
    if series.next_on is None or organiser.state != "active":
        return []
    last = dates.today(series.timezone) + AHEAD
    already = set(
        db.session.scalars(
            select(Run.occurrence_on).where(Run.series_id == series.id, Run.occurrence_on >= series.next_on)
        )
    )
    days = [
        day for day in series.days(series.next_on, last) if day not in already and _starts_on(series, day) > clock.now()
    ]
    made = [_make_run(organiser, series, day) for day in days[:most]]
    if len(made) < len(days):
        series.next_on = days[len(made)]
        enqueue("runs.make_runs_of_series", series_id=series.id)
    else:
        since = max(series.next_on, last + timedelta(days=1))
        series.next_on = series.recurs.next_from(series.first_local.date(), since)
    db.session.flush()
    return made


def make_run_on(series_id: uuid.UUID, day: date) -> None:
    """Make the run of a day that was left out and taken back, when its turn has come before. Doing it twice is doing it
    once. Raises NotFound.
    """
    series = queries.locked(series_id)
    if (
        series.ended_at is None
        and series.days(day, day)
        and not queries.was_made(series, day)
        and _starts_on(series, day) > clock.now()
    ):
        _make_run(db.session.get_one(Person, series.organiser_id), series, day)


def _make_run(organiser: Person, series: Series, day: date) -> Run:
    """A new run of a locked series, with its co-organisers, its files and all who come every time."""
    run = publish_run(organiser, plan_on(series, day))
    run.series_id, run.occurrence_on = series.id, day
    db.session.flush()
    _bring_what_stays(run)
    add_members_to_run(run)
    return run


def _bring_what_stays(run: Run) -> None:
    """The route, the cover and the co-organisers of the run before it in the series are this one's too; but nobody who is
    shut out, or whom a block hides from its owner.
    """
    before = select(Run.id).where(Run.series_id == run.series_id, Run.occurrence_on < run.occurrence_on)
    before_id = db.session.scalar(before.order_by(Run.occurrence_on.desc()).limit(1))
    if before_id is None:
        return
    copy_files(before_id, run)
    columns = ("id", "run_id", "person_id", "added_by_id", "agreed_at")
    own = (
        func.gen_random_uuid(),
        literal(run.id),
        RunOrganiser.person_id,
        RunOrganiser.added_by_id,
        RunOrganiser.agreed_at,
    )
    rows = (
        select(*own)
        .join(Person, Person.id == RunOrganiser.person_id)
        .where(
            RunOrganiser.run_id == before_id,
            Person.id != run.organiser_id,
            Person.state == "active",
            Person.id.not_in(hidden_from(run.organiser_id)),
        )
    )
    db.session.execute(insert(RunOrganiser).from_select(columns, rows, include_defaults=False))


def skip_day(organiser: Person, series_id: uuid.UUID, day: date) -> None:
    """Let a series leave a day out. Raises Refused when it has no run then, or one that is up already."""
    queries.series_of(organiser, series_id)
    series = queries.locked(series_id)
    if not series.days(day, day) or series.next_on is None:
        raise Refused(_("The series has no run on that day."), "skip_on")
    if day < series.next_on:
        raise Refused(_("This run is up already: cancel it on its own page."), "skip_on")
    series.skipped = [*series.skipped, day.isoformat()]
    invalidate_listing()


def restore_day(organiser: Person, series_id: uuid.UUID, day: date) -> None:
    """Let a series have a day again that it left out; the worker makes its run when others of that time are up already.

    Doing it twice is doing it once. Raises Refused when the day is past, or the series has ended, NotFound and Forbidden.
    """
    queries.series_of(organiser, series_id)
    series = queries.locked(series_id)
    if series.ended_at is not None:
        raise Refused(_("This series has ended."))
    if day not in series.days_off:
        return
    if _starts_on(series, day) <= clock.now():
        raise Refused(_("That day is past."))
    series.skipped = [one for one in series.skipped if one != day.isoformat()]
    if series.next_on is None or day < series.next_on:
        enqueue("runs.make_run_of_series", series_id=series.id, day=day)
    invalidate_listing()


def template_of(series: Series) -> RunPlan:
    """What all the runs follow, as of the series' first start."""
    return deserialize_plan(series.plan, series.first_local, series.timezone)


def _starts_on(series: Series, day: date) -> datetime:
    """When its run of a day starts. Where clocks skip its time, it starts when they have gone on."""
    return localise(datetime.combine(day, series.first_local.time()), series.timezone)


def plan_on(series: Series, day: date) -> RunPlan:
    """The plan of the run that the rule has on a day."""
    starts = shown_at(datetime.combine(day, series.first_local.time()), series.timezone)
    plan = deserialize_plan(series.plan, starts, series.timezone)
    if plan.joining_closes is None:
        return plan
    return replace(plan, joining_closes=min(shown_at(plan.joining_closes, series.timezone), starts))


def shown_at(wall: datetime, timezone: str) -> datetime:
    """What clocks show at a time of the wall clock: this time, or the one after it when they skip it."""
    return localise(wall, timezone).astimezone(ZoneInfo(timezone)).replace(tzinfo=None)
