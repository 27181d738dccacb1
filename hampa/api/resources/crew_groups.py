"""Sub-groups of crews, the agreement, your own membership, and phone numbers that a crew invites."""

import uuid
from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.crew_shapes import AgreesBody, CrewData, seen_crew_as_data
from hampa.api.shapes import Stamps, stamps_as_data
from hampa.crew_invitations import actions as invitations, queries as invited
from hampa.crew_invitations.forms import MOST_NUMBERS, read_numbers
from hampa.crews.actions import agreements, groups as actions, memberships
from hampa.crews.forms import GroupForm
from hampa.crews.models import GROUP_KINDS, LONGEST_GROUP_NAME, PACE, Crew
from hampa.crews.queries import crews as queries, groups
from hampa.crews.queries.groups import GroupRow
from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf
from hampa.platform.errors import Refused
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.locale.regions import phone_regions
from hampa.platform.web.session import me

resource = Resource("crew-groups", _l("Sub-groups of crews, and invitations of numbers"), scope="crews")

Groups = Annotated[list[uuid.UUID], Field(max_length=groups.MOST_GROUPS)]


class GroupBody(Body):
    """A sub-group; members choose it themselves if it `is_open`, otherwise organisers put them into it."""

    name: str = Field(min_length=1, max_length=LONGEST_GROUP_NAME)
    kind: Annotated[str, OneOf(*GROUP_KINDS)] = PACE
    is_open: bool = True


class GroupData(Stamps):
    """A sub-group of a crew; `is_in` is whether you are in it."""

    id: uuid.UUID
    name: str
    kind: Annotated[str, OneOf(*GROUP_KINDS)]
    is_open: bool
    members: int
    is_in: bool


class MembershipBody(Body):
    """What you choose in a crew: to hear of it, to show its admins your number, and the open sub-groups you are in."""

    hears: bool = True
    shares_phone: bool = False
    groups: Groups = Field(default_factory=list)


class OwnMembershipData(TypedDict):
    """What you chose in a crew; `agreed_version` is the agreement that you accepted, `agreement_version` that of now."""

    hears: bool
    shares_phone: bool
    groups: list[GroupData]
    agreement: str
    agreement_version: int
    agreed_version: int | None
    agreed_at: datetime | None


class GroupsBody(Body):
    """The sub-groups that a member is in; they leave all others."""

    groups: Groups


class AgreementBody(Body):
    """The version of the agreement that you read and accept."""

    version: int


class NumbersBody(Body):
    """Phone numbers, in E.164 or as in your country, whose holders agreed to be invited."""

    numbers: list[Annotated[str, Field(max_length=60)]] = Field(min_length=1, max_length=MOST_NUMBERS)
    agreed: bool = Field(description="Whether you have the agreement of each of them")


class ProblemData(TypedDict):
    """A number that is not invited, and why."""

    number: str
    problem: str


class InvitedData(TypedDict):
    """How many of the numbers are invited now, and what is wrong with the others; not who has an account."""

    invited: int
    problems: list[ProblemData]


class NumberInvitationsData(TypedDict):
    """How many numbers the crew invited in the last months, and how many came in."""

    invited: int
    sent: int
    accepted: int
    waiting: int


@resource.get("/crews/<uuid:crew_id>/groups")
def list_crew_groups(crew_id: uuid.UUID) -> list[GroupData]:
    """Return the sub-groups of a crew of yours: there are at most twenty."""
    return [_group(row) for row in groups.groups_of(crew_id, queries.member_of(me(), crew_id).id)]


@resource.post("/crews/<uuid:crew_id>/groups")
def create_crew_group(crew_id: uuid.UUID, body: GroupBody) -> Created[GroupData]:
    """Create a sub-group of a crew whose settings you may change."""
    membership = queries.member_with(me(), crew_id, "edit")
    new_id = actions.create_group(me(), crew_id, **valid_form(GroupForm, body).values())
    made = next(row for row in groups.groups_of(crew_id, membership.id) if row.id == new_id)
    return Created(_group(made), f"/crews/{crew_id}/groups")


@resource.put("/crews/<uuid:crew_id>/groups/<uuid:group_id>")
def change_crew_group(crew_id: uuid.UUID, group_id: uuid.UUID, body: GroupBody) -> GroupData:
    """Change a sub-group."""
    membership = queries.member_with(me(), crew_id, "edit")
    actions.change_group(me(), crew_id, group_id, **valid_form(GroupForm, body).values())
    return _group(next(row for row in groups.groups_of(crew_id, membership.id) if row.id == group_id))


@resource.delete("/crews/<uuid:crew_id>/groups/<uuid:group_id>")
def delete_crew_group(crew_id: uuid.UUID, group_id: uuid.UUID) -> None:
    """Delete a sub-group with the notices to it; its members stay in the crew."""
    actions.delete_group(me(), crew_id, group_id)


@resource.put("/crews/<uuid:crew_id>/members/<uuid:person_id>/groups")
def put_member_into_groups(crew_id: uuid.UUID, person_id: uuid.UUID, body: GroupsBody) -> None:
    """Put a member into sub-groups, and out of all others."""
    actions.put_into_groups(me(), crew_id, person_id, body.groups)


@resource.get("/crews/<uuid:crew_id>/membership")
def read_own_membership(crew_id: uuid.UUID) -> OwnMembershipData:
    """Return what you chose in a crew, and what you accepted."""
    membership = queries.member_of(me(), crew_id)
    crew = membership.crew
    return {
        "hears": membership.notices,
        "shares_phone": membership.shares_phone,
        "groups": [_group(row) for row in groups.groups_of(crew_id, membership.id) if row.is_in],
        "agreement": crew.agreement,
        "agreement_version": crew.agreement_version,
        "agreed_version": membership.agreed_version,
        "agreed_at": membership.agreed_at,
    }


@resource.put("/crews/<uuid:crew_id>/membership", locks=Crew)
def change_own_membership(crew_id: uuid.UUID, body: MembershipBody) -> OwnMembershipData:
    """Change what you chose in a crew."""
    chosen = {"notices": body.hears, "shares_phone": body.shares_phone}
    memberships.change_membership(me(), crew_id, **chosen, group_ids=body.groups)
    return read_own_membership(crew_id)


@resource.put("/crews/<uuid:crew_id>/agreement")
def accept_agreement(crew_id: uuid.UUID, body: AgreementBody) -> OwnMembershipData:
    """Accept the agreement of a crew of yours, in its version of now."""
    agreements.accept_agreement(me(), crew_id, body.version)
    return read_own_membership(crew_id)


@resource.get("/crews/<uuid:crew_id>/phone-numbers")
def count_invited_numbers(crew_id: uuid.UUID) -> NumberInvitationsData:
    """Return how many phone numbers a crew invited: not who of them is here, until they join."""
    invited.member_who_invites(me(), crew_id)
    counts = invited.counts_of(crew_id)
    return {"invited": counts.invited, "sent": counts.sent, "accepted": counts.accepted, "waiting": counts.waiting}


@resource.post("/crews/<uuid:crew_id>/phone-numbers")
def invite_numbers(crew_id: uuid.UUID, body: NumbersBody) -> InvitedData:
    """Invite phone numbers into a crew that you organise: each gets one notification or SMS."""
    invited.member_who_invites(me(), crew_id)
    if not body.agreed:
        raise Refused(_("Only invite people who agreed to it."), "agreed")
    rows = [[text] for text in body.numbers]
    listed = read_numbers(rows, phone_regions(), lambda some: invited.invited_before(crew_id, some), heads=False)
    count = invitations.invite_numbers(me(), crew_id, listed.numbers)
    return {"invited": count, "problems": [{"number": row.text, "problem": row.problem} for row in listed.problems]}


@resource.delete("/crews/<uuid:crew_id>/phone-numbers/<uuid:number_invitation_id>")
def revoke_number(crew_id: uuid.UUID, number_invitation_id: uuid.UUID) -> None:
    """End an invitation of a number: yours, or any if you may remove members."""
    invitations.revoke(me(), crew_id, number_invitation_id)


@resource.post("/crews/invited/<uuid:number_invitation_id>/join", needs_name=True)
def join_by_number(number_invitation_id: uuid.UUID, body: AgreesBody) -> CrewData:
    """Join the crew that invited your number."""
    return seen_crew_as_data(invitations.accept(me(), number_invitation_id, **body.accepted))


@resource.delete("/crews/invited/<uuid:number_invitation_id>")
def decline_by_number(number_invitation_id: uuid.UUID) -> None:
    """End an invitation to your number; nobody is told."""
    invitations.decline(me(), number_invitation_id)


def _group(row: GroupRow) -> GroupData:
    return {
        "id": row.id,
        "name": row.name,
        "kind": row.kind,
        "is_open": row.is_open,
        "members": row.members,
        "is_in": row.is_in,
        **stamps_as_data(row),
    }
