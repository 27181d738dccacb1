"""How a person's training goes on: sums of days, weeks and months, the heat map, and the trend of the weeks."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, exists, func, or_, select

from hampa.people.models import Person
from hampa.platform.db import constants
from hampa.platform.locale import dates, months
from hampa.platform.statements import built_once
from hampa.training.models.activities import KINDS, Activity
from hampa.training.models.plans import PUBLIC, PlanMember, TrainingPlan

WEEKS = 53
"""Weeks of the heat map and of its table, with the current one."""
TREND_WEEKS = 12
RECENT_WEEKS = 4
WEEK = dt.timedelta(days=7)
PERIODS = TODAY, OF_WEEK, OF_MONTH, OF_YEAR = ("today", "week", "month", "year")


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of activities: how many, seconds, metres, and metres of climb."""

    count: int = 0
    duration_s: int = 0
    distance_m: int = 0
    climb_m: int = 0

    def __add__(self, other: "Totals") -> "Totals":
        """Return the sums of both."""
        return Totals(
            self.count + other.count,
            self.duration_s + other.duration_s,
            self.distance_m + other.distance_m,
            self.climb_m + other.climb_m,
        )


@dataclass(frozen=True, slots=True)
class DayOfKind:
    """What a person did of one kind, for one plan or none, on one day."""

    day: dt.date
    kind: str
    plan_id: uuid.UUID | None
    plan_name: str | None
    totals: Totals


@dataclass(frozen=True, slots=True)
class PlanTotals:
    """What a person did for a plan, or for none (`id` is None), in a period, and of it each kind, the longest first."""

    id: uuid.UUID | None
    name: str
    totals: Totals
    kinds: list[tuple[str, Totals]]


@dataclass(frozen=True, slots=True)
class Week:
    """A week from its first day on."""

    first: dt.date
    totals: Totals

    @property
    def last(self) -> dt.date:
        """Return the last day."""
        return self.first + WEEK - dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Overview:
    """How training goes on: the sums of the `PERIODS`, each day of the heat map, and the weeks, the latest last."""

    today: dt.date
    periods: dict[str, Totals]
    days: dict[dt.date, Totals]
    weeks: Sequence[Week]
    rows: Sequence[DayOfKind] = field(repr=False)

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing in all these weeks."""
        return not self.rows

    def by_kind(self, period: str) -> list[tuple[str, Totals]]:
        """Return the sums of a period by kind, the longest first."""
        first = first_day_of(period, self.today)
        sums = {kind: _sum(row.totals for row in self.rows if row.kind == kind and row.day >= first) for kind in KINDS}
        return sorted(((kind, one) for kind, one in sums.items() if one.count), key=lambda pair: -pair[1].duration_s)

    def by_plan(self, period: str) -> list[PlanTotals]:
        """Return the sums of a period by plan and kind, the longest first; what belongs to no plan comes last."""
        first = first_day_of(period, self.today)
        plans: dict[tuple[uuid.UUID | None, str], dict[str, Totals]] = {}
        for row in self.rows:
            if row.day >= first:
                kinds = plans.setdefault((row.plan_id, row.plan_name or ""), {})
                kinds[row.kind] = kinds.get(row.kind, Totals()) + row.totals
        found = [
            PlanTotals(plan_id, name, _sum(kinds.values()), sorted(kinds.items(), key=lambda pair: -pair[1].duration_s))
            for (plan_id, name), kinds in plans.items()
        ]
        return sorted(found, key=lambda one: (one.id is None, -one.totals.duration_s, str(one.id)))

    @property
    def trend(self) -> Sequence[Week]:
        """Return the last weeks that are over, the latest last."""
        return self.weeks[-TREND_WEEKS - 1 : -1]

    def usual(self, weeks_ago: int = 0) -> Totals:
        """Return the sums of four weeks before the current one, or before that many weeks ago."""
        end = len(self.weeks) - 1 - weeks_ago
        return _sum(week.totals for week in self.weeks[max(0, end - RECENT_WEEKS) : end])


def week_of(day: dt.date) -> dt.date:
    """Return the first day of the viewer's week to which a day belongs."""
    return day - dt.timedelta(days=dates.week().index(dates.CODES[day.weekday()]))


def first_day_of(period: str, today: dt.date) -> dt.date:
    """Return the first day of the current period in the viewer's calendar; a year is the last twelve months."""
    if period == OF_WEEK:
        return week_of(today)
    if period == OF_MONTH:
        return months.month_of(today).first
    return today - dt.timedelta(days=364) if period == OF_YEAR else today


def overview_of(person: Person) -> Overview:
    """Return how a person's training goes on, in one statement however much they did."""
    today = dates.today()
    current = week_of(today)
    first = current - (WEEKS - 1) * WEEK
    rows = [DayOfKind(row[0], row[1], row[2], row[3], Totals(*map(int, row[4:]))) for row in _days(person.id, first)]
    days: dict[dt.date, Totals] = {}
    weeks: dict[dt.date, Totals] = {}
    for row in rows:
        days[row.day] = days.get(row.day, Totals()) + row.totals
        begin = week_of(row.day)
        weeks[begin] = weeks.get(begin, Totals()) + row.totals
    firsts = {period: first_day_of(period, today) for period in PERIODS}
    periods = {name: _sum(one for day, one in days.items() if day >= begin) for name, begin in firsts.items()}
    all_weeks = [Week(first + number * WEEK, weeks.get(first + number * WEEK, Totals())) for number in range(WEEKS)]
    return Overview(today, periods, days, all_weeks, rows)


@built_once
def _days(person_id: uuid.UUID, first: dt.date) -> Any:
    sums = (
        func.count(),
        func.sum(Activity.duration_s),
        func.coalesce(func.sum(Activity.distance_m), 0),
        func.coalesce(func.sum(Activity.climb_m), 0),
    )
    # The name of a plan that its person left, and does not see any more, may have changed since.
    belongs = exists().where(PlanMember.plan_id == TrainingPlan.id, PlanMember.person_id == person_id)
    sees = or_(TrainingPlan.visibility.in_(constants(PUBLIC)), belongs.correlate(TrainingPlan))
    parts = Activity.day, Activity.kind, TrainingPlan.id, TrainingPlan.name
    query = select(*parts, *sums).outerjoin(TrainingPlan, and_(TrainingPlan.id == Activity.plan_id, sees))
    query = query.where(Activity.person_id == person_id, Activity.day >= first)
    return query.group_by(*parts).order_by(Activity.day, Activity.kind, TrainingPlan.id)


@built_once
def _week(person_id: uuid.UUID, first: dt.date) -> Any:
    sums = func.count(), func.sum(Activity.duration_s), func.sum(Activity.distance_m), func.sum(Activity.climb_m)
    return select(*(func.coalesce(one, 0) for one in sums)).where(
        Activity.person_id == person_id, Activity.day >= first
    )


def week_totals(person: Person) -> Totals:
    """Return the sums of the viewer's current week."""
    return Totals(*map(int, _week(person.id, week_of(dates.today())).one()))


def _sum(totals: Iterable[Totals]) -> Totals:
    whole = Totals()
    for one in totals:
        whole += one
    return whole
