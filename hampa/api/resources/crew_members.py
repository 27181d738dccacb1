"""Members of crews, and what organisers do with them."""

import uuid
from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.crew_shapes import Right, Role
from hampa.api.shapes import Summary, summary_as_data
from hampa.crews.actions import memberships as actions
from hampa.crews.forms import RemovalForm, RoleForm, SanctionForm
from hampa.crews.models import ACTIVE, RIGHTS, ROLE_RIGHTS, STATUSES, CrewMembership
from hampa.crews.queries import crews as queries, members
from hampa.crews.queries.members import Member
from hampa.people.queries import PersonSummary
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf, Paging
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me

resource = Resource("crew-members", _l("Members of crews"), scope="crews")

Reason = Annotated[str, Field(min_length=1, max_length=200)]
SanctionDays = Annotated[int, Field(json_schema_extra={"enum": [1, 7, 30, 365]})]


class MembersQuery(Paging):
    """Which members; those who left or are `banned` are for organisers who may remove members."""

    status: Annotated[str, OneOf(*STATUSES)] = ACTIVE


class MemberData(TypedDict):
    """A member of a crew; `is_new` in their first two weeks."""

    person: Summary
    role: Role
    is_new: bool
    is_muted: bool
    joined_at: datetime


class MembershipData(TypedDict):
    """A member as organisers see them: `reason` is that of a ban, or of being muted."""

    person: Summary
    role: Role
    rights: list[Right]
    status: Annotated[str, OneOf(*STATUSES)]
    joined_at: datetime
    muted_until: datetime | None
    ends_at: datetime | None
    reason: str
    created_at: datetime
    updated_at: datetime
    version: int


class RoleBody(Body):
    """A role, and `rights` in place of those of the role, which it has if they are left out. Admins have all rights."""

    role: Role
    rights: list[Right] | None = Field(None, max_length=len(RIGHTS))


class RemovalBody(Body):
    """Why, for the log of the crew; the member is told that they are removed, and not by whom."""

    reason: Reason


class SanctionBody(RemovalBody):
    """Why, and for how many days."""

    days: SanctionDays = 7


@resource.get("/crews/<uuid:crew_id>/members")
def list_members(crew_id: uuid.UUID, query: MembersQuery) -> Page[MemberData]:
    """List the members of a crew of yours, those who have been in it for longest first."""
    membership = queries.member_of(me(), crew_id)
    if query.status != ACTIVE:
        queries.member_with(me(), crew_id, "remove")
    organises = queries.may(membership, "remove")
    page = members.members_of(me(), crew_id, query.after, status=query.status, organises=organises, size=query.limit)
    return page.of_rows(_member)


@resource.get("/crews/<uuid:crew_id>/members/<uuid:person_id>")
def read_member(crew_id: uuid.UUID, person_id: uuid.UUID) -> MembershipData:
    """Return a member, also one who left or is banned, of a crew in which you may remove members."""
    queries.member_with(me(), crew_id, "remove")
    return _membership(crew_id, person_id)


@resource.put("/crews/<uuid:crew_id>/members/<uuid:person_id>/role")
def set_role(crew_id: uuid.UUID, person_id: uuid.UUID, body: RoleBody) -> MemberData:
    """Give a member of a crew another role or other rights, or step down as its admin if there is another."""
    queries.admin_of(me(), crew_id)
    form = valid_form(RoleForm, {"role": body.role, "rights": body.rights or []})
    rights = form.rights.data if body.rights is not None else []
    own = rights if set(rights) != set(ROLE_RIGHTS[body.role]) else []
    actions.set_role(me(), crew_id, person_id, form.role.data, own)
    membership, person = members.other_member(me(), crew_id, person_id) if person_id != me().id else _own(crew_id)
    return {
        "person": summary_as_data(person),
        "role": membership.role,
        "is_new": membership.is_new,
        "is_muted": membership.is_muted,
        "joined_at": membership.joined_at,
    }


@resource.put("/crews/<uuid:crew_id>/members/<uuid:person_id>/mute")
def mute_member(crew_id: uuid.UUID, person_id: uuid.UUID, body: SanctionBody) -> MembershipData:
    """Let a member only read for some days."""
    queries.member_with(me(), crew_id, "remove")
    actions.mute_member(me(), crew_id, person_id, **valid_form(SanctionForm, body).values())
    return _membership(crew_id, person_id)


@resource.delete("/crews/<uuid:crew_id>/members/<uuid:person_id>/mute")
def unmute_member(crew_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Let a muted member write again."""
    actions.unmute_member(me(), crew_id, person_id)


@resource.post("/crews/<uuid:crew_id>/members/<uuid:person_id>/remove")
def remove_member(crew_id: uuid.UUID, person_id: uuid.UUID, body: RemovalBody) -> None:
    """Remove a member, who may come back by any way in."""
    queries.member_with(me(), crew_id, "remove")
    actions.remove_member(me(), crew_id, person_id, **valid_form(RemovalForm, body).values())


@resource.put("/crews/<uuid:crew_id>/members/<uuid:person_id>/ban")
def ban_member(crew_id: uuid.UUID, person_id: uuid.UUID, body: SanctionBody) -> MembershipData:
    """Remove a member, who can't come back for some days."""
    queries.member_with(me(), crew_id, "remove")
    actions.ban_member(me(), crew_id, person_id, **valid_form(SanctionForm, body).values())
    return _membership(crew_id, person_id)


@resource.delete("/crews/<uuid:crew_id>/members/<uuid:person_id>/ban")
def end_ban(crew_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Let a banned person come back by any way in."""
    actions.end_ban(me(), crew_id, person_id)


def _own(crew_id: uuid.UUID) -> tuple[CrewMembership, PersonSummary]:
    return queries.member_of(me(), crew_id), PersonSummary(me().id, me().name, me().avatar)


def _member(row: Member) -> MemberData:
    return {
        "person": summary_as_data(row),
        "role": row.role,
        "is_new": row.is_new,
        "is_muted": row.is_muted,
        "joined_at": row.joined_at,
    }


def _membership(crew_id: uuid.UUID, person_id: uuid.UUID) -> MembershipData:
    db.session.flush()
    membership, person = members.other_member(me(), crew_id, person_id)
    return {
        "person": {"id": person.id, "name": person.name, "avatar": person.avatar},
        "role": membership.role,
        "rights": [right for right in RIGHTS if right in (membership.rights or ROLE_RIGHTS[membership.role])],
        "status": membership.status,
        "joined_at": membership.joined_at,
        "muted_until": membership.muted_until,
        "ends_at": membership.ends_at,
        "reason": membership.reason,
        "created_at": membership.created_at,
        "updated_at": membership.updated_at,
        "version": membership.version,
    }
