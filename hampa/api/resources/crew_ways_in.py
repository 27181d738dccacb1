"""Ways into crews: invitation links, access codes, and requests."""

import uuid
from datetime import datetime
from typing import Annotated

from flask import request, url_for
from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.crew_shapes import AgreesBody, CrewData, Days, seen_crew_as_data
from hampa.api.shapes import Stamps, Summary, stamps_as_data, summary_as_data
from hampa.crews.actions import codes, crews, memberships as actions
from hampa.crews.forms import CodeForm, LinkForm
from hampa.crews.models import MOST_MEMBERS, Crew, CrewInvitation
from hampa.crews.queries import crews as queries, members
from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical

resource = Resource("crew-ways-in", _l("Ways into crews"), scope="crews")


class InvitationBody(Body):
    """For how many days an invitation works, and how many people it lets in."""

    days: Days = 7
    most_uses: int = Field(10, ge=1, le=MOST_MEMBERS)


class CrewInvitationData(Stamps):
    """An invitation; `url` is the link that you send."""

    id: uuid.UUID
    crew_id: uuid.UUID
    url: str
    expires_at: datetime
    most_uses: int
    uses: int


class InvitingCrewData(Stamps):
    """The crew that an invitation or a code lets you into, with the agreement that you accept; whether you are in it."""

    id: uuid.UUID
    name: str
    description: str
    guide: str
    agreement: str
    agreement_version: int
    members: int
    max_members: int
    is_member: bool


class CodeBody(AgreesBody):
    """An access code, in any spelling, and whether you accept the agreement of its crew."""

    code: str = Field(min_length=1, max_length=40)


class ReadCodeBody(Body):
    """An access code, in any spelling."""

    code: str = Field(min_length=1, max_length=40)


class AccessCodeData(TypedDict):
    """The access code of a crew, null if it has none."""

    code: str | None


class AskingData(TypedDict):
    """Somebody who asks to get into a crew, with their line."""

    person: Summary
    line: str
    created_at: datetime


class AnswerBody(Body):
    """Your answer."""

    answer: Annotated[str, OneOf("yes", "no")]


@resource.get("/crews/<uuid:crew_id>/invitations")
def list_crew_invitations(crew_id: uuid.UUID) -> list[CrewInvitationData]:
    """Return the open invitations into a crew, the newest first: yours, or all if you may remove members."""
    membership = queries.member_with(me(), crew_id, "invite")
    return [_invitation(row) for row in members.links_of(membership, all_of_them=queries.may(membership, "remove"))]


@resource.post("/crews/<uuid:crew_id>/invitations")
def invite_to_crew(crew_id: uuid.UUID, body: InvitationBody) -> Created[CrewInvitationData]:
    """Make an invitation into a crew."""
    queries.member_with(me(), crew_id, "invite")
    form = valid_form(LinkForm, body)
    new_id = actions.invite(me(), crew_id, days=int(form.days.data), most_uses=form.most_uses.data)
    return Created(_invitation(members.invitation_for(me(), new_id)[0]), f"/crews/invitations/{new_id}")


@resource.delete("/crews/<uuid:crew_id>/invitations/<uuid:invitation_id>")
def revoke_invitation(crew_id: uuid.UUID, invitation_id: uuid.UUID) -> None:
    """End an invitation: yours, or any if you may remove members."""
    actions.revoke(me(), crew_id, invitation_id)


@resource.get("/crews/invitations/<uuid:invitation_id>", public=True)
def read_crew_invitation(invitation_id: uuid.UUID) -> InvitingCrewData:
    """Return the crew of an invitation that is open; the id is the last part of its link."""
    return _inviting(members.invitation_for(me(), invitation_id)[1])


def _inviting(crew: Crew) -> InvitingCrewData:
    return {
        "id": crew.id,
        "name": crew.name,
        "description": crew.description,
        "guide": crew.guide,
        "agreement": crew.agreement,
        "agreement_version": crew.agreement_version,
        "members": crew.members,
        "max_members": crew.max_members,
        "is_member": _belongs(crew.id),
        **stamps_as_data(crew),
    }


@resource.post("/crews/invitations/<uuid:invitation_id>/join", needs_name=True)
def join_by_invitation(invitation_id: uuid.UUID, body: AgreesBody) -> CrewData:
    """Join the crew of an invitation."""
    return seen_crew_as_data(actions.use_invitation(me(), invitation_id, **body.accepted))


@resource.post("/crews/code/crew", keeps_refusals=True)
def read_crew_of_code(body: ReadCodeBody) -> InvitingCrewData:
    """Return the crew of an access code, with the agreement that you accept; tries are counted as those to join are."""
    form = valid_form(CodeForm, body)
    return _inviting(codes.crew_of_code(me(), form.typed, request.remote_addr))


@resource.post("/crews/code", needs_name=True, keeps_refusals=True)
def join_by_code(body: CodeBody) -> CrewData:
    """Join a crew by its access code; tries are counted, and too many are refused."""
    form = valid_form(CodeForm, body)
    crew = codes.crew_of_code(me(), form.typed, request.remote_addr)
    actions.use_code(me(), crew.id, form.typed, **body.accepted)
    return seen_crew_as_data(crew.id)


@resource.get("/crews/<uuid:crew_id>/code")
def read_access_code(crew_id: uuid.UUID) -> AccessCodeData:
    """Return the access code of a crew in which you may invite."""
    return {"code": queries.member_with(me(), crew_id, "invite").crew.access_code}


@resource.post("/crews/<uuid:crew_id>/code")
def renew_access_code(crew_id: uuid.UUID) -> AccessCodeData:
    """Give a crew whose settings you may change a new access code: the one before lets nobody in any more."""
    return read_access_code(crews.change_code(me(), crew_id))


@resource.delete("/crews/<uuid:crew_id>/code", locks=Crew)
def remove_access_code(crew_id: uuid.UUID) -> None:
    """Remove the access code of a crew whose settings you may change."""
    crews.change_code(me(), crew_id, remove=True)


@resource.get("/crews/<uuid:crew_id>/requests")
def list_crew_requests(crew_id: uuid.UUID) -> list[AskingData]:
    """Return the people who ask to get into a crew in which you may invite, the oldest hundred first."""
    queries.member_with(me(), crew_id, "invite")
    return [
        {"person": summary_as_data(row), "line": row.line, "created_at": row.created_at}
        for row in members.requests_of(me(), crew_id)
    ]


@resource.post("/crews/<uuid:crew_id>/requests/<uuid:person_id>")
def answer_crew_request(crew_id: uuid.UUID, person_id: uuid.UUID, body: AnswerBody) -> None:
    """Let somebody in who asks, or decline."""
    actions.answer_request(me(), crew_id, person_id, accept=body.answer == "yes")


def _belongs(crew_id: uuid.UUID) -> bool:
    membership = queries.membership_of(me(), crew_id)
    return membership is not None and membership.is_active


def _invitation(row: CrewInvitation) -> CrewInvitationData:
    return {
        "id": row.id,
        "crew_id": row.crew_id,
        "url": canonical(url_for("crews.invited", invitation_id=row.id)),
        "expires_at": row.expires_at,
        "most_uses": row.most_uses,
        "uses": row.uses,
        **stamps_as_data(row),
    }
