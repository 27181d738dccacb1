"""Deadlines of plans and of their milestones: whom they concern, which are near, and their names for who may know them."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Date, Integer, Text, and_, cast, exists, func, literal, or_, select, tuple_, union, union_all
from sqlalchemy.orm import aliased

from hampa.coaching.models.athletes import ACTIVE, Athlete, Coach
from hampa.coaching.models.deadlines import DAYS_BEFORE, DeadlineChoice
from hampa.coaching.models.sessions import CoachedPlan
from hampa.coaching.queries.athletes import coach_may
from hampa.notifications.models import Notification, Reference, Words
from hampa.notifications.queries.quiet import wall_time
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.statements import built_once
from hampa.training.models.plans import (
    JOINED,
    OPEN_STATUSES,
    OWNER,
    PRIVATE,
    VIEWER,
    Milestone,
    PlanMember,
    TrainingPlan,
)

KIND = "deadline_near"
HOURS = range(8, 21)
"""The hours of a person's day in which they are reminded."""
AROUND = timedelta(days=max(DAYS_BEFORE) + 2)


def days_chosen(person: Person) -> list[Any]:
    """Return on which days before deadlines a person is reminded, -1 for the day after."""
    chosen = _chosen(person.id).scalar()
    return list(DAYS_BEFORE) if chosen is None else [day for day in DAYS_BEFORE if day in chosen]


@built_once
def _chosen(person_id: uuid.UUID) -> Any:
    return select(DeadlineChoice.days).where(DeadlineChoice.person_id == person_id)


def _concerned() -> Any:
    """Return a subquery of `plan_id` and `person_id`: who works on a plan, and coaches who change it."""
    member = aliased(PlanMember)
    plan = aliased(TrainingPlan)
    members = (
        select(member.plan_id, member.person_id)
        .join(plan, plan.id == member.plan_id)
        .where(member.status == JOINED, member.role != VIEWER, or_(member.role == OWNER, plan.visibility != PRIVATE))
    )
    coaches = (
        select(CoachedPlan.plan_id, Coach.coach_id)
        .join(Athlete, Athlete.id == CoachedPlan.athlete_id)
        .join(Coach, Coach.athlete_id == Athlete.id)
        .where(Athlete.archived_at.is_(None), Athlete.status == ACTIVE)
        .where(coach_may(Coach.coach_id, Athlete.id, "plans", changes=True))
    )
    return union(members, coaches).subquery("concerned")


def deadlines_due(now: datetime, after: tuple[str, uuid.UUID] | None, size: int) -> Sequence[Any]:
    """Return who is to be reminded now of which deadline: rows in the order of `event` and `person_id`."""
    day = now.date()
    near = day - AROUND, day + AROUND
    kind = aliased(TrainingPlan)
    things = union_all(
        select(Milestone.plan_id, Milestone.id.label("thing_id"), Milestone.due_on).where(
            Milestone.done_at.is_(None), Milestone.due_on.between(*near)
        ),
        select(kind.id, kind.id, kind.deadline).where(kind.deadline.between(*near)),
    ).subquery("things")
    concerned = _concerned()
    local = wall_time(now)
    days = things.c.due_on - cast(local, Date)
    name = func.concat(cast(things.c.thing_id, Text), ":", cast(things.c.due_on, Text), ":", cast(days, Text))
    known = exists().where(Notification.event == func.concat(KIND, ":", name), Notification.person_id == Person.id)
    query = (
        select(
            name.label("event"),
            Person.id.label("person_id"),
            things.c.plan_id,
            things.c.thing_id,
            things.c.due_on,
            days.label("days"),
        )
        .select_from(things)
        .join(TrainingPlan, and_(TrainingPlan.id == things.c.plan_id, TrainingPlan.status.in_(OPEN_STATUSES)))
        .join(concerned, concerned.c.plan_id == things.c.plan_id)
        .join(Person, and_(Person.id == concerned.c.person_id, Person.state == "active"))
        .outerjoin(DeadlineChoice, DeadlineChoice.person_id == Person.id)
        .where(or_(DeadlineChoice.id.is_(None), DeadlineChoice.days.contains(func.to_jsonb(days))))
        .where(days.in_(DAYS_BEFORE), cast(func.extract("hour", local), Integer).in_(HOURS), ~known)
        .order_by(name, Person.id)
        .limit(size)
    )
    if after is not None:
        query = query.where(tuple_(name, Person.id) > tuple_(literal(after[0]), after[1]))
    return db.session.execute(query).all()


def _named(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    """Return the names of deadlines for those whom they still concern, and who may know them at this moment."""
    concerned = _concerned()
    pairs = {(one.subject_id, one.person_id) for one in references if one.person_id is not None}
    query = select(concerned.c.plan_id, concerned.c.person_id, TrainingPlan.name).join(
        TrainingPlan, TrainingPlan.id == concerned.c.plan_id
    )
    query = query.where(tuple_(concerned.c.plan_id, concerned.c.person_id).in_(pairs))
    plans = {(row[0], row[1]): row[2] for row in db.session.execute(query)} if pairs else {}
    ids = {one.id_in("thing") for one in references} - {None}
    open_steps = select(Milestone.id, Milestone.name).where(Milestone.id.in_(ids), Milestone.done_at.is_(None))
    steps = {row.id: row.name for row in db.session.execute(open_steps)}
    found = {}
    for one in references:
        plan, thing = plans.get((one.subject_id, one.person_id)), one.id_in("thing")
        if plan is not None and (thing == one.subject_id or thing in steps):
            found[one.id] = {"plan": plan, "step": steps.get(thing, "") if thing is not None else ""}
    return found


DEADLINE = Words(_named, gone={"plan": _l("A plan that is gone"), "step": ""})
