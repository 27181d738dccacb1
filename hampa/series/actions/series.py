"""Creating a series and making its runs. Whatever makes runs of a series holds its lock."""

import uuid
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, literal, select

from hampa.leading.actions import copy_leaders, lead_in_series
from hampa.people.models import Person
from hampa.people.queries import hidden_from
from hampa.photos.models import COVER, RunPicture, file_of
from hampa.photos.queries import cover_of, has_cover
from hampa.plans.actions import GROUP_COLUMNS, PLAN_FIELDS, PaceGroupPlan, RunPlan, publish_run
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.jobs import enqueue
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.locale.recurrence import Rule, localise
from hampa.platform.media import storage
from hampa.questions.models import deserialize_questions, serialize_questions
from hampa.routes.actions import copy_route
from hampa.runs.actions.listing import invalidate_listing
from hampa.runs.models.run import Run, RunOrganiser
from hampa.series import queries
from hampa.series.actions.memberships import add_members_to_run
from hampa.series.models import Series

AHEAD = timedelta(weeks=8)
"""How far ahead runs are made."""
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
FOLLOWED = tuple(name for name in PLAN_FIELDS if name not in ("starts_local", "timezone"))
"""Fields that runs take from the plan of their series; their start comes from its rule."""


def create_series(organiser: Person, plan: RunPlan, rule: Rule) -> Run:
    """Create a series and return its first run; the worker makes the others. Raise Refused."""
    first = plan.starts_local.date()
    refuse_first_day(rule, first)
    series = Series(
        organiser_id=organiser.id,
        rule=rule.text(plan.timezone),
        timezone=plan.timezone,
        first_local=plan.starts_local,
        plan=serialize_plan(plan),
        crew_id=plan.crew_id,
        next_on=rule.next_from(first, first + DAY),
    )
    db.session.add(series)
    db.session.flush()
    run = _publish(organiser, series, plan, first)
    lead_in_series(run)
    enqueue("runs.make_runs_of_series", series_id=series.id)
    return run


def refuse_first_day(rule: Rule, first: date) -> None:
    """Raise Refused if the rule cannot begin with this day."""
    if not rule.falls_on(first):
        raise Refused(_("The first one is on a %(day)s: choose that day too.", day=dates.weekday(first)), "days")


def make_runs(series_id: uuid.UUID, limit: int | None = None) -> list[Run]:
    """Make the missing runs of the next eight weeks, with their organisers and the series' members.

    With `limit`, so many are made, the nearest first, and the worker makes the others. Calling it twice, or twice at
    once, makes each run once. A series whose organiser is suspended makes no runs.
    """
    series = queries.locked_series(series_id)
    organiser = db.session.get_one(Person, series.organiser_id)
    if series.next_on is None or organiser.state != "active":
        return []
    last = dates.today(series.timezone) + AHEAD
    query = select(Run.occurrence_on).where(Run.series_id == series.id, Run.occurrence_on >= series.next_on)
    existing = set(db.session.scalars(query))
    days = [day for day in series.days(series.next_on, last) if day not in existing and _is_to_come(series, day)]
    runs = [_make_run(organiser, series, day) for day in days[:limit]]
    if len(runs) < len(days):
        series.next_on = days[len(runs)]
        enqueue("runs.make_runs_of_series", series_id=series.id)
    else:
        series.next_on = series.recurrence.next_from(series.first_day, max(series.next_on, last + DAY))
    db.session.flush()
    return runs


def make_run_on(series_id: uuid.UUID, day: date) -> None:
    """Make the run of a restored day whose turn has passed. Doing it twice is doing it once. Raise NotFound."""
    series = queries.locked_series(series_id)
    is_due = series.ended_at is None and series.days(day, day) and _is_to_come(series, day)
    if is_due and not queries.has_run_on(series.id, [day]):
        _make_run(db.session.get_one(Person, series.organiser_id), series, day)


def _make_run(organiser: Person, series: Series, day: date) -> Run:
    """Make a run of a locked series: files and co-organisers come from the run before it, then all members join."""
    run = _publish(organiser, series, plan_on(series, day), day)
    previous = select(Run.id).where(Run.series_id == series.id, Run.occurrence_on < day)
    previous_id = db.session.scalar(previous.order_by(Run.occurrence_on.desc()).limit(1))
    if previous_id is not None:
        copy_files(previous_id, run)
        _copy_organisers(previous_id, run)
    add_members_to_run(run)
    if previous_id is not None:
        copy_leaders(previous_id, run)
    return run


def _publish(organiser: Person, series: Series, plan: RunPlan, day: date) -> Run:
    run = publish_run(organiser, plan)
    run.series_id, run.occurrence_on = series.id, day
    db.session.flush()
    return run


def _copy_organisers(source_id: uuid.UUID, run: Run) -> None:
    """Copy the co-organisers of a run who agreed to organise the later runs of the series too.

    Left out are people who are shut out or whom a block hides from its owner.
    """
    rows = (
        select(
            func.gen_random_uuid(),
            literal(run.id),
            RunOrganiser.person_id,
            RunOrganiser.added_by_id,
            RunOrganiser.agreed_at,
            RunOrganiser.for_series,
            RunOrganiser.takes_over,
        )
        .join(Person, Person.id == RunOrganiser.person_id)
        .where(
            RunOrganiser.run_id == source_id,
            RunOrganiser.agreed_at.is_not(None),
            RunOrganiser.for_series,
            Person.id != run.organiser_id,
            Person.state == "active",
            Person.id.not_in(hidden_from(run.organiser_id)),
        )
    )
    columns = ("id", "run_id", "person_id", "added_by_id", "agreed_at", "for_series", "takes_over")
    db.session.execute(insert(RunOrganiser).from_select(columns, rows, include_defaults=False))


def copy_files(source_id: uuid.UUID, run: Run) -> None:
    """Copy the finished route and cover of another run to a new run that has none of its own."""
    copy_route(source_id, run)
    # A restored backup may lack files. Photos belong to their day.
    cover = cover_of(source_id)
    if cover is not None and not has_cover(run.id):
        new_id, widths = ids.new_id(), cover.widths or ()
        files = {file_of(source_id, cover.id, width): file_of(run.id, new_id, width) for width in widths}
        if all(map(storage.exists, files)):
            for source, target in files.items():
                storage.copy(source, target)
            picture = RunPicture(run_id=run.id, person_id=cover.person_id, kind=COVER)
            picture.id, picture.widths, picture.height = new_id, cover.widths, cover.height
            db.session.add(picture)
    db.session.flush()


def skip_day(organiser: Person, series_id: uuid.UUID, day: date) -> None:
    """Leave out a day of a series, if it is not left out already.

    Raise Refused when the series has no run then, or the run exists already.
    """
    series = queries.locked_organised_series(organiser, series_id)
    if day in series.days_off:
        return
    if not series.days(day, day) or series.next_on is None:
        raise Refused(_("The series has no run on that day."), "skip_on")
    if day < series.next_on:
        raise Refused(_("This run is published already: cancel it on its own page."), "skip_on")
    series.skipped = [*series.skipped, day.isoformat()]
    invalidate_listing()


def restore_day(organiser: Person, series_id: uuid.UUID, day: date) -> None:
    """Restore a skipped day, and its run if its turn has passed. Raise Refused, NotFound and Forbidden."""
    series = queries.locked_organised_series(organiser, series_id)
    if series.ended_at is not None:
        raise Refused(_("This series has ended."))
    if day not in series.days_off:
        return
    if not _is_to_come(series, day):
        raise Refused(_("That day is in the past."))
    series.skipped = [skipped for skipped in series.skipped if skipped != day.isoformat()]
    if series.next_on is None or day < series.next_on:
        enqueue("runs.make_run_of_series", series_id=series.id, day=day)
    invalidate_listing()


def _is_to_come(series: Series, day: date) -> bool:
    return localise(datetime.combine(day, series.first_local.time()), series.timezone) > clock.now()


def serialize_plan(plan: RunPlan) -> dict[str, Any]:
    """Return a plan as JSON, without its start and its crew; `joining_closes` becomes minutes before the start."""
    return {name: getattr(plan, name) for name in FOLLOWED if name != "crew_id"} | {
        "distance_km": None if plan.distance_km is None else str(plan.distance_km),
        "joining_closes": plan.joining_closes and (plan.starts_local - plan.joining_closes) // MINUTE,
        "pace_groups": [
            # The release before reads a leader here; who leads is asked for each run.
            {name: getattr(group, name) for name in GROUP_COLUMNS} | {"leader_id": None}
            for group in plan.pace_groups
        ],
        "questions": serialize_questions(plan.questions),
    }


def stored_plan(series: Series, starts_local: datetime) -> RunPlan:
    """Return the plan of a series for a run that starts then; fields that are newer than the stored plan have defaults."""
    fields = {name: value for name, value in series.plan.items() if name in FOLLOWED}
    km, closes = fields.get("distance_km"), fields.get("joining_closes")
    fields["distance_km"] = None if km is None else Decimal(km)
    fields["joining_closes"] = None if closes is None else starts_local - closes * MINUTE
    fields["pace_groups"] = tuple(
        PaceGroupPlan(**{name: group[name] for name in GROUP_COLUMNS}) for group in fields.get("pace_groups", [])
    )
    fields["questions"] = deserialize_questions(fields.get("questions", ()))
    return RunPlan(starts_local=starts_local, timezone=series.timezone, crew_id=series.crew_id, **fields)


def plan_on(series: Series, day: date) -> RunPlan:
    """Return the plan of the run that the rule has on a day."""
    starts = existing_time(datetime.combine(day, series.first_local.time()), series.timezone)
    plan = stored_plan(series, starts)
    if plan.joining_closes is None:
        return plan
    return replace(plan, joining_closes=min(existing_time(plan.joining_closes, series.timezone), starts))


def existing_time(wall: datetime, timezone: str) -> datetime:
    """Return a wall clock time, or the time after it when the clocks skip it."""
    return localise(wall, timezone).astimezone(ZoneInfo(timezone)).replace(tzinfo=None)
