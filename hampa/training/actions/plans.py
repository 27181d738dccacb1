"""Plans: making, changing and deleting them, who belongs to them, and their milestones."""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Forbidden, NotFound, Refused, TooFast
from hampa.platform.limits import limit, subject_named
from hampa.platform.locale.i18n import gettext as _
from hampa.timeline.actions import forget, record
from hampa.training.models.plans import (
    CONTRIBUTOR,
    INVITED,
    JOINED,
    MOST_MEMBERS,
    MOST_MILESTONES,
    MOST_PLANS_A_DAY,
    OWNER,
    PLANS_MADE,
    PRIVATE,
    VIEWER,
    Milestone,
    PlanMember,
    TrainingPlan,
)
from hampa.training.queries.plans import (
    locked_plan,
    member_plan,
    membership_in,
    milestone_of,
    people_to_invite,
    plan_for,
)
from hampa.training.queries.timeline import MILESTONE, PLAN_CREATED, PLAN_JOINED

MOST_INVITED_A_DAY = 50
MOST_ASKED_A_DAY = 3
"""The invitations of one person by another within a day, to whatever plans."""


Listener = Callable[[Person, uuid.UUID, str, Mapping[str, Any], Mapping[str, Any]], None]
_listeners: list[Listener] = []


def tells_of_changes(listener: Listener) -> Listener:
    """Have a function called when somebody changes a plan or its milestones: person, plan, what, and before and after."""
    _listeners.append(listener)
    return listener


def _tell(person: Person, plan_id: uuid.UUID, what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    for listener in _listeners:
        listener(person, plan_id, what, before, after)


def _shown(plan: TrainingPlan) -> dict[str, Any]:
    return {"name": plan.name, "plan_status": plan.status, "day": _day(plan.deadline)}


def _step(milestone: Milestone) -> dict[str, Any]:
    return {"name": milestone.name, "day": _day(milestone.due_on)}


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day is not None else None


class MemberAlready(Conflict):
    """The person belongs to the plan, or is invited to it, already."""


def create_plan(person: Person, values: Mapping[str, Any]) -> TrainingPlan:
    """Make a plan of which the person is the owner; `values` are columns."""
    limit_new_plans(person)
    plan = TrainingPlan(**values)
    db.session.add(plan)
    db.session.flush()
    db.session.add(PlanMember(plan_id=plan.id, person_id=person.id, role=OWNER, status=JOINED))
    record(PLAN_CREATED, person.id, plan.id, plan_id=plan.id)
    db.session.flush()
    return plan


def limit_new_plans(person: Person) -> None:
    """Count one more plan that the person makes, or brings along, today. Raise TooFast for too many."""
    limit(person, PLANS_MADE, MOST_PLANS_A_DAY, per="day", error=too_many_plans)


def change_plan(person: Person, plan_id: uuid.UUID, values: Mapping[str, Any]) -> TrainingPlan:
    """Change a plan of the person. Raise Refused for one that has members and is to be seen by its owner alone."""
    member_plan(person, plan_id, owns=True)
    plan = locked_plan(plan_id)
    if values.get("visibility") == PRIVATE != plan.visibility and _count_members(plan_id) > 1:
        raise Refused(_("Others belong to this plan. Remove them first, or let members see it."), "visibility")
    before = _shown(plan)
    for name, value in values.items():
        setattr(plan, name, value)
    db.session.flush()
    if before != (after := _shown(plan)):
        _tell(person, plan_id, "plan_changed", before, after)
    return plan


def delete_plan(person: Person, plan_id: uuid.UUID) -> None:
    """Delete a plan of the person; what was done on it stays with those who did it."""
    member_plan(person, plan_id, owns=True)
    db.session.delete(locked_plan(plan_id))
    db.session.flush()


def invite(person: Person, plan_id: uuid.UUID, invited_id: uuid.UUID, role: str = CONTRIBUTOR) -> PlanMember:
    """Invite a companion, or somebody of one's crews, to a plan of one's own. Raise MemberAlready and Refused."""
    member_plan(person, plan_id, owns=True)
    plan = locked_plan(plan_id)
    if plan.visibility == PRIVATE:
        raise Refused(_("Only you see this plan. Let its members see it first."), "person")
    if _count_members(plan_id) >= MOST_MEMBERS:
        raise Refused(_("A plan has a hundred members at most."), "person")
    if membership_in(plan_id, invited_id) is not None:
        raise MemberAlready(_("They belong to this plan, or are invited already."), "person")
    if not people_to_invite(person, plan_id, invited_id):
        raise Refused(_("Invite companions, and people of your crews."), "person")
    # Taking an invitation back, or a no to it, does not let the same person be asked without end.
    limit(person, "training_plans.invite", MOST_INVITED_A_DAY, per="day", error=_too_many_invited)
    asked = subject_named("training plan", str(person.id), str(invited_id))
    limit(asked, "training_plans.ask_one", MOST_ASKED_A_DAY, per="day", error=_too_many_invited)
    now = clock.now()
    row = {"id": ids.new_id(), "plan_id": plan_id, "person_id": invited_id, "role": role, "status": INVITED}
    times = {"invited_by_id": person.id, "created_at": now, "updated_at": now}
    made = insert(PlanMember).values(**row, **times).on_conflict_do_nothing(index_elements=["plan_id", "person_id"])
    member = db.session.scalar(made.returning(PlanMember))
    if member is None:
        raise MemberAlready(_("They belong to this plan, or are invited already."), "person")
    notify([invited_id], "plan_invited", actor_id=person.id, subject_id=plan_id, data={}, event=ids.new_id())
    return member


def answer_invitation(person: Person, plan_id: uuid.UUID, *, accepts: bool) -> PlanMember | None:
    """Join a plan to which one is invited, or say no, of which nobody is told. Raise NotFound without an invitation."""
    plan_for(person, plan_id)
    member = membership_in(plan_id, person.id)
    if member is None:
        raise NotFound
    if member.status == JOINED:
        return member if accepts else None
    if not accepts:
        db.session.delete(member)
        db.session.flush()
        return None
    member.status = JOINED
    db.session.flush()
    record(PLAN_JOINED, person.id, plan_id, at=clock.now(), plan_id=plan_id)
    if member.invited_by_id is not None:
        notify(
            [member.invited_by_id],
            "plan_news",
            actor_id=person.id,
            subject_id=plan_id,
            data={"what": "joined"},
            event=ids.new_id(),
        )
    return member


def leave_plan(person: Person, plan_id: uuid.UUID) -> None:
    """Leave a plan; what one did on it stays on it. Raise NotFound, and Refused for its owner."""
    member = membership_in(plan_id, person.id)
    if member is None:
        plan_for(person, plan_id)
        return
    if member.role == OWNER:
        raise Refused(_("This plan is yours. Delete it, or set it aside."))
    db.session.delete(member)
    db.session.flush()


def end_between(one_id: uuid.UUID, other_id: uuid.UUID) -> None:
    """End the invitations and memberships of two people in plans of each other, who would not see them in the list."""
    owner = aliased(PlanMember)
    for owner_id, member_id in ((one_id, other_id), (other_id, one_id)):
        owned = select(owner.plan_id).where(owner.person_id == owner_id, owner.role == OWNER)
        theirs = select(PlanMember).where(PlanMember.person_id == member_id, PlanMember.plan_id.in_(owned))
        for member in db.session.scalars(theirs.with_for_update()):
            db.session.delete(member)
    db.session.flush()


def remove_member(person: Person, plan_id: uuid.UUID, member_id: uuid.UUID) -> None:
    """Remove a member from a plan of one's own, or take an invitation back. Raise NotFound and Refused."""
    member = _other_member(person, plan_id, member_id)
    db.session.delete(member)
    db.session.flush()


def set_role(person: Person, plan_id: uuid.UUID, member_id: uuid.UUID, role: str) -> PlanMember:
    """Let a member of one's own plan log activities on it, or only look. Raise NotFound and Refused."""
    if role not in (CONTRIBUTOR, VIEWER):
        raise Refused(_("Choose one of these."), "role")
    member = _other_member(person, plan_id, member_id)
    member.role = role
    db.session.flush()
    return member


def _other_member(person: Person, plan_id: uuid.UUID, member_id: uuid.UUID) -> PlanMember:
    member_plan(person, plan_id, owns=True)
    member = membership_in(plan_id, member_id)
    if member is None:
        raise NotFound
    if member.role == OWNER:
        raise Refused(_("This plan is yours. Delete it, or set it aside."))
    return member


def add_milestone(person: Person, plan_id: uuid.UUID, name: str, due_on: dt.date | None) -> Milestone:
    """Add a step to a plan to which one contributes. Raise Refused for too many."""
    _contributes(person, plan_id)
    locked_plan(plan_id)
    count = select(func.count()).select_from(Milestone).where(Milestone.plan_id == plan_id)
    if (db.session.scalar(count) or 0) >= MOST_MILESTONES:
        raise Refused(_("A plan has fifty milestones at most."), "name")
    milestone = Milestone(plan_id=plan_id, name=name, due_on=due_on)
    db.session.add(milestone)
    db.session.flush()
    _tell(person, plan_id, "step_added", {}, _step(milestone))
    return milestone


def reach_milestone(person: Person, plan_id: uuid.UUID, milestone_id: uuid.UUID, *, reached: bool) -> Milestone:
    """Say that a milestone is reached, or that it is not. Raise NotFound and Forbidden."""
    _contributes(person, plan_id)
    milestone = milestone_of(plan_id, milestone_id)
    if reached != (milestone.done_at is not None):
        milestone.done_at = clock.now() if reached else None
        forget(MILESTONE, milestone.id)
        if reached:
            record(MILESTONE, person.id, milestone.id, plan_id=plan_id)
        db.session.flush()
        _tell(person, plan_id, "step_reached" if reached else "step_open", {}, _step(milestone))
    return milestone


def delete_milestone(person: Person, plan_id: uuid.UUID, milestone_id: uuid.UUID) -> None:
    """Delete a milestone. Raise NotFound and Forbidden."""
    _contributes(person, plan_id)
    milestone = milestone_of(plan_id, milestone_id)
    _tell(person, plan_id, "step_deleted", _step(milestone), {})
    db.session.delete(milestone)
    db.session.flush()


def hand_over(plan_id: uuid.UUID) -> None:
    """Give a plan whose owner goes to the contributor who has been there longest, who is told; without one, delete it."""
    plan = locked_plan(plan_id)
    others = PlanMember.plan_id == plan_id, PlanMember.status == JOINED, PlanMember.role == CONTRIBUTOR
    query = select(PlanMember).where(*others).order_by(PlanMember.created_at, PlanMember.id).limit(1)
    heir = db.session.scalar(query.with_for_update())
    owner = select(PlanMember).where(PlanMember.plan_id == plan_id, PlanMember.role == OWNER)
    if heir is None:
        db.session.delete(plan)
    else:
        db.session.delete(db.session.scalars(owner).one())
        db.session.flush()
        heir.role = OWNER
        notify([heir.person_id], "plan_inherited", subject_id=plan_id, data={}, event=heir.id)
    db.session.flush()


def _contributes(person: Person, plan_id: uuid.UUID) -> None:
    _plan, member = member_plan(person, plan_id)
    if not member.contributes:
        raise Forbidden(_("You can only view this plan. Ask its owner to let you contribute."))


def _count_members(plan_id: uuid.UUID) -> int:
    query = select(func.count()).select_from(PlanMember).where(PlanMember.plan_id == plan_id)
    return db.session.scalar(query) or 0


def _too_many_invited(seconds: int) -> TooFast:
    return TooFast(_("You have asked many people within a day. Ask the next ones tomorrow."), seconds, "person")


def too_many_plans(seconds: int) -> TooFast:
    """Return the refusal of who makes more plans in a day than anybody does."""
    return TooFast(_("That is enough plans for one day. Try again tomorrow."), seconds)
