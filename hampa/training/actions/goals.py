"""Setting goals, changing and deleting them."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from hampa.people.models import Person
from hampa.people.queries import lock_person
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.training.models.goals import MOST_GOALS, Goal
from hampa.training.queries.goals import own_goal
from hampa.training.queries.plans import logs_on


def set_goal(person: Person, values: Mapping[str, Any]) -> Goal:
    """Set a goal, which counts from today on unless `values` say otherwise. Raise Refused for too many."""
    lock_person(person.id)
    count = select(func.count()).select_from(Goal).where(Goal.person_id == person.id)
    if (db.session.scalar(count) or 0) >= MOST_GOALS:
        raise Refused(_("Twenty goals are enough. Delete one first."))
    goal = Goal(person_id=person.id, starts_on=dates.today(person.timezone))
    _set(person, goal, values)
    db.session.add(goal)
    db.session.flush()
    return goal


def change_goal(person: Person, goal_id: uuid.UUID, values: Mapping[str, Any]) -> Goal:
    """Change a goal of the person. Raise NotFound and Refused."""
    goal = own_goal(person, goal_id, lock=True)
    _set(person, goal, values)
    db.session.flush()
    return goal


def delete_goal(person: Person, goal_id: uuid.UUID) -> None:
    """Delete a goal of the person. Raise NotFound."""
    db.session.delete(own_goal(person, goal_id, lock=True))
    db.session.flush()


def _set(person: Person, goal: Goal, values: Mapping[str, Any]) -> None:
    plan_id = values.get("plan_id")
    if plan_id is not None and plan_id != goal.plan_id and not logs_on(person, plan_id):
        raise Refused(_("Choose a plan of yours that goes on."), "plan_id")
    for name, value in values.items():
        setattr(goal, name, value)
    if goal.ends_on is not None and goal.ends_on < goal.starts_on:
        raise Refused(_("This day is over already."), "ends_on")
