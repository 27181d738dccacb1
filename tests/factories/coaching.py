"""Athletes, their coaches, and sessions of plans."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select

from hampa.coaching.actions.agreements import agree, invite_athlete, send_invitation
from hampa.coaching.actions.athletes import add_coach as ask_coach, answer_to_coach, remove_coach, set_role
from hampa.coaching.actions.availability import add_exception
from hampa.coaching.actions.givings import finish, give_next
from hampa.coaching.actions.matching import match_day
from hampa.coaching.actions.sessions import move_session, set_race
from hampa.coaching.models.athletes import HEAD, RIGHTS, Athlete, AthleteInvitation, Coach, CoachingEvent
from hampa.coaching.models.availability import Availability, AvailabilityException
from hampa.coaching.models.deadlines import DeadlineChoice
from hampa.coaching.models.matching import MatchChoice
from hampa.coaching.models.sessions import CoachedPlan, PlanSession
from hampa.coaching.models.templates import GivingResult, PlanTemplate, TemplateGiving
from hampa.coaching.queries.invitations import hash_of, token_of
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.locale import dates
from hampa.training.models.plans import PlanMember, TrainingPlan
from tests.factories.base import made, number
from tests.factories.people import make_person
from tests.factories.training import make_activity, training_values


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
    agreed = {"person_id": record.person_id, "seen_at": clock.now()}
    return made(Coach, athlete_id=record.id, coach_id=coach.id, role=role, **agreed, **chosen)


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


def template_session(before: int, **given: Any) -> dict[str, Any]:
    """Return a run of ten kilometres of a template, so many days before the race."""
    usual = {"kind": "run", "distance_m": 10_000, "duration_s": None, "effort": 5, "text": ""}
    return {"id": str(ids.new_id()), "before": before, **usual, **given}


def make_template(coach: Person, *befores: int, **given: Any) -> PlanTemplate:
    """Make a template with runs so many days before the race, by default of two weeks."""
    usual = {"name": f"Template {number()}", "sessions": [template_session(one) for one in befores or (10, 7, 3, 0)]}
    steps = [{"id": str(ids.new_id()), "before": 7, "name": "Half"}]
    return made(PlanTemplate, coach_id=coach.id, **(usual | {"milestones": steps} | given))


def make_giving(template: PlanTemplate, *records: Athlete, **given: Any) -> TemplateGiving:
    """Give a template to athletes who wait for the worker."""
    usual = {"name": "Block", "template": template.name, "last_on": clock.now().date() + dt.timedelta(days=20)}
    usual |= {"has_race": True, "sessions": template.sessions, "milestones": template.milestones}
    giving = made(TemplateGiving, coach_id=template.coach_id, **(usual | given))
    for record in records:
        made(GivingResult, giving_id=giving.id, athlete_id=record.id)
    return giving


def make_exception(person: Person, first: dt.date | None = None, **given: Any) -> AvailabilityException:
    """Let a person have no time on a day, by default today."""
    first = first or clock.now().date()
    return made(AvailabilityException, person_id=person.id, first=first, **({"last": first, "minutes": 0} | given))


COACHING_NAMES = (
    *("athlete_id", "training_session_id", "link", "giving_id", "exception_id"),
    *("template_id", "template_session_id", "template_milestone_id"),
)


def coaching_values_for(name: str, rule: str, coach: Person, person: Person) -> Any:
    """Return what stands for a placeholder of a route: an athlete of a coach, a session, or the link of an invitation.

    Who is to be invited, or to get a further coach, has no account yet.
    """
    if name == "link":
        if db.session.scalar(select(Coach.id).where(Coach.coach_id == coach.id, Coach.person_id == person.id)) is None:
            make_athlete(coach, person)  # whatever other routes were asked before, this coach has the person already
        record = make_athlete(coach, name="Nobody yet")
        number = "+989120000555" if rule.endswith("/stop") else None
        return token_of(make_invitation_of(record, coach, number))
    if name == "exception_id":
        other = db.session.scalar(select(AvailabilityException.id).where(AvailabilityException.person_id == coach.id))
        return other or make_exception(coach).id
    if name == "giving_id":
        given = db.session.scalar(select(TemplateGiving.id).where(TemplateGiving.coach_id == coach.id))
        name = "Half marathon in spring"
        return (
            given or make_giving(make_template(coach, name=name), make_athlete(coach, name="Nobody yet"), name=name).id
        )
    if name.startswith("template_"):
        template = db.session.scalar(select(PlanTemplate).where(PlanTemplate.coach_id == coach.id))
        template = template or make_template(coach, name="Half marathon in spring")
        rows = {"template_id": template.id, "template_session_id": template.sessions, "template_milestone_id": None}
        rows["template_milestone_id"] = template.milestones
        return rows[name] if name == "template_id" else (rows[name][0]["id"] if rows[name] else ids.new_id())
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
    make_giving(make_template(person, name="quince-name"), record, name="quince-name")
    made(Availability, person_id=person.id, days=[0, 30, None, None, 60, None, None])
    make_exception(person, note="quince-note")
    made(DeadlineChoice, person_id=person.id, days=[7, -1])
    made(MatchChoice, activity_id=make_activity(person).id)


def _tell_of_heads(actor: Person, reader: Person, mark: str) -> None:
    """Let two coaches of an athlete ask each other to be the head, and one follow the other."""
    athlete = make_athlete(actor, name=f"{mark} walker")
    ask_coach(actor, athlete.id, reader.id, "assistant")
    answer_to_coach(reader, athlete.id, accept=True)
    for head, other in ((actor, reader), (reader, actor)):
        row = set_role(head, athlete.id, other.id, HEAD)
        answer_to_coach(other, athlete.id, accept=True)
        notify([reader.id], "head_changed", actor_id=actor.id, subject_id=row.id, data={}, event=f"told {row.id}")
    remove_coach(actor, athlete.id, actor.id)


def tell_of_coaching(actor: Person, reader: Person, mark: str) -> None:
    """Invite a reader as an athlete, who agrees, and as a coach of an athlete who is asked; names have a mark."""
    invitation = invite_athlete(actor, make_athlete(actor, name=f"{mark} athlete").id, reader.phone)
    send_invitation(invitation.id)
    agree(reader, str(invitation.id), RIGHTS)
    shared = make_athlete(actor, make_person(name=f"{mark} runner"))
    ask_coach(actor, shared.id, reader.id, "assistant")
    answer_to_coach(reader, shared.id, accept=True)
    _tell_of_heads(actor, reader, mark)
    for coach, runner in ((actor, reader), (reader, actor)):
        template = make_template(coach, name=f"{mark} template")
        record = db.session.scalar(
            select(Athlete)
            .join(Coach, Coach.athlete_id == Athlete.id)
            .where(Coach.coach_id == coach.id, Coach.person_id == runner.id)
        ) or make_athlete(coach, runner)
        giving = make_giving(template, record, name=f"{mark} plan")
        while give_next(giving.id):
            pass
        finish(giving.id, tells=True)
        today = dates.today()
        plan = make_coached_plan(record, today + dt.timedelta(days=7), name=f"{mark} plan")
        data = {"thing": str(plan.id), "due_on": str(plan.deadline), "days": 7}
        notify([runner.id], "deadline_near", subject_id=plan.id, data=data, event=f"told {plan.id}")
        set_race(coach, plan.id, today + dt.timedelta(days=8))
        day = make_activity(runner).day
        make_session(plan, day)
        match_day(runner.id, day)
        add_exception(runner, today, today, 0, f"{mark} fever")
        late = make_session(plan, today + dt.timedelta(days=3))
        move_session(runner, plan.id, late.id, today + dt.timedelta(days=4), f"{mark} why")
