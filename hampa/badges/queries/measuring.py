"""What people did, day by day, and what that is worth by the criteria of a badge."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Date, cast, func, select, union_all
from sqlalchemy.orm import aliased

from hampa.badges.models import (
    ALL,
    ATTENDANCE,
    BETWEEN,
    COUNT,
    DISTANCE,
    DUTIES,
    HOURS,
    MONTH,
    STREAK,
    WEEK,
    WELCOMES,
    Criteria,
)
from hampa.duties.models import SERVED, Booking, Schedule
from hampa.leaderboards.queries.metrics import is_plausible
from hampa.platform.db import constants
from hampa.platform.locale import months
from hampa.platform.statements import built_once, is_one_of, planned_once
from hampa.runs.models.participation import COMPLETED, Participation
from hampa.runs.models.run import Run, RunOrganiser
from hampa.training.models.activities import CREW, EVERYONE, Activity
from hampa.training.queries.overview import week_of
from hampa.training.queries.visibility import told

SEVEN = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ActivityDay:
    """What a person did on a day, on one plan or none; `is_seen` is whether members of their crews see it.

    What they are told of it is less than all of it, where a line is cut at hidden zones.
    """

    day: dt.date
    plan_id: uuid.UUID | None
    is_seen: bool
    count: int
    duration_s: int
    distance_m: int
    told_duration_s: int
    told_distance_m: int


@dataclass(frozen=True, slots=True)
class CrewDay:
    """How often something happened on a day, in a crew or in none."""

    day: dt.date
    crew_id: uuid.UUID | None
    count: int


@dataclass(slots=True)
class Deeds:
    """All that counts of a person, the oldest first."""

    activities: list[ActivityDay] = field(default_factory=list)
    attended: list[CrewDay] = field(default_factory=list)
    duties: list[CrewDay] = field(default_factory=list)
    welcomes: list[CrewDay] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing."""
        return not (self.activities or self.attended or self.duties or self.welcomes)


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of a target somebody has now, in the unit of the sums, and on which day they reached it, if ever."""

    amount: int
    target: int
    reached_on: dt.date | None

    @property
    def left(self) -> int:
        """Return how much is missing."""
        return max(0, self.target - self.amount)


def deeds_of(person_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Deeds]:
    """Return what each of some people did, in four statements for any number of them: callers take slices."""
    ids = list(person_ids)
    found: dict[uuid.UUID, Deeds] = {person_id: Deeds() for person_id in ids}
    for person_id, *values in _activities(ids):
        found[person_id].activities.append(ActivityDay(*values))
    for name, rows in (("attended", _attended(ids)), ("duties", _duties(ids)), ("welcomes", _welcomes(ids))):
        for person_id, *values in rows:
            getattr(found[person_id], name).append(CrewDay(*values))
    return found


@built_once
def _activities(person_ids: list[uuid.UUID]) -> Any:
    is_seen = Activity.visibility.in_(constants(CREW, EVERYONE)).label("is_seen")
    shape = Activity.person_id, Activity.day, Activity.plan_id, is_seen
    numbers = Activity.duration_s, Activity.distance_m, told("duration_s"), told("distance_m")
    sums = func.count(), *(func.coalesce(func.sum(number), 0) for number in numbers)
    query = select(*shape, *sums).where(is_one_of(Activity.person_id, person_ids), is_plausible())
    return query.group_by(*shape).order_by(Activity.person_id, Activity.day)


def _day_of(moment: Any, zone: Any) -> Any:
    return cast(func.timezone(zone, moment), Date).label("day")


@built_once
def _attended(person_ids: list[uuid.UUID]) -> Any:
    shape = Participation.person_id, _day_of(Run.starts_at, Run.timezone), Run.crew_id
    came = is_one_of(Participation.person_id, person_ids), Participation.status.in_(constants(COMPLETED))
    query = select(*shape, func.count()).join(Run, Run.id == Participation.run_id)
    return query.where(*came, Run.cancelled_at.is_(None)).group_by(*shape).order_by(shape[0], shape[1])


@built_once
def _duties(person_ids: list[uuid.UUID]) -> Any:
    shape = Booking.person_id, _day_of(Booking.begins_at, Schedule.timezone), Schedule.crew_id
    served = Booking.attendance.in_(constants(*SERVED)), Booking.cancelled_at.is_(None), ~Booking.is_draft
    query = select(*shape, func.count()).join(Schedule, Schedule.id == Booking.schedule_id)
    return query.where(is_one_of(Booking.person_id, person_ids), *served).group_by(*shape).order_by(shape[0], shape[1])


@planned_once
def _welcomes(person_ids: list[uuid.UUID]) -> Any:
    """Return by organiser and day how many people came to their first run, which was one of the organiser's."""
    shared = select(RunOrganiser.person_id, RunOrganiser.run_id).where(
        is_one_of(RunOrganiser.person_id, person_ids), RunOrganiser.agreed_at.is_not(None)
    )
    owned = select(Run.organiser_id.label("person_id"), Run.id.label("run_id")).where(
        is_one_of(Run.organiser_id, person_ids)
    )
    organised = union_all(owned, shared).subquery("organised")
    earlier, other = aliased(Participation), aliased(Run)
    had_one = (
        select(earlier.id)
        .join(other, other.id == earlier.run_id)
        .where(
            *(earlier.person_id == Participation.person_id, earlier.status.in_(constants(COMPLETED))),
            *(other.cancelled_at.is_(None), other.starts_at < Run.starts_at),
        )
    )
    shape = organised.c.person_id, _day_of(Run.starts_at, Run.timezone), Run.crew_id
    return (
        select(*shape, func.count(Participation.person_id.distinct()))
        .select_from(organised)
        .join(Run, Run.id == organised.c.run_id)
        .join(Participation, Participation.run_id == Run.id)
        .where(Participation.status.in_(constants(COMPLETED)), Participation.person_id != organised.c.person_id)
        .where(Run.cancelled_at.is_(None), ~had_one.correlate(Participation, Run).exists())
        .group_by(*shape)
        .order_by(shape[0], shape[1])
    )


def standing_of(deeds: Deeds, criteria: Criteria, today: dt.date, *, of_crew: uuid.UUID | None = None) -> Standing:
    """Return how a person stands by criteria, whose calendar the locale context has.

    A crew (`of_crew`, or that of the criteria) counts what happened in it, and of activities those that its members see.
    """
    crew_id = of_crew or criteria.crew
    if criteria.metric == STREAK:
        return _streak(_active_days(deeds, criteria, crew_id), criteria, today)
    amounts = _amounts(deeds, criteria, crew_id)
    if criteria.window == BETWEEN:
        amounts = (pair for pair in amounts if _is_between(pair[0], criteria))
    period: Callable[[dt.date], Any] = {WEEK: week_of, MONTH: _month_of}.get(criteria.window, lambda _day: ALL)
    sums: dict[Any, int] = defaultdict(int)
    reached_on: dt.date | None = None
    for day, amount in amounts:
        key = period(day)
        sums[key] += amount
        if reached_on is None and sums[key] >= criteria.target:
            reached_on = day
    return Standing(sums.get(period(today), 0), criteria.target, reached_on)


def kept_standing(amount: int, criteria: Criteria, seen_on: dt.date, today: dt.date) -> Standing:
    """Return how a person stands who had so much on a day: a new week or month has nothing in it yet."""
    period: Callable[[dt.date], Any] = {WEEK: week_of, MONTH: _month_of}.get(criteria.window, lambda _day: ALL)
    is_over = period(seen_on) != period(today)
    if criteria.metric == STREAK:
        is_over = week_of(today) - week_of(seen_on) > SEVEN
    amount = 0 if is_over else amount
    return Standing(amount, criteria.target, seen_on if amount >= criteria.target else None)


def _month_of(day: dt.date) -> Any:
    return months.month_of(day)


def _is_between(day: dt.date, criteria: Criteria) -> bool:
    return (criteria.since or day) <= day <= (criteria.until or day)


def _amounts(deeds: Deeds, criteria: Criteria, crew_id: uuid.UUID | None) -> Iterable[tuple[dt.date, int]]:
    counted = {ATTENDANCE: deeds.attended, DUTIES: deeds.duties, WELCOMES: deeds.welcomes}.get(criteria.metric)
    if counted is not None:
        return ((row.day, row.count) for row in counted if crew_id is None or row.crew_id == crew_id)
    name = {HOURS: "duration_s", DISTANCE: "distance_m", COUNT: "count"}[criteria.metric]
    if crew_id is not None and criteria.metric != COUNT:
        name = f"told_{name}"
    return ((row.day, getattr(row, name)) for row in _counted_activities(deeds, criteria, crew_id))


def _counted_activities(deeds: Deeds, criteria: Criteria, crew_id: uuid.UUID | None) -> Iterable[ActivityDay]:
    for row in deeds.activities:
        if (crew_id is None or row.is_seen) and criteria.plan in (None, row.plan_id):
            yield row


def _active_days(deeds: Deeds, criteria: Criteria, crew_id: uuid.UUID | None) -> set[dt.date]:
    days = {row.day for row in _counted_activities(deeds, criteria, crew_id)}
    if criteria.plan is None:
        days |= {row.day for row in (*deeds.attended, *deeds.duties) if crew_id in (None, row.crew_id)}
    return {day for day in days if criteria.window != BETWEEN or _is_between(day, criteria)}


def _streak(days: set[dt.date], criteria: Criteria, today: dt.date) -> Standing:
    """Count weeks in a row; the current one breaks no streak before it is over."""
    first_days: dict[dt.date, dt.date] = {}
    for day in sorted(days):
        first_days.setdefault(week_of(day), day)
    length, reached_on, before = 0, None, None
    for week, day in first_days.items():
        length = length + 1 if before is not None and week - before == SEVEN else 1
        before = week
        if reached_on is None and length >= criteria.target:
            reached_on = day
    goes_on = before is not None and before >= week_of(today) - SEVEN
    return Standing(length if goes_on else 0, criteria.target, reached_on)
