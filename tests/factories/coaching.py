"""Athletes, their coaches, and sessions of plans."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select

from hampa.coaching.actions.agreements import agree, invite_athlete, send_invitation
from hampa.coaching.actions.athletes import add_coach as ask_coach
from hampa.coaching.models.athletes import RIGHTS, Athlete, AthleteInvitation, Coach, CoachingEvent
from hampa.coaching.models.sessions import CoachedPlan, PlanSession, PlanTemplate
from hampa.coaching.queries.invitations import hash_of, token_of
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.training.models.plans import PlanMember, TrainingPlan
from tests.factories.base import made, number
from tests.factories.people import make_person
from tests.factories.training import training_values


def make_athlete(
    coach: Person, person: Person | None = None, rights: tuple[str, ...] = RIGHTS, **given: Any
) -> Athlete:
    """Make an athlete of a coach, who let them see and change everything if they have an account."""
    name = person.name if person is not None else f"Athlete {number()}"
    record = made(Athlete, **({"name": name, "person_id": person.id if person else None} | given))
    chosen = {right: person is not None and right in rights for right in RIGHTS}
    made(Coach, athlete_id=record.id, coach_id=coach.id, person_id=record.person_id, role="head", **chosen)
    return record


def add_coach(record: Athlete, coach: Person, role: str = "assistant", rights: tuple[str, ...] = RIGHTS) -> Coach:
    """Let somebody coach an athlete too, who has agreed to it."""
    chosen = {right: record.person_id is not None and right in rights for right in RIGHTS}
    return made(Coach, athlete_id=record.id, coach_id=coach.id, person_id=record.person_id, role=role, **chosen)


def make_coached_plan(record: Athlete, race_on: dt.date | None = None, **given: Any) -> TrainingPlan:
    """Make a plan of an athlete."""
    plan = made(TrainingPlan, **({"name": f"Plan {number()}", "deadline": race_on} | given))
    made(CoachedPlan, plan_id=plan.id, athlete_id=record.id, race_on=race_on)
    if record.person_id is not None:
        made(PlanMember, plan_id=plan.id, person_id=record.person_id, role="owner", status="joined")
    return plan


def make_session(plan: TrainingPlan, day: dt.date | None = None, **given: Any) -> PlanSession:
    """Plan a run of ten kilometres, by default for today."""
    usual = {"day": day or clock.now().date(), "kind": "run", "distance_m": 10_000, "effort": 5}
    return made(PlanSession, plan_id=plan.id, **(usual | given))


def coaching_values_for(name: str, rule: str, coach: Person, person: Person) -> Any:
    """Return what stands for a placeholder of a route: an athlete of a coach, a session, or the link of an invitation.

    Who is to be invited, or to get a further coach, has no account yet.
    """
    if name == "link":
        record = make_athlete(coach, name="Nobody yet")
        number = "+989120000555" if rule.endswith("/stop") else None
        return token_of(make_invitation_of(record, coach, number))
    if name == "training_session_id":
        plan_id = training_values(coach, person)["plan_id"]
        planned = db.session.scalar(select(PlanSession).where(PlanSession.plan_id == plan_id))
        return (planned or make_session(db.session.get_one(TrainingPlan, plan_id))).id
    if rule.startswith("/coaching/") and rule.endswith(("invitation", "coaches")):
        alone = select(Athlete.id).join(Coach, Coach.athlete_id == Athlete.id)
        found = db.session.scalar(alone.where(Coach.coach_id == coach.id, Athlete.person_id.is_(None)))
        return found or make_athlete(coach, name="Nobody yet").id
    row = db.session.scalar(select(Coach).where(Coach.coach_id == coach.id, Coach.person_id == person.id))
    return row.athlete_id if row is not None else make_athlete(coach, person).id


def make_invitation_of(record: Athlete, coach: Person, number: str | None = None) -> AthleteInvitation:
    """Invite an athlete by a link, or by a number."""
    return made(
        AthleteInvitation,
        athlete_id=record.id,
        coach_id=coach.id,
        number=number,
        number_hash=hash_of(number) if number else None,
        expires_at=clock.now() + dt.timedelta(days=14),
    )


def make_coaching_of(person: Person, friend: Person) -> None:
    """Let a person coach a friend and be coached by them, and keep all that there is of coaching."""
    record = make_athlete(person, friend, note="quince-note")
    make_invitation_of(make_athlete(person, name="quince-name"), person, "+989120000777")
    make_athlete(friend, person, name="quince-name", note="quince-note")
    session = make_session(make_coached_plan(record))
    told = {"why": "quince-note", "after": {"day": "2026-11-28", "line": "quince-line"}}
    made(CoachingEvent, athlete_id=record.id, plan_id=session.plan_id, person_id=person.id, what="answered", **told)
    make_session(db.session.get_one(TrainingPlan, training_values(person, friend)["plan_id"]), line="quince-line")
    made(PlanTemplate, coach_id=person.id, name="quince-name", sessions=[], milestones=[])


def tell_of_coaching(actor: Person, reader: Person, mark: str) -> None:
    """Invite a reader as an athlete, who agrees, and as a coach of an athlete who is asked; names have a mark."""
    invitation = invite_athlete(actor, make_athlete(actor, name=f"{mark} athlete").id, reader.phone)
    send_invitation(invitation.id)
    agree(reader, str(invitation.id), RIGHTS)
    ask_coach(actor, make_athlete(actor, make_person(name=f"{mark} runner")).id, reader.id, "assistant")
