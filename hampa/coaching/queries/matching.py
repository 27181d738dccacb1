"""What may belong together: sessions and activities, what asks how it was, and what was missed."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import DateTime, Select, Text, and_, cast, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased

from hampa.coaching.models.matching import FAMILIES, NEAR_DAYS, MatchChoice
from hampa.coaching.models.sessions import PLANNED, PlanSession
from hampa.coaching.queries.sessions import own_sessions, owned_sessions
from hampa.coaching.queries.today import today_of
from hampa.notifications.models import Reference, Words
from hampa.people.models import Person
from hampa.platform.answers import answer_columns
from hampa.platform.db import db
from hampa.platform.statements import built_once
from hampa.training.models.activities import Activity
from hampa.training.models.plans import PlanMember, TrainingPlan

ASKED_DAYS, MISSED_DAYS, LOOKED_BACK = 3, 2, 3
HOW_IT_WAS, MISSED = "session_asks", "session_missed"
MOST_OFFERED = 30


@built_once
def _plans_person(person_id: uuid.UUID, day: dt.date, activity_id: uuid.UUID) -> Any:
    return (
        select(literal(1))
        .select_from(PlanSession)
        .join(PlanMember, PlanMember.plan_id == PlanSession.plan_id)
        .join(TrainingPlan, TrainingPlan.id == PlanSession.plan_id)
        .where(own_sessions(person_id), or_(PlanSession.day == day, PlanSession.activity_id == activity_id))
        .limit(1)
    )


def plans_person(person_id: uuid.UUID, day: dt.date, activity_id: uuid.UUID) -> bool:
    """Return whether a person has a session on a day, or one with an activity."""
    return _plans_person(person_id, day, activity_id).first() is not None


def _same_family() -> Any:
    """Return the condition that a session and an activity are of kinds that stand for each other."""
    families = [and_(PlanSession.kind.in_(pair), Activity.kind.in_(pair)) for pair in FAMILIES.items()]
    return or_(PlanSession.kind == Activity.kind, *families)


def days_to_match(
    today: dt.date, after: tuple[uuid.UUID, dt.date] | None, size: int
) -> Sequence[tuple[uuid.UUID, dt.date]]:
    """Return people and days on which something was done that could belong to a session without an activity."""
    other = aliased(PlanSession)
    query = (
        select(PlanMember.person_id, PlanSession.day)
        .join(PlanMember, PlanMember.plan_id == PlanSession.plan_id)
        .join(TrainingPlan, TrainingPlan.id == PlanSession.plan_id)
        .join(Activity, and_(Activity.person_id == PlanMember.person_id, Activity.day == PlanSession.day))
        .where(owned_sessions(), PlanSession.state == PLANNED, PlanSession.activity_id.is_(None))
        .where(PlanSession.day.between(today - dt.timedelta(LOOKED_BACK), today + dt.timedelta(1)), _same_family())
        .where(
            ~exists().where(MatchChoice.activity_id == Activity.id), ~exists().where(other.activity_id == Activity.id)
        )
        .distinct()
        .order_by(PlanMember.person_id, PlanSession.day)
        .limit(size)
    )
    if after is not None:
        query = query.where(tuple_(PlanMember.person_id, PlanSession.day) > tuple_(*after))
    return [(row[0], row[1]) for row in db.session.execute(query)]


def _of_own(person: Person, *conditions: Any) -> Select[Any]:
    """Return a SELECT of sessions of a person's own plans as answers: `line` is the kind, `title` the day."""
    columns = answer_columns(
        PlanSession.id,
        cast(PlanSession.day, DateTime(timezone=True)),
        run_id=PlanSession.plan_id,
        title=cast(PlanSession.day, Text),
        line=PlanSession.kind,
        guests=func.coalesce(PlanSession.distance_m, 0),
    )
    return (
        select(*columns)
        .select_from(PlanSession)
        .join(PlanMember, PlanMember.plan_id == PlanSession.plan_id)
        .join(TrainingPlan, TrainingPlan.id == PlanSession.plan_id)
        .outerjoin(Activity, Activity.id == PlanSession.activity_id)
        .where(own_sessions(person.id), *conditions)
    )


def done_and_not_said(person: Person, now: Any) -> Select[Any]:
    """Return a SELECT of sessions of which a person did not say yet how they were."""
    today = today_of(person.id, now)
    is_done = or_(PlanSession.activity_id.is_not(None), PlanSession.done_at.is_not(None))
    recent = PlanSession.day.between(today - ASKED_DAYS, today)
    return _of_own(person, is_done, PlanSession.answered_at.is_(None), recent)


def missed(person: Person, now: Any) -> Select[Any]:
    """Return a SELECT of sessions of the last days for which nothing was done or said."""
    today = today_of(person.id, now)
    nothing = PlanSession.activity_id.is_(None), PlanSession.done_at.is_(None), PlanSession.state == PLANNED
    return _of_own(person, *nothing, PlanSession.day.between(today - MISSED_DAYS, today - 1))


def activities_around(person: Person, session: Any) -> list[Activity]:
    """Return what a person did around the day of a session, the nearest days first: thirty at most."""
    days = dt.timedelta(NEAR_DAYS)
    query = select(Activity).where(
        Activity.person_id == person.id, Activity.day.between(session.day - days, session.day + days)
    )
    query = query.order_by(func.abs(Activity.day - session.day), Activity.started_at, Activity.id)
    return list(db.session.scalars(query.limit(MOST_OFFERED)))


def session_for_athlete(person: Person, session_id: uuid.UUID) -> uuid.UUID | None:
    """Return the plan of a session of a person's own plans, None if it is none of theirs."""
    query = (
        select(PlanSession.plan_id)
        .join(PlanMember, PlanMember.plan_id == PlanSession.plan_id)
        .where(PlanSession.id == session_id, PlanMember.person_id == person.id, PlanMember.role == "owner")
    )
    return db.session.scalar(query)


def _there(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    query = select(PlanSession.id).where(PlanSession.id.in_({one.subject_id for one in references}))
    there = set(db.session.scalars(query.where(PlanSession.activity_id.is_not(None))))
    return {one.id: {} for one in references if one.subject_id in there}


SESSION = Words(_there, gone={})
