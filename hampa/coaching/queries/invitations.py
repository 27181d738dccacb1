"""Invitations to be coached: the open one of an athlete, and whom a link or a number lets agree."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from hampa.coaching.models.athletes import Athlete, AthleteInvitation, Coach
from hampa.coaching.queries.athletes import coach_may
from hampa.notifications.models import Reference, Words
from hampa.notifications.queries.stops import is_stopped
from hampa.outbox.models import read_data_with
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, are_hidden, hidden_from, summary_columns
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Gone, NotFound
from hampa.platform.lasting import lasting_hash, lasting_hashes
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.security import signed_links
from hampa.platform.statements import built_once, is_one_of

PURPOSE = "coaching invitation"
LINK = "k"
SMS_FOLDER = "coaching/sms/"


def hash_of(number: str) -> str:
    """Return what is kept of an invited number (E.164)."""
    return lasting_hash(PURPOSE, number)


def hashes_of(number: str) -> list[str]:
    """Return what may be kept of an invited number (E.164)."""
    return lasting_hashes(PURPOSE, number)


def open_invitation(athlete_id: uuid.UUID) -> AthleteInvitation | None:
    """Return the invitation of an athlete that is open."""
    invitation: AthleteInvitation | None = _open_of(athlete_id, clock.now()).scalar()
    return invitation


@built_once
def _open_of(athlete_id: uuid.UUID, now: datetime) -> Any:
    row = AthleteInvitation
    is_open = row.accepted_at.is_(None), row.revoked_at.is_(None), row.expires_at > now
    return select(row).where(row.athlete_id == athlete_id, *is_open)


def token_of(invitation: AthleteInvitation) -> str:
    """Return what the link of an invitation ends with."""
    return signed_links.make_token(LINK, invitation.id, invitation.number or "", is_public=True)


def invitation_for(person: Person | None, link: str) -> tuple[AthleteInvitation, Athlete, Person]:
    """Return the invitation of a link, or with an id of a number's, with record and coach.

    Raise NotFound for a link that is not ours or a number that is not the person's, and Gone for one that is over.
    """
    token = signed_links.parse_token(link)
    by_number = token is None and person is not None
    invitation_id = (
        token.subject_id if token is not None and token.purpose == LINK else _as_id(link) if by_number else None
    )
    query = (
        select(AthleteInvitation, Athlete, Person)
        .join(Athlete, Athlete.id == AthleteInvitation.athlete_id)
        .join(Coach, (Coach.athlete_id == Athlete.id) & (Coach.coach_id == AthleteInvitation.coach_id))
        .join(Person, Person.id == AthleteInvitation.coach_id)
        .where(AthleteInvitation.id == invitation_id, Person.state == "active")
    )
    row = db.session.execute(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound
    invitation, record, coach = row
    if token is None and (person is None or invitation.number_hash not in hashes_of(person.phone)):
        raise NotFound
    if person is not None and are_hidden(person.id, coach.id):
        raise NotFound
    if not invitation.is_open:
        raise Gone(_("This invitation is over. Ask whoever invited you for a new one."))
    if token is not None and not (token.is_public and token.is_valid_for(invitation.number or "")):
        raise NotFound
    return invitation, record, coach


def invitations_to(person: Person) -> list[tuple[uuid.UUID, PersonSummary]]:
    """Return the open invitations to the number of a person, with who would like to coach them: ten at most."""
    return [(row[0], row[1]) for row in _to_number(person.id, hashes_of(person.phone), clock.now())]


@built_once
def _to_number(person_id: uuid.UUID, hashes: list[str], now: datetime) -> Any:
    row = AthleteInvitation
    return (
        select(row.id, summary_columns())
        .select_from(row)
        .join(Person, Person.id == row.coach_id)
        .where(is_one_of(row.number_hash, hashes), row.accepted_at.is_(None), row.revoked_at.is_(None))
        .where(row.expires_at > now, row.sent_at.is_not(None), Person.state == "active")
        .where(Person.id.not_in(hidden_from(person_id)))
        .order_by(row.created_at.desc())
        .limit(10)
    )


def _as_id(link: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(link)
    except ValueError:
        return None


def summary_of(person: Person) -> PersonSummary:
    """Return a person as a face and a name."""
    return PersonSummary(person.id, person.name, person.avatar)


def message_data(messages: Sequence[Any]) -> Mapping[uuid.UUID, dict[str, Any] | None]:
    """Return the data of SMS as they are sent: the name of the coach and the link, or None for what is over by then."""
    asked = {message.id: uuid.UUID(message.data["invitation"]) for message in messages}
    query = (
        select(AthleteInvitation, Person.name)
        .join(Person, Person.id == AthleteInvitation.coach_id)
        .where(AthleteInvitation.id.in_(asked.values()), Person.state == "active")
    )
    found = {row[0].id: row for row in db.session.execute(query)}
    data: dict[uuid.UUID, dict[str, Any] | None] = {}
    for message in messages:
        row = found.get(asked[message.id])
        usable = row is not None and row[0].is_open
        data[message.id] = message.data | {"name": row[1], "link": token_of(row[0])} if row and usable else None
    return data


read_data_with(SMS_FOLDER, message_data)


def stopped_invitations(messages: Sequence[Any]) -> set[uuid.UUID]:
    """Return the ids of those of the messages that are invitations to numbers which get no SMS by now."""
    return {
        message.id for message in messages if message.template.startswith(SMS_FOLDER) and is_stopped(message.recipient)
    }


def _athletes(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    """Return the names of athletes as the coaches who are told keep them, by the ids of the rows of coaches who still may."""
    query = select(Coach.id, Athlete.name).join(Athlete, Athlete.id == Coach.athlete_id)
    query = query.where(coach_may(Coach.coach_id, Athlete.id))
    rows = db.session.execute(query.where(Coach.id.in_({one.subject_id for one in references})))
    names = {row.id: row.name for row in rows}
    return {one.id: {"athlete": names[one.subject_id]} for one in references if one.subject_id in names}


def _coached(references: Sequence[Reference], right: str = "") -> Mapping[uuid.UUID, Mapping[str, Any]]:
    """Return for which references, whose subjects are records, the reader still coaches the athlete, with a right."""
    query = select(Coach.athlete_id, Coach.coach_id).where(
        Coach.athlete_id.in_({one.subject_id for one in references}),
        Coach.coach_id.in_({one.person_id for one in references}),
        coach_may(Coach.coach_id, Coach.athlete_id, right),
    )
    pairs = {(row.athlete_id, row.coach_id) for row in db.session.execute(query)}
    return {one.id: {"is_told": "1"} for one in references if (one.subject_id, one.person_id) in pairs}


STILL_COACHED = Words(_coached, gone={"is_told": ""})
TIME = Words(partial(_coached, right="availability"), gone={"is_told": ""})
ATHLETE = Words(_athletes, gone={"athlete": _l("an athlete")})


def _open(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    row, coach = AthleteInvitation, aliased(Person)
    query = select(row.id).join(coach, coach.id == row.coach_id).where(coach.state == "active")
    query = query.where(row.id.in_({one.subject_id for one in references}), row.revoked_at.is_(None))
    ids = set(db.session.scalars(query))
    return {one.id: {} for one in references if one.subject_id in ids}


INVITATION = Words(_open, gone={})
