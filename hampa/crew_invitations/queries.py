"""Questions about invitations of phone numbers."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from hampa.crew_invitations.models import NumberInvitation
from hampa.crews.models import ACTIVE, MEMBER, Crew, CrewMembership
from hampa.crews.queries.crews import member_of, why_not
from hampa.crews.queries.people import has_right_to_invite
from hampa.crews.queries.pictures import opened_by
from hampa.crews.queries.reporting import also_shown_by
from hampa.notifications.models import Reference, Words
from hampa.notifications.queries.stops import is_stopped
from hampa.outbox.models import read_data_with
from hampa.people.models import Person
from hampa.people.queries import is_not_shut_out
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, Gone, NotFound
from hampa.platform.lasting import lasting_hash, lasting_hashes
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.security import signed_links
from hampa.platform.statements import built_once

PURPOSE = "crew invitation"
LINK = "c"
"""The purpose of the links in SMS."""
SMS_FOLDER = "crew_invitations/sms/"
MOST_SHOWN = 100


def hash_of(number: str) -> str:
    """Return what is kept of an invited number (E.164), whatever becomes of the secret key."""
    return lasting_hash(PURPOSE, number)


def hashes_of(number: str) -> list[str]:
    """Return what may be kept of an invited number (E.164)."""
    return lasting_hashes(PURPOSE, number)


def why_not_numbers(membership: CrewMembership) -> str:
    """Return why a member does not invite by phone numbers, "" if they may: others pay for the SMS."""
    if reason := why_not(membership, "invite"):
        return reason
    if membership.role == MEMBER and "invite" not in membership.rights:
        return _("Only organisers of the crew can invite by phone number. You can send a link yourself.")
    return ""


def member_who_invites(person: Person, crew_id: uuid.UUID) -> CrewMembership:
    """Return the membership of a person who invites by phone numbers. Raise Forbidden and NotFound."""
    membership = member_of(person, crew_id)
    if reason := why_not_numbers(membership):
        raise Forbidden(reason)
    return membership


def invited_before(crew_id: uuid.UUID, numbers: Collection[str]) -> set[str]:
    """Return those of the numbers that the crew invited already."""
    by_hash = {one: number for number in numbers for one in hashes_of(number)}
    query = select(NumberInvitation.number_hash).where(
        NumberInvitation.crew_id == crew_id, NumberInvitation.number_hash.in_(by_hash)
    )
    return {by_hash[one] for one in db.session.scalars(query)}


@dataclass(frozen=True, slots=True)
class Counts:
    """How many numbers a crew invited lately: all, those that were sent, those that joined, those that are open."""

    invited: int
    sent: int
    accepted: int
    waiting: int


def counts_of(crew_id: uuid.UUID) -> Counts:
    """Return how many numbers a crew invited in the last months."""
    return Counts(*_counts(crew_id, clock.now()).one())


@built_once
def _counts(crew_id: uuid.UUID, now: datetime) -> Any:
    row = NumberInvitation
    is_open = row.accepted_at.is_(None) & row.revoked_at.is_(None) & (row.expires_at > now)
    counts = func.count(), func.count(row.sent_at), func.count(row.accepted_at), func.count().filter(is_open)
    return select(*counts).where(row.crew_id == crew_id)


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """An invitation that still lets its number in; who did not send it sees its number masked."""

    id: uuid.UUID
    number: str
    created_at: datetime
    expires_at: datetime
    is_sent: bool
    is_own: bool


def open_invitations(person: Person, crew_id: uuid.UUID) -> list[OpenInvitation]:
    """Return the open invitations of numbers into a crew, the newest first, up to `MOST_SHOWN`."""
    return [
        OpenInvitation(
            row.id,
            row.number or "",
            row.created_at,
            row.expires_at,
            is_sent=row.sent_at is not None,
            is_own=row.inviter_id == person.id,
        )
        for row in _open(crew_id, clock.now()).scalars()
    ]


@built_once
def _open(crew_id: uuid.UUID, now: datetime) -> Any:
    query = select(NumberInvitation).where(
        NumberInvitation.crew_id == crew_id,
        NumberInvitation.accepted_at.is_(None),
        NumberInvitation.revoked_at.is_(None),
        NumberInvitation.expires_at > now,
    )
    return query.order_by(NumberInvitation.created_at.desc(), NumberInvitation.id.desc()).limit(MOST_SHOWN)


def invitation_by_token(token: str) -> tuple[NumberInvitation, Crew]:
    """Return the invitation whose link a token is, and the crew. Raise NotFound, and Gone for one that is over."""
    link = signed_links.parse_token(token)
    row = _open_row(link.subject_id) if link is not None and link.purpose == LINK else None
    if link is None or row is None:
        raise NotFound
    invitation, crew = row
    if not is_usable(invitation, crew):
        raise _over()
    if not link.is_valid_for(invitation.number or ""):
        raise NotFound
    return invitation, crew


def invitation_to(person: Person, invitation_id: uuid.UUID) -> tuple[NumberInvitation, Crew]:
    """Return an invitation to the person's number, and the crew.

    Raise NotFound for another number, and Gone for an invitation that is over.
    """
    row = _open_row(invitation_id)
    if row is None or row[0].number_hash not in hashes_of(person.phone):
        raise NotFound
    if row[0].accepted_at is None and not is_usable(*row):
        raise _over()
    return row


@opened_by
def crew_of_token(_viewer: Person | None, link: str) -> uuid.UUID | None:
    """Return the id of the crew of the link of an SMS."""
    return invitation_by_token(link)[1].id


@opened_by
def crew_of_number(viewer: Person | None, link: str) -> uuid.UUID | None:
    """Return the id of the crew that invited the viewer's number."""
    try:
        invitation_id = uuid.UUID(link)
    except ValueError:
        return None
    return invitation_to(viewer, invitation_id)[1].id if viewer is not None else None


def is_usable(invitation: NumberInvitation, crew: Crew) -> bool:
    """Return whether an invitation is open, its crew too and not hidden by operators, and who sent it still may."""
    still_may = select(CrewMembership.id).where(
        CrewMembership.crew_id == crew.id,
        CrewMembership.person_id == invitation.inviter_id,
        *(CrewMembership.status == ACTIVE, has_right_to_invite(), is_not_shut_out(CrewMembership.person_id)),
    )
    takes_in = crew.closed_at is None and crew.hidden_at is None
    return invitation.is_open and takes_in and db.session.scalar(still_may) is not None


def _open_row(invitation_id: uuid.UUID) -> tuple[NumberInvitation, Crew] | None:
    query = select(NumberInvitation, Crew).join(Crew, Crew.id == NumberInvitation.crew_id)
    row = db.session.execute(
        query.where(NumberInvitation.id == invitation_id).execution_options(populate_existing=True)
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None


def _over() -> Gone:
    return Gone(_("This invitation is over. Ask whoever invited you for a new one."))


@also_shown_by
def invites(person: Person, crew_id: uuid.UUID) -> bool:
    """Return whether a crew invited the person's number, so that they may report it."""
    query = select(NumberInvitation.id).where(
        NumberInvitation.crew_id == crew_id,
        NumberInvitation.number_hash.in_(hashes_of(person.phone)),
        NumberInvitation.sent_at.is_not(None),
    )
    return db.session.scalar(query) is not None


def message_data(messages: Sequence[Any]) -> Mapping[uuid.UUID, dict[str, Any] | None]:
    """Return the data of SMS as they are sent: the names of crew and inviter, or None for what is over by then."""
    asked = {message.id: uuid.UUID(message.data["link"]) for message in messages}
    query = (
        select(NumberInvitation, Crew, Person.name)
        .join(Crew, Crew.id == NumberInvitation.crew_id)
        .join(Person, Person.id == NumberInvitation.inviter_id)
        .where(NumberInvitation.id.in_(asked.values()), Person.state == "active")
    )
    found = {row[0].id: row for row in db.session.execute(query)}
    data: dict[uuid.UUID, dict[str, Any] | None] = {}
    for message in messages:
        row = found.get(asked[message.id])
        usable = row is not None and is_usable(row[0], row[1])
        data[message.id] = message.data | {"crew": row[1].name, "name": row[2]} if row is not None and usable else None
    return data


read_data_with(SMS_FOLDER, message_data)


def stopped_invitations(messages: Sequence[Any]) -> set[uuid.UUID]:
    """Return the ids of those of the messages that are invitations to numbers which get no SMS by now."""
    return {
        message.id for message in messages if message.template.startswith(SMS_FOLDER) and is_stopped(message.recipient)
    }


def _crew_names(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    """Return the names of the crews of invitations that are open."""
    query = (
        select(NumberInvitation.id, Crew.name)
        .join(Crew, Crew.id == NumberInvitation.crew_id)
        .where(NumberInvitation.id.in_({one.subject_id for one in references}), NumberInvitation.revoked_at.is_(None))
    )
    names = {row.id: row.name for row in db.session.execute(query)}
    return {one.id: {"crew": names[one.subject_id]} for one in references if one.subject_id in names}


INVITING_CREW = Words(_crew_names, gone={"crew": ""})
