"""How a person's training goes on: sums of days, weeks and months, the heat map, and the trend of the weeks."""

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import Text, and_, cast, exists, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from hampa.people.models import Person
from hampa.platform.db import columns_of, constants, loaded
from hampa.platform.locale import dates, months
from hampa.platform.statements import planned_once
from hampa.training.models.activities import KINDS, Activity
from hampa.training.models.plans import PUBLIC, PlanMember, TrainingPlan
from hampa.training.models.timers import Timer

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


NONE = Totals()
NOTHING = "[]"
"""A list without anything, as PostgreSQL writes it."""


@dataclass(frozen=True, slots=True)
class KindSums:
    """What a person did of one kind, for one plan or none, in each of the `PERIODS`."""

    kind: str
    plan_id: uuid.UUID | None
    plan_name: str
    periods: Sequence[Totals]


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


@dataclass(frozen=True)
class Overview:
    """How training goes on: the sums of the `PERIODS`, and the weeks from `first` on, the latest last.

    It is what PostgreSQL says of the days and of the kinds, as text, and is read when it is asked for: a page that is kept
    by its overview need not read it.
    """

    today: dt.date
    first: dt.date
    days_read: str = field(repr=False)
    kinds_read: str = field(repr=False)

    @cached_property
    def day_sums(self) -> dict[int, Sequence[int]]:
        """Return, by the number of days since `first`, how many, seconds, metres and climb of the days with any."""
        return {number: sums for number, *sums in json.loads(self.days_read)}

    @cached_property
    def kinds(self) -> Sequence[KindSums]:
        """Return the sums of each kind and plan."""
        return [
            KindSums(kind, uuid.UUID(plan_id) if plan_id else None, name or "", [Totals(*sums) for sums in periods])
            for kind, plan_id, name, *periods in json.loads(self.kinds_read)
        ]

    @cached_property
    def periods(self) -> dict[str, Totals]:
        """Return the sums of each of the `PERIODS`."""
        return {name: _sum(one.periods[place] for one in self.kinds) for place, name in enumerate(PERIODS)}

    @cached_property
    def weeks(self) -> Sequence[Week]:
        """Return all weeks."""
        weeks = [[0, 0, 0, 0] for _number in range(WEEKS)]
        for number, sums in self.day_sums.items():
            if number < WEEKS * 7:
                weeks[number // 7] = [one + more for one, more in zip(weeks[number // 7], sums, strict=True)]
        return [Week(self.first + number * WEEK, Totals(*sums)) for number, sums in enumerate(weeks)]

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing in all these weeks."""
        return self.days_read == NOTHING

    @property
    def days(self) -> dict[dt.date, Totals]:
        """Return the sums of each day with any, in order."""
        return {self.first + dt.timedelta(days=number): Totals(*sums) for number, sums in self.day_sums.items()}

    def by_kind(self, period: str) -> list[tuple[str, Totals]]:
        """Return the sums of a period by kind, the longest first."""
        place = PERIODS.index(period)
        kinds: dict[str, Totals] = {}
        for row in self.kinds:
            kinds[row.kind] = kinds.get(row.kind, NONE) + row.periods[place]
        found = [(kind, kinds[kind]) for kind in KINDS if kind in kinds and kinds[kind].count]
        return sorted(found, key=lambda pair: -pair[1].duration_s)

    def by_plan(self, period: str) -> list[PlanTotals]:
        """Return the sums of a period by plan and kind, the longest first; what belongs to no plan comes last."""
        place = PERIODS.index(period)
        plans: dict[tuple[uuid.UUID | None, str], list[tuple[str, Totals]]] = {}
        for row in self.kinds:
            if row.periods[place].count:
                plans.setdefault((row.plan_id, row.plan_name), []).append((row.kind, row.periods[place]))
        found = [
            PlanTotals(
                plan_id, name, _sum(one for _kind, one in kinds), sorted(kinds, key=lambda pair: -pair[1].duration_s)
            )
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


def days_to_monday() -> int:
    """Return how many days after the first day of the viewer's week Monday is, with which weeks of the database begin."""
    return dates.week().index("mon")


def first_day_of(period: str, today: dt.date) -> dt.date:
    """Return the first day of the current period in the viewer's calendar; a year is the last twelve months."""
    if period == OF_WEEK:
        return week_of(today)
    if period == OF_MONTH:
        return months.month_of(today).first
    return today - dt.timedelta(days=364) if period == OF_YEAR else today


def overview_with_timer(person: Person) -> tuple[Overview, Timer | None]:
    """Return how a person's training goes on, and their timer if one runs, in one statement however much they did."""
    today = dates.today()
    first = week_of(today) - (WEEKS - 1) * WEEK
    begins = [first_day_of(period, today) for period in PERIODS]
    days, kinds, *timer = _sums(person.id, first, *begins).one()
    return Overview(today, first, days, kinds), loaded(Timer, timer) if any(timer) else None


def overview_of(person: Person) -> Overview:
    """Return how a person's training goes on."""
    return overview_with_timer(person)[0]


@planned_once
def _sums(person_id: uuid.UUID, first: dt.date, today: dt.date, week: dt.date, month: dt.date, year: dt.date) -> Any:
    """Return one row of lists, as text: how much on each day, and of each kind and plan in the periods; and the timer."""
    # The name of a plan that its person left, and does not see any more, may have changed since.
    belongs = exists().where(PlanMember.plan_id == TrainingPlan.id, PlanMember.person_id == person_id)
    sees = or_(TrainingPlan.visibility.in_(constants(PUBLIC)), belongs.correlate(TrainingPlan))
    metres, climb = (func.coalesce(one, 0) for one in (Activity.distance_m, Activity.climb_m))
    mine = (
        select(
            *(Activity.day, Activity.kind, TrainingPlan.id.label("plan_id"), TrainingPlan.name),
            *(Activity.duration_s, metres.label("metres"), climb.label("climb")),
        )
        .outerjoin(TrainingPlan, and_(TrainingPlan.id == Activity.plan_id, sees))
        .where(Activity.person_id == person_id, Activity.day >= first)
        .cte("mine")
    )
    sums = func.count(), func.sum(mine.c.duration_s), func.sum(mine.c.metres), func.sum(mine.c.climb)
    number = (mine.c.day - first).label("number")
    daily = select(number, func.json_build_array(number, *sums).label("row")).group_by(mine.c.day).subquery("daily")
    periods = [
        func.json_build_array(*(func.coalesce(one.filter(mine.c.day >= begin), 0) for one in sums))
        for begin in (today, week, month, year)
    ]
    parts = mine.c.kind, mine.c.plan_id, mine.c.name
    by_kind = select(*parts, func.json_build_array(*parts, *periods).label("row")).group_by(*parts).subquery("by_kind")
    parts_of_kinds = by_kind.c.kind, by_kind.c.plan_id
    days = select(func.json_agg(aggregate_order_by(daily.c.row, daily.c.number))).scalar_subquery()
    kinds = select(func.json_agg(aggregate_order_by(by_kind.c.row, *parts_of_kinds))).scalar_subquery()
    read = (func.coalesce(cast(one, Text), NOTHING).label(name) for one, name in ((days, "days"), (kinds, "kinds")))
    lists = select(*read).subquery("lists")
    return select(*lists.c, *columns_of(Timer)).select_from(lists).outerjoin(Timer, Timer.person_id == person_id)


@planned_once
def _week(person_id: uuid.UUID, first: dt.date) -> Any:
    names = "duration_s", "distance_m", "climb_m"
    sums = [func.coalesce(func.sum(getattr(Activity, name)), 0).label(name) for name in names]
    own = Activity.person_id == person_id, Activity.day >= first
    week = select(func.count().label("activities"), *sums).select_from(Activity).where(*own).subquery("week")
    return select(*week.c, *columns_of(Timer)).select_from(week).outerjoin(Timer, Timer.person_id == person_id)


def week_with_timer(person: Person) -> tuple[Totals, Timer | None]:
    """Return the sums of the viewer's current week, and the timer if one runs, in one statement."""
    count, duration_s, distance_m, climb_m, *timer = _week(person.id, week_of(dates.today())).one()
    week = Totals(count, int(duration_s), int(distance_m), int(climb_m))
    return week, loaded(Timer, timer) if any(timer) else None


def _sum(totals: Iterable[Totals]) -> Totals:
    whole = NONE
    for one in totals:
        whole += one
    return whole
