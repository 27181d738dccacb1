"""Goals of a person, how far each is, and what that means in words."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, exists, func, or_, select

from hampa.people.models import Person
from hampa.platform.db import scalar_or_404
from hampa.platform.locale import dates, measures
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.platform.statements import planned_once
from hampa.training.models.activities import Activity
from hampa.training.models.goals import CLIMB, DISTANCE, MONTH, MOST_GOALS, TIME, UNTIL, WEEK, Goal
from hampa.training.models.plans import JOINED, PlanMember, TrainingPlan
from hampa.training.queries.overview import first_day_of
from hampa.training.queries.plans import sees_as_member

SLACK = 0.03
"""The share of the target by which one may be before or behind and still be on course."""


@dataclass(frozen=True, slots=True)
class GoalProgress:
    """A goal and how much of it is done in the days from `first` to `last`; amounts are in the unit of the metric."""

    id: uuid.UUID
    metric: str
    period: str
    target: int
    kind: str
    starts_on: dt.date
    ends_on: dt.date | None
    plan_id: uuid.UUID | None
    plan_name: str | None
    created_at: dt.datetime
    updated_at: dt.datetime
    version: int
    amount: int
    first: dt.date
    has_left: bool
    last: dt.date

    @property
    def is_reached(self) -> bool:
        """Return whether so much is done."""
        return self.amount >= self.target

    @property
    def is_over(self) -> bool:
        """Return whether its last day is over."""
        return self.last < dates.today()

    @property
    def days_left(self) -> int:
        """Return the days after today."""
        return max(0, (self.last - dates.today()).days)

    @property
    def ahead(self) -> int:
        """Return how much more is done than the days that are over ask for; less than none is how much is missing."""
        days = (self.last - self.first).days + 1
        over = min(days, max(0, (dates.today() - self.first).days))
        return self.amount - round(self.target * over / days)

    @property
    def state(self) -> str:
        """Return reached, missed, behind, ahead, on_course, or left for one of a plan to which one belongs no more."""
        if self.has_left:
            return "left"
        if self.is_reached:
            return "reached"
        if self.is_over:
            return "missed"
        if abs(self.ahead) <= SLACK * self.target:
            return "on_course"
        return "ahead" if self.ahead > 0 else "behind"

    @property
    def words(self) -> str:
        """Return how far it is in words: “3 km behind”."""
        state = self.state
        if state == "reached":
            return _("Reached. Well done!")
        if state == "missed":
            return _("%(amount)s short of the goal.", amount=in_words(self.metric, self.target - self.amount))
        if state == "left":
            return _("You have left its plan: it counts no further.")
        if state == "on_course":
            return _("On course.")
        amount = in_words(self.metric, abs(self.ahead))
        return _("%(amount)s ahead.", amount=amount) if state == "ahead" else _("%(amount)s behind.", amount=amount)


def in_words(metric: str, amount: int) -> str:
    """Return an amount with its unit."""
    if metric == DISTANCE:
        return measures.distance(amount / 1_000)
    if metric == TIME:
        return measures.duration(amount / 60)
    return measures.height(amount) if metric == CLIMB else ngettext("%(num)d time", "%(num)d times", amount)


def goals_of(person: Person) -> tuple[GoalProgress, ...]:
    """Return the goals of a person with their progress, the oldest first, in one statement."""
    today = dates.today()
    week, month = first_day_of(WEEK, today), first_day_of(MONTH, today)
    ends = {WEEK: week + dt.timedelta(days=6), MONTH: _last_of_month(month)}
    rows = _goals(person.id, week, month)
    return tuple(GoalProgress(*(*row, ends.get(row.period) or row.ends_on)) for row in rows)


def _last_of_month(first: dt.date) -> dt.date:
    return first_day_of(MONTH, first + dt.timedelta(days=40)) - dt.timedelta(days=1)


@planned_once
def _goals(person_id: uuid.UUID, week: dt.date, month: dt.date) -> Any:
    first = case((Goal.period == WEEK, week), (Goal.period == MONTH, month), else_=Goal.starts_on)
    counted = case(
        (Goal.metric == DISTANCE, func.sum(Activity.distance_m)),
        (Goal.metric == TIME, func.sum(Activity.duration_s)),
        (Goal.metric == CLIMB, func.sum(Activity.climb_m)),
        else_=func.count(),
    )
    joined = PlanMember.plan_id == Goal.plan_id, PlanMember.person_id == Goal.person_id, PlanMember.status == JOINED
    belongs = exists().where(*joined).correlate_except(PlanMember)
    amount = (
        select(func.coalesce(counted, 0))
        .select_from(Activity)
        .where(
            Activity.person_id == Goal.person_id,
            Activity.day >= first,
            or_(Goal.period != UNTIL, Activity.day <= Goal.ends_on),
            or_(Goal.kind == "", Activity.kind == Goal.kind),
            or_(Goal.plan_id.is_(None), and_(Activity.plan_id == Goal.plan_id, belongs)),
        )
        .correlate(Goal)
        .scalar_subquery()
    )
    columns = (Goal.id, Goal.metric, Goal.period, Goal.target, Goal.kind, Goal.starts_on, Goal.ends_on, Goal.plan_id)
    has_left = and_(Goal.plan_id.is_not(None), ~belongs)
    return (
        select(
            *columns,
            TrainingPlan.name,
            Goal.created_at,
            Goal.updated_at,
            Goal.version,
            amount.label("amount"),
            first.label("first"),
            has_left.label("has_left"),
        )
        .outerjoin(TrainingPlan, and_(TrainingPlan.id == Goal.plan_id, sees_as_member(person_id)))
        .where(Goal.person_id == person_id)
        .order_by(Goal.created_at, Goal.id)
        .limit(MOST_GOALS)
    )


def own_goal(person: Person, goal_id: uuid.UUID, *, lock: bool = False) -> Goal:
    """Return a goal of the person. Raise NotFound for those of others."""
    mine = select(Goal).where(Goal.id == goal_id, Goal.person_id == person.id)
    return scalar_or_404(mine.with_for_update().execution_options(populate_existing=True) if lock else mine)
