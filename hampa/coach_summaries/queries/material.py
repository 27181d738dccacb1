"""What a summary rests on, as its author sees it at this moment: a bounded number of rows, in one statement a kind."""

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, Uuid, and_, exists, func, literal, or_, select, tuple_, union
from sqlalchemy.orm import aliased

from hampa.coach_notes.models import CoachNote
from hampa.coach_notes.queries.notes import seen_by
from hampa.coaching.models.athletes import Athlete, CoachingEvent
from hampa.coaching.models.sessions import PLANNED, CoachedPlan, PlanSession
from hampa.coaching.queries.athletes import coach_may
from hampa.coaching.queries.events import FELT
from hampa.coaching.queries.owners import ATHLETE, plans_coached_by
from hampa.files.queries.owners import PLAN, Owner
from hampa.people.models import Person
from hampa.people.queries import hidden_from, hidden_ids
from hampa.platform.db import db
from hampa.platform.locale import dates
from hampa.training.models.activities import Activity
from hampa.training.models.plans import OWNER, PRIVATE, Milestone, PlanMember, TrainingPlan
from hampa.training.queries.overview import week_of
from hampa.training.queries.visibility import told

WEEKS_BACK, DAYS_AHEAD = 3, 14
MOST_PLANS, MOST_SESSIONS, MOST_MILESTONES, MOST_EVENTS, MOST_NOTES = 5, 80, 20, 20, 30
LONGEST_NOTE = 3_000
"""Characters of a note that are read."""
TOLD = ("moved", "skipped", "shortened", "excused", "race_moved", "status", "planned")
"""Kinds of events that a summary tells as changes."""


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """A plan, with whether the author sees what was done on it."""

    id: uuid.UUID
    name: str
    status: str
    deadline: dt.date | None
    version: int
    race_on: dt.date | None
    sees_done: bool


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A session of which the author sees what was done, with how it stands today."""

    id: uuid.UUID
    plan_id: uuid.UUID
    day: dt.date
    kind: str
    distance_m: int | None
    state: str
    excuse: str
    felt_effort: int | None
    feeling: str
    line: str
    version: int
    is_done: bool
    done_m: int | None

    def is_missed(self, today: dt.date) -> bool:
        """Return whether its day is over, and nothing was done or said."""
        return self.state == PLANNED and not self.is_done and self.day < today


@dataclass(frozen=True, slots=True)
class NoteFacts:
    """A note that the author sees."""

    id: uuid.UUID
    number: int
    text: str
    is_shared: bool


@dataclass(frozen=True, slots=True)
class EventFacts:
    """A change, with who made it; `name` is "" for who is gone or hidden."""

    id: uuid.UUID
    created_at: datetime
    what: str
    why: str
    before: dict[str, Any]
    after: dict[str, Any]
    name: str


@dataclass(slots=True)
class Material:
    """All that a summary rests on; `today` is the author's day."""

    owner: Owner
    today: dt.date
    athlete: Athlete | None = None
    plans: Sequence[PlanFacts] = ()
    sessions: Sequence[SessionFacts] = ()
    milestones: Sequence[Milestone] = ()
    events: Sequence[EventFacts] = ()
    notes: Sequence[NoteFacts] = ()
    basis: str = field(default="")


def material_for(person: Person, owner: Owner) -> Material:
    """Return what there is of something to sum up for a person, who sees it (`owner_for`)."""
    found = Material(owner, dates.today())
    ids = [owner.id] if owner.kind == PLAN else []
    if owner.kind == ATHLETE:
        found.athlete = db.session.get(Athlete, owner.id, populate_existing=True)
        latest = select(CoachedPlan.plan_id).where(CoachedPlan.athlete_id == owner.id)
        ids = list(db.session.scalars(latest.order_by(CoachedPlan.created_at.desc()).limit(MOST_PLANS)))
    found.plans = plans_seen(person, ids)
    first = week_of(found.today) - timedelta(weeks=WEEKS_BACK)
    open_to = [plan.id for plan in found.plans if plan.sees_done]
    found.sessions = _sessions(person, open_to, first, found.today + timedelta(days=DAYS_AHEAD)) if open_to else ()
    seen = [plan.id for plan in found.plans]
    found.milestones = _milestones(seen) if seen else ()
    found.events = _events(person, found, first)
    found.notes = _notes(person, owner, seen)
    found.basis = _basis(found)
    return found


def plans_seen(person: Person, ids: Sequence[uuid.UUID]) -> list[PlanFacts]:
    """Return those of some plans that a person sees as a member or a coach, with whether they see what was done."""
    if not ids:
        return []
    member = aliased(PlanMember)
    belongs = select(member.plan_id).join(TrainingPlan, TrainingPlan.id == member.plan_id)
    belongs = belongs.where(
        member.person_id == person.id, or_(member.role == OWNER, TrainingPlan.visibility != PRIVATE)
    )
    own = aliased(PlanMember)
    owns = exists().where(own.plan_id == TrainingPlan.id, own.person_id == person.id, own.role == OWNER)
    lets = and_(CoachedPlan.athlete_id.is_not(None), coach_may(person.id, CoachedPlan.athlete_id, "activities"))
    columns = (getattr(TrainingPlan, name) for name in PlanFacts.__slots__[:5])
    query = (
        select(*columns, CoachedPlan.race_on, or_(owns, func.coalesce(lets, False)))
        .outerjoin(CoachedPlan, CoachedPlan.plan_id == TrainingPlan.id)
        .where(TrainingPlan.id.in_(ids))
        .where(TrainingPlan.id.in_(union(belongs, plans_coached_by(person))))
        .order_by(TrainingPlan.created_at.desc(), TrainingPlan.id)
    )
    found: list[Any] = list(db.session.execute(query))
    return [PlanFacts(*row) for row in found]


def _sessions(person: Person, plan_ids: list[uuid.UUID], first: dt.date, last: dt.date) -> list[SessionFacts]:
    columns = (getattr(PlanSession, name) for name in SessionFacts.__slots__[:11])
    done = or_(PlanSession.activity_id.is_not(None), PlanSession.done_at.is_not(None))
    metres = func.coalesce(told("distance_m", person.id), PlanSession.done_distance_m)
    query = (
        select(*columns, done, metres)
        .outerjoin(Activity, Activity.id == PlanSession.activity_id)
        .where(PlanSession.plan_id.in_(plan_ids), PlanSession.day.between(first, last))
        .order_by(PlanSession.day.desc(), PlanSession.id)
        .limit(MOST_SESSIONS)
    )
    found: list[Any] = list(db.session.execute(query))
    return [SessionFacts(*row) for row in found][::-1]


def _milestones(plan_ids: list[uuid.UUID]) -> Sequence[Milestone]:
    query = select(Milestone).where(Milestone.plan_id.in_(plan_ids))
    query = query.order_by(Milestone.done_at.is_not(None), Milestone.due_on.nulls_last(), Milestone.id)
    return db.session.scalars(query.limit(MOST_MILESTONES)).all()


def _events(person: Person, found: Material, first: dt.date) -> list[EventFacts]:
    of: list[Any] = [CoachingEvent.plan_id.in_([plan.id for plan in found.plans if plan.sees_done])]
    if found.owner.kind == ATHLETE:
        of.append(and_(CoachingEvent.athlete_id == found.owner.id, CoachingEvent.plan_id.is_(None)))
    shown = and_(Person.id == CoachingEvent.person_id, Person.state == "active")
    columns = (getattr(CoachingEvent, name) for name in EventFacts.__slots__[:6])
    query = (
        select(*columns, func.coalesce(Person.name, ""))
        .outerjoin(Person, and_(shown, Person.id.not_in(hidden_from(person.id))))
        .where(or_(*of), CoachingEvent.what.in_(TOLD), CoachingEvent.what.not_in(FELT))
        .where(CoachingEvent.created_at >= dt.datetime.combine(first, dt.time(), dt.UTC))
        .order_by(CoachingEvent.created_at.desc(), CoachingEvent.id)
        .limit(MOST_EVENTS)
    )
    rows: list[Any] = list(db.session.execute(query))
    return [EventFacts(*row) for row in rows]


def _notes(person: Person, owner: Owner, plan_ids: list[uuid.UUID]) -> list[NoteFacts]:
    owners = [(owner.kind, owner.id), *((PLAN, plan_id) for plan_id in plan_ids if owner.kind != PLAN)]
    hidden = literal(hidden_ids(person), ARRAY(Uuid()))
    query = (
        select(CoachNote.id, CoachNote.number, func.left(CoachNote.text, LONGEST_NOTE), CoachNote.is_shared)
        .where(tuple_(CoachNote.owner_kind, CoachNote.owner_id).in_(owners))
        .where(*seen_by(person.id, hidden))
        .order_by(CoachNote.pinned_at.is_(None), CoachNote.edited_at.desc(), CoachNote.id)
        .limit(MOST_NOTES)
    )
    return [NoteFacts(*row) for row in db.session.execute(query)]


def _basis(found: Material) -> str:
    """Return the hash of what a summary rests on: it is another once one of these things is."""
    athlete = found.athlete
    parts: list[Any] = [
        (athlete.id, athlete.version, athlete.status) if athlete is not None else None,
        [(plan.id, plan.version, plan.status, plan.race_on, plan.sees_done) for plan in found.plans],
        [
            (one.id, one.version, one.is_done, one.done_m, one.is_missed(found.today))
            for one in found.sessions
            if one.day < found.today or one.is_done
        ],
        [(one.id, one.version, one.due_on, one.done_at) for one in found.milestones],
        [one.id for one in found.events],
        [(one.id, one.number) for one in found.notes],
    ]
    return hashlib.sha256(json.dumps(parts, default=str, separators=(",", ":")).encode()).hexdigest()
