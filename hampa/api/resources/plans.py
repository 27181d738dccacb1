"""Plans: bodies of work, their members and their milestones."""

import datetime as dt
import uuid
from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.shapes import Stamps, Summary, stamps_as_data, summary_as_data
from hampa.people.queries import person_for
from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf, Paging
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me
from hampa.training.actions import plans as actions
from hampa.training.forms.plans import MilestoneForm, PlanForm
from hampa.training.models.plans import (
    CONTRIBUTOR,
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    MEMBER_STATUSES,
    PRIVATE,
    ROLES,
    STATUSES,
    UNDERWAY,
    VIEWER,
    VISIBILITIES,
    Milestone,
    PlanMember,
    TrainingPlan,
)
from hampa.training.queries import plans as queries
from hampa.training.queries.plan_lists import PlanRow, plans_of

resource = Resource("plans", _l("Plans"), scope="training")

Status = Annotated[str, OneOf(*STATUSES)]
Visibility = Annotated[str, OneOf(*VISIBILITIES)]
Role = Annotated[str, OneOf(*ROLES)]
MemberStatus = Annotated[str, OneOf(*MEMBER_STATUSES)]


class PlansQuery(Paging):
    """Which plans."""

    status: Status | None = None
    order: Annotated[str, OneOf("latest", "deadline")] = "latest"


class PlanBody(Body):
    """A plan; `private` ones are seen by who made them alone."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    description: str = Field("", max_length=LONGEST_DESCRIPTION)
    deadline: dt.date | None = Field(None, strict=False)
    status: Status = UNDERWAY
    visibility: Visibility = PRIVATE


class PlanChange(Body):
    """What changes of a plan."""

    name: str = Field("", min_length=1, max_length=LONGEST_NAME)
    description: str = Field("", max_length=LONGEST_DESCRIPTION)
    deadline: dt.date | None = Field(None, strict=False)
    status: Status = UNDERWAY
    visibility: Visibility = PRIVATE


class MemberBody(Body):
    """As what somebody is invited, or belongs to it from now on."""

    role: Annotated[str, OneOf(CONTRIBUTOR, VIEWER)] = CONTRIBUTOR


class MilestoneBody(Body):
    """A milestone."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    due_on: dt.date | None = Field(None, strict=False)


class MilestoneChange(Body):
    """Whether a milestone is reached."""

    reached: bool


class PlanRowData(Stamps):
    """A plan to which you belong or are invited, with what all have done on it."""

    id: uuid.UUID
    name: str
    status: Status
    visibility: Visibility
    deadline: dt.date | None
    role: Role
    membership: MemberStatus
    activities: int
    duration_s: int
    milestones: int
    milestones_reached: int


class MilestoneData(Stamps):
    """A milestone; `done_at` is when it was reached."""

    id: uuid.UUID
    name: str
    due_on: dt.date | None
    done_at: datetime | None


class PlanMemberData(TypedDict):
    """A member of a plan, with what they did on it."""

    person: Summary
    role: Role
    membership: MemberStatus
    count: int
    duration_s: int
    distance_m: int


class PlanData(TypedDict):
    """A plan; its members are there for who belongs to it."""

    id: uuid.UUID
    name: str
    description: str
    status: Status
    visibility: Visibility
    deadline: dt.date | None
    role: Role | None
    membership: MemberStatus | None
    milestones: list[MilestoneData]
    members: list[PlanMemberData]
    created_at: datetime
    updated_at: datetime
    version: int


@resource.get("/me/plans")
def list_own_plans(query: PlansQuery) -> Page[PlanRowData]:
    """List the plans to which you belong, or are invited, the latest first."""
    by_deadline = query.order == "deadline"
    shown = plans_of(me(), query.status or "", query.after, query.limit, by_deadline=by_deadline, sessions=False)
    return shown.of_rows(_row)


@resource.post("/plans")
def create_plan(body: PlanBody) -> Created[PlanData]:
    """Make a plan of your own."""
    made = actions.create_plan(me(), valid_form(PlanForm, body).values())
    return Created(_plan(*queries.plan_for(me(), made.id)), f"/plans/{made.id}")


@resource.get("/plans/<uuid:plan_id>")
def read_plan(plan_id: uuid.UUID) -> PlanData:
    """Return a plan that you may see."""
    return _plan(*queries.plan_for(me(), plan_id))


@resource.patch("/plans/<uuid:plan_id>", locks=TrainingPlan)
def change_plan(plan_id: uuid.UUID, body: PlanChange) -> PlanData:
    """Change a plan of your own."""
    plan, _member = queries.member_plan(me(), plan_id, owns=True)
    actions.change_plan(me(), plan_id, valid_form(PlanForm, body, obj=plan).values())
    return _plan(*queries.plan_for(me(), plan_id))


@resource.delete("/plans/<uuid:plan_id>", locks=TrainingPlan)
def delete_plan(plan_id: uuid.UUID) -> None:
    """Delete a plan of your own; what was done on it stays with those who did it."""
    actions.delete_plan(me(), plan_id)


@resource.put("/plans/<uuid:plan_id>/members/<uuid:person_id>")
def set_plan_member(plan_id: uuid.UUID, person_id: uuid.UUID, body: MemberBody) -> None:
    """Invite a companion or somebody of your crews to a plan of yours, or say as what they belong to it."""
    queries.member_plan(me(), plan_id, owns=True)
    person_for(me(), person_id)
    if queries.membership_in(plan_id, person_id) is None:
        actions.invite(me(), plan_id, person_id, body.role)
    else:
        actions.set_role(me(), plan_id, person_id, body.role)


@resource.delete("/plans/<uuid:plan_id>/members/<uuid:person_id>")
def remove_plan_member(plan_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Remove a member from a plan of yours, or take an invitation back."""
    actions.remove_member(me(), plan_id, person_id)


@resource.put("/plans/<uuid:plan_id>/membership")
def accept_plan(plan_id: uuid.UUID) -> None:
    """Join a plan to which you are invited."""
    actions.answer_invitation(me(), plan_id, accepts=True)


@resource.delete("/plans/<uuid:plan_id>/membership")
def leave_plan(plan_id: uuid.UUID) -> None:
    """Leave a plan, or decline an invitation to it, of which nobody is told."""
    actions.leave_plan(me(), plan_id)


@resource.post("/plans/<uuid:plan_id>/milestones")
def add_milestone(plan_id: uuid.UUID, body: MilestoneBody) -> Created[MilestoneData]:
    """Add a milestone to a plan to which you contribute."""
    queries.member_plan(me(), plan_id)
    form = valid_form(MilestoneForm, body)
    made = actions.add_milestone(me(), plan_id, form.name.data, form.due_on.data)
    return Created(_milestone(made), f"/plans/{plan_id}")


@resource.patch("/plans/<uuid:plan_id>/milestones/<uuid:milestone_id>")
def reach_milestone(plan_id: uuid.UUID, milestone_id: uuid.UUID, body: MilestoneChange) -> MilestoneData:
    """Say that a milestone is reached, or that it is not."""
    return _milestone(actions.reach_milestone(me(), plan_id, milestone_id, reached=body.reached))


@resource.delete("/plans/<uuid:plan_id>/milestones/<uuid:milestone_id>")
def delete_milestone(plan_id: uuid.UUID, milestone_id: uuid.UUID) -> None:
    """Delete a milestone of a plan to which you contribute."""
    actions.delete_milestone(me(), plan_id, milestone_id)


def _row(row: PlanRow) -> PlanRowData:
    return {
        "id": row.id,
        "name": row.name,
        "status": row.status,
        "visibility": row.visibility,
        "deadline": row.deadline,
        "role": row.role,
        "membership": row.member_status,
        "activities": row.activities,
        "duration_s": row.duration_s,
        "milestones": row.milestones,
        "milestones_reached": row.reached,
        **stamps_as_data(row),
    }


def _plan(plan: TrainingPlan, member: PlanMember | None) -> PlanData:
    members = queries.members_of(me(), plan.id, owns=member.owns) if member is not None and member.belongs else []
    return {
        "id": plan.id,
        "name": plan.name,
        "description": plan.description,
        "status": plan.status,
        "visibility": plan.visibility,
        "deadline": plan.deadline,
        "role": member.role if member is not None else None,
        "membership": member.status if member is not None else None,
        "milestones": [_milestone(one) for one in queries.milestones_of(plan.id)],
        "members": [_member(one) for one in members],
        "created_at": plan.created_at,
        "updated_at": plan.updated_at,
        "version": plan.version,
    }


def _member(row: queries.MemberRow) -> PlanMemberData:
    return {
        "person": summary_as_data(row.person),
        "role": row.role,
        "membership": row.status,
        "count": row.count,
        "duration_s": row.duration_s,
        "distance_m": row.distance_m,
    }


def _milestone(one: Milestone) -> MilestoneData:
    return {"id": one.id, "name": one.name, "due_on": one.due_on, "done_at": one.done_at, **stamps_as_data(one)}
