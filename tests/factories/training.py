"""Activities and timers."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.training.actions.plans import answer_invitation, invite
from hampa.training.models.activities import Activity
from hampa.training.models.gear import Gear
from hampa.training.models.goals import Goal
from hampa.training.models.plans import Milestone, PlanMember, TrainingPlan
from hampa.training.models.timers import Timer
from tests.factories.base import made, number


def make_activity(person: Person, ago: dt.timedelta = dt.timedelta(days=1), **given: Any) -> Activity:
    """Make a run of 45 minutes and 8 km, by default of yesterday."""
    started_at = given.pop("started_at", None) or clock.now() - ago
    duration_s = given.get("duration_s", 45 * 60)
    zone = given.get("timezone", person.timezone)
    usual = {
        "kind": "run",
        "started_at": started_at,
        "ended_at": started_at + dt.timedelta(seconds=duration_s),
        "duration_s": duration_s,
        "timezone": zone,
        "day": started_at.astimezone(ZoneInfo(zone)).date(),
        "distance_m": 8_000,
        "person_id": person.id,
    }
    return made(Activity, **(usual | given))


def make_timer(person: Person, ago: dt.timedelta = dt.timedelta(minutes=10), **given: Any) -> Timer:
    """Start the timer of a person some time ago."""
    usual = {"kind": "run", "timezone": person.timezone, "started_at": clock.now() - ago, "person_id": person.id}
    return made(Timer, **(usual | given))


def make_plan(owner: Person, *members: Person, **given: Any) -> TrainingPlan:
    """Make a plan that its members see, to which the others contribute."""
    plan = made(TrainingPlan, **({"name": f"Plan {number()}", "visibility": "members"} | given))
    for person in (owner, *members):
        role = "owner" if person is owner else "contributor"
        made(PlanMember, plan_id=plan.id, person_id=person.id, role=role, status="joined")
    return plan


def make_goal(person: Person, **given: Any) -> Goal:
    """Set a goal of thirty kilometres a week."""
    usual = {"metric": "distance", "period": "week", "target": 30_000, "starts_on": clock.now().date()}
    return made(Goal, **({"person_id": person.id} | usual | given))


def make_gear(person: Person, **given: Any) -> Gear:
    """Make shoes that run."""
    return made(Gear, **({"person_id": person.id, "name": f"Shoes {number()}"} | given))


def training_values(person: Person, friend: Person) -> dict[str, Any]:
    """Return what stands for placeholders of routes: an activity of a person, and a plan with a friend."""
    theirs = db.session.scalar(select(Activity).where(Activity.person_id == person.id))
    owned = select(TrainingPlan).join(PlanMember, PlanMember.plan_id == TrainingPlan.id)
    mine = owned.where(PlanMember.person_id == person.id, PlanMember.role == "owner")
    plan = db.session.scalar(mine) or make_plan(person, friend, name="Half marathon in spring")
    step = db.session.scalar(select(Milestone).where(Milestone.plan_id == plan.id))
    goal = db.session.scalar(select(Goal).where(Goal.person_id == person.id))
    gear = db.session.scalar(select(Gear).where(Gear.person_id == person.id))
    activity = theirs or make_activity(person, visibility="companions")
    return {
        "gear_id": (gear or make_gear(person, name="Road shoes")).id,
        "goal_id": (goal or make_goal(person)).id,
        "activity_id": activity.id,
        "plan_id": plan.id,
        "milestone_id": (step or made(Milestone, plan_id=plan.id, name="Fifteen kilometres")).id,
    }


def tell_of_plans(actor: Person, reader: Person, mark: str) -> None:
    """Invite each of two companions to a plan of the other, whose names have a mark; both join."""
    for owner, invited in ((actor, reader), (reader, actor)):
        plan = make_plan(owner, name=f"{mark} plan")
        invite(owner, plan.id, invited.id)
        answer_invitation(invited, plan.id, accepts=True)
        notify([invited.id], "plan_inherited", subject_id=plan.id, data={}, event=f"told {plan.id}")
