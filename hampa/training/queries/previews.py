"""How much of the training in a copy of somebody's data is new to the person who brings it."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select

from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.limits import count_within
from hampa.training.models.activities import ME, Activity
from hampa.training.models.gear import MOST_GEAR, Gear
from hampa.training.models.goals import MOST_GOALS, UNTIL, Goal
from hampa.training.models.plans import MOST_PLANS_A_DAY, PLANS_MADE, PlanMember
from hampa.training.queries.exported import ExportedActivity, ExportedGoal, ExportedPlans, id_here, row_of
from hampa.training.queries.plans import plans_to_take_over

ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class PartCount:
    """How many things of a kind a copy has, how many of them are here already, and how many are left out."""

    every: int
    here: int = 0
    left: int = 0

    @property
    def new(self) -> int:
        """Return how many would come."""
        return max(0, self.every - self.here - self.left)


def count_activities(person: Person, values: Sequence[Any]) -> tuple[PartCount, int]:
    """Return how many activities of a copy are new, and how many of the new ones others would see."""
    here = left = shown = 0
    for start in range(0, len(values), ROWS_AT_ONCE):
        some = values[start : start + ROWS_AT_ONCE]
        rows = [row for value in some if (row := row_of(ExportedActivity, value)) is not None and row.is_possible]
        left += len(some) - len(rows)
        known_ids, known_times = _known_activities(person, rows)
        for row in rows:
            times = row.started_at, row.ended_at, row.kind, row.duration_s
            if {row.id, id_here(person, row.id)} & known_ids or times in known_times:
                here += 1
            else:
                shown += row.visibility != ME
    return PartCount(len(values), here, left), shown


def _known_activities(person: Person, rows: Sequence[ExportedActivity]) -> tuple[set[uuid.UUID], set[Any]]:
    ids = [one for row in rows for one in (row.id, id_here(person, row.id))]
    columns = Activity.id, Activity.started_at, Activity.ended_at, Activity.kind, Activity.duration_s
    query = select(*columns).where(
        Activity.person_id == person.id,
        or_(Activity.id.in_(ids), Activity.started_at.in_([row.started_at for row in rows])),
    )
    found = db.session.execute(query).all()
    return {row.id for row in found}, {tuple(row)[1:] for row in found}


def count_plans(person: Person, exported: ExportedPlans, every: int) -> PartCount:
    """Return how many plans of a copy with `every` of them are new.

    Those of others, broken ones, and more than the person may make today are left out.
    """
    here = _known(person, [one.id for one in exported.plans], PlanMember.plan_id, PlanMember.person_id)
    room = MOST_PLANS_A_DAY - count_within(person, PLANS_MADE, per="day")
    new = min(max(0, room), len(exported.plans) - here)
    return PartCount(every, here, every - here - new)


def count_goals(person: Person, exported: ExportedPlans, every: int) -> PartCount:
    """Return how many goals of a copy with `every` of them are new; those for plans that do not come are left out."""
    plans = {one.id for one in exported.plans} | _own_plans(person, exported.goals)
    whole = [one for one in exported.goals if is_whole(one) and (one.plan_id is None or one.plan_id in plans)]
    return _bounded(person, every, [one.id for one in whole], Goal.id, Goal.person_id, MOST_GOALS)


def count_gear(person: Person, exported: ExportedPlans, every: int) -> PartCount:
    """Return how much gear of a copy with `every` pieces is new."""
    return _bounded(person, every, [one.id for one in exported.gear], Gear.id, Gear.person_id, MOST_GEAR)


def is_whole(goal: ExportedGoal) -> bool:
    """Return whether the period of a goal and its last day go together."""
    return (goal.period == UNTIL) == (goal.ends_on is not None) and (
        goal.ends_on is None or goal.ends_on >= goal.starts_on
    )


def _own_plans(person: Person, goals: Iterable[ExportedGoal]) -> set[uuid.UUID]:
    """Return the ids in the copy of those plans of its goals on which the person logs here."""
    here = {one: id_here(person, one) for goal in goals if (one := goal.plan_id) is not None}
    found = plans_to_take_over(person, [*here, *here.values()])
    return {one for one in here if {one, here[one]} & found}


def _bounded(
    person: Person, every: int, exported_ids: Sequence[uuid.UUID], column: Any, person_column: Any, most: int
) -> PartCount:
    here = _known(person, exported_ids, column, person_column)
    room = most - (db.session.scalar(select(func.count()).where(person_column == person.id)) or 0)
    new = min(max(0, room), len(exported_ids) - here)
    return PartCount(every, here, every - here - new)


def _known(person: Person, exported_ids: Sequence[uuid.UUID], column: Any, person_column: Any) -> int:
    """Return how many things of a copy the person has, by their ids there or here."""
    wanted = {one: {one, id_here(person, one)} for one in exported_ids}
    query = select(column).where(
        person_column == person.id, column.in_([each for one in wanted.values() for each in one])
    )
    found = set(db.session.scalars(query))
    return sum(1 for each in wanted.values() if each & found)
