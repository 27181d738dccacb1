"""The members of a crew, who asks to get in, its links, notices and log."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, false, func, or_, select
from sqlalchemy.orm import aliased

from hampa.crews.models import (
    ACTIVE,
    ADMIN,
    MODERATOR,
    NEWCOMER_PERIOD,
    Crew,
    CrewGroupMember,
    CrewInvitation,
    CrewLogEntry,
    CrewMembership,
    CrewRequest,
)
from hampa.crews.queries.crews import membership_of
from hampa.crews.queries.people import inviter_may_invite
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, hidden_ids, is_none_of, is_not_shut_out, summary_columns
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Gone, NotFound
from hampa.platform.live import online_in
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.statements import built_once
from hampa.platform.texts.cleaning import by_alphabet
from hampa.platform.web.paging import Page, decode, rows_after, select_page

A_PAGE = 50
MOST_REQUESTS = 100
"""Requests that are shown at a time, the oldest first."""
MOST_LINKS = 50
MOST_HERE, MOST_LOOKED_AT = 30, 200
"""Members who are here: how many the page shows, and among how many of those who came last they are looked for."""
LATEST_ENTRIES = 20


@dataclass(frozen=True, slots=True)
class Member(PersonSummary):
    """A member of a crew, as a row of the list."""

    role: str
    joined_at: datetime
    muted_until: datetime | None
    membership_id: uuid.UUID
    agreed_at: datetime | None = None
    agreed_version: int | None = None

    @property
    def is_new(self) -> bool:
        """Return whether the member is a newcomer."""
        return self.joined_at > clock.now() - NEWCOMER_PERIOD

    @property
    def is_muted(self) -> bool:
        """Return whether the member may not write now."""
        return self.muted_until is not None and self.muted_until > clock.now()


def members_of(
    viewer: Person,
    crew_id: uuid.UUID,
    after: str | None = None,
    *,
    status: str = ACTIVE,
    organises: bool = False,
    group_id: uuid.UUID | None = None,
    size: int = A_PAGE,
) -> Page[Member]:
    """Return a page of the members of a crew with a status, the oldest first; with `group_id` those of a sub-group.

    People hidden from the viewer are left out, unless the viewer `organises`: who blocks the organisers of a crew does
    not get out of their sight there.
    """
    moment, last_id = decode(after, datetime, uuid.UUID) or (None, None)
    rows = _members_of(
        *(crew_id, status, [] if organises else hidden_ids(viewer), group_id, moment, last_id, size + 1),
        goes_on=moment is not None,
        in_group=group_id is not None,
    )
    return Page.of([Member(*row) for row in rows], size, lambda row: (row.joined_at, row.membership_id))


@built_once
def _members_of(
    crew_id: uuid.UUID,
    status: str,
    hidden: list[uuid.UUID],
    group_id: uuid.UUID | None,
    moment: datetime | None,
    last_id: uuid.UUID | None,
    most: int,
    *,
    goes_on: bool,
    in_group: bool,
) -> Select[Any]:
    query: Any = (
        select(
            *(Person.id, Person.name, Person.avatar, CrewMembership.role, CrewMembership.joined_at),
            *(CrewMembership.muted_until, CrewMembership.id),
            *(CrewMembership.agreed_at, CrewMembership.agreed_version),
        )
        .join(Person, Person.id == CrewMembership.person_id)
        .where(
            *(CrewMembership.crew_id == crew_id, CrewMembership.status == status),
            *(Person.state == "active", is_none_of(Person.id, hidden)),
        )
    )
    if in_group:
        is_in = select(CrewGroupMember.membership_id).where(CrewGroupMember.group_id == group_id)
        query = query.where(CrewMembership.id.in_(is_in))
    key = CrewMembership.joined_at, CrewMembership.id
    return rows_after(query, key, (moment, last_id), most, goes_on=goes_on)


def members_here(viewer: Person, crew_id: uuid.UUID) -> list[PersonSummary]:
    """Return other members who have a page open, where they and the viewer show that; up to `MOST_HERE`, by name."""
    ids = online_in(f"crew:{crew_id}", MOST_LOOKED_AT) if viewer.shows_online else []
    if not ids:
        return []
    query = (
        select(Person.id, Person.name, Person.avatar)
        .join(CrewMembership, CrewMembership.person_id == Person.id)
        .where(
            *(CrewMembership.crew_id == crew_id, CrewMembership.status == ACTIVE, Person.id.in_(ids)),
            *(Person.id != viewer.id, Person.state == "active", Person.shows_online),
            is_none_of(Person.id, hidden_ids(viewer)),
        )
        .order_by(by_alphabet(Person.name), Person.id)
        .limit(MOST_HERE)
    )
    return [PersonSummary(*row) for row in db.session.execute(query)]


def count_agreed(crew: Crew) -> int:
    """Return how many members accepted the agreement as it is now."""
    query = select(func.count()).where(
        CrewMembership.crew_id == crew.id,
        CrewMembership.status == ACTIVE,
        CrewMembership.agreed_version == crew.agreement_version,
    )
    return db.session.scalar(query) or 0


def other_member(viewer: Person, crew_id: uuid.UUID, person_id: uuid.UUID) -> tuple[CrewMembership, Person]:
    """Return the membership of another person to an organiser, whatever its status, and the person. Raise NotFound.

    A block hides nobody here: else who blocks the organisers could not be removed.
    """
    query = (
        select(CrewMembership, Person)
        .join(Person, Person.id == CrewMembership.person_id)
        .where(
            *(CrewMembership.crew_id == crew_id, CrewMembership.person_id == person_id),
            *(Person.state == "active", Person.id != viewer.id),
        )
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def person_in_log(viewer: Person, crew_id: uuid.UUID, text: str | None) -> Person | None:
    """Return the other member whose id a text is, None for any other text."""
    try:
        person_id = uuid.UUID(text or "")
    except ValueError:
        return None
    return other_member(viewer, crew_id, person_id)[1]


def heir_of(crew_id: uuid.UUID, person_id: uuid.UUID) -> CrewMembership | None:
    """Return the membership that the only admin's role goes to: the oldest moderator's, or else the oldest member's."""
    query = (
        select(CrewMembership)
        .join(Person, Person.id == CrewMembership.person_id)
        .where(
            *(CrewMembership.crew_id == crew_id, CrewMembership.status == ACTIVE),
            *(CrewMembership.person_id != person_id, Person.state != "erased"),
        )
        .order_by(
            (Person.state == "active").desc(),
            (CrewMembership.role == MODERATOR).desc(),
            CrewMembership.joined_at,
            CrewMembership.id,
        )
        .limit(1)
    )
    return db.session.scalar(query.execution_options(populate_existing=True))


def has_other_admin(crew_id: uuid.UUID, person_id: uuid.UUID) -> bool:
    """Return whether a crew has an admin beside a person, with an active account."""
    query = _members_who_are_there(CrewMembership.crew_id == crew_id, person_id).where(CrewMembership.role == ADMIN)
    return db.session.scalar(query.limit(1)) is not None


def next_crew_without_admin(person: Person) -> uuid.UUID | None:
    """Return a crew that has no admin with an active account beside a person who is one, and has a member with one."""
    others = _members_who_are_there(CrewMembership.crew_id == Crew.id, person.id)
    is_admin = exists().where(
        *(CrewMembership.crew_id == Crew.id, CrewMembership.person_id == person.id),
        *(CrewMembership.status == ACTIVE, CrewMembership.role == ADMIN),
    )
    query = select(Crew.id).where(is_admin, others.exists(), ~others.where(CrewMembership.role == ADMIN).exists())
    return db.session.scalar(query.order_by(Crew.id).limit(1))


def _members_who_are_there(in_crew: Any, but: uuid.UUID) -> Select[Any]:
    """Return a SELECT of the active members with active accounts, but a person."""
    query = select(CrewMembership.id).join(Person, Person.id == CrewMembership.person_id)
    is_other = CrewMembership.status == ACTIVE, CrewMembership.person_id != but, Person.state == "active"
    return query.where(in_crew, *is_other)


def request_of(person: Person | None, crew_id: uuid.UUID) -> CrewRequest | None:
    """Return the request of a person to get into a crew."""
    if person is None:
        return None
    query = select(CrewRequest).where(CrewRequest.crew_id == crew_id, CrewRequest.person_id == person.id)
    return db.session.scalar(query)


@dataclass(frozen=True, slots=True)
class Asking(PersonSummary):
    """A person who asks to get in, with their line."""

    line: str
    created_at: datetime


def requests_of(viewer: Person, crew_id: uuid.UUID) -> list[Asking]:
    """Return the people who ask to get into a crew, the oldest first, without those hidden from the viewer."""
    query = select(Person.id, Person.name, Person.avatar, CrewRequest.line, CrewRequest.created_at)
    query = query.join(Person, Person.id == CrewRequest.person_id).where(*_asks(viewer, crew_id))
    query = query.order_by(CrewRequest.created_at, CrewRequest.id).limit(MOST_REQUESTS)
    return [Asking(*row) for row in db.session.execute(query)]


def does_ask(viewer: Person, crew_id: uuid.UUID, person_id: uuid.UUID) -> bool:
    """Return whether a person asks to get into a crew, and is not hidden from the viewer."""
    query = select(CrewRequest.id).join(Person, Person.id == CrewRequest.person_id)
    return db.session.scalar(query.where(Person.id == person_id, *_asks(viewer, crew_id))) is not None


def _asks(viewer: Person, crew_id: uuid.UUID) -> tuple[ColumnElement[bool], ...]:
    return CrewRequest.crew_id == crew_id, Person.state == "active", is_none_of(Person.id, hidden_ids(viewer))


def invitation_for(viewer: Person | None, invitation_id: uuid.UUID) -> tuple[CrewInvitation, Crew]:
    """Return a link into a crew, and the crew, as they are now.

    A link lets in as long as its maker may invite. Raise NotFound, and Gone for one that is over, to all but members.
    """
    query = (
        select(CrewInvitation, Crew, inviter_may_invite())
        .join(Crew, Crew.id == CrewInvitation.crew_id)
        .where(CrewInvitation.id == invitation_id, Crew.closed_at.is_(None))
    )
    row = db.session.execute(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound
    invitation, crew, may_invite = row
    if not (invitation.is_open and may_invite):
        membership = membership_of(viewer, crew.id)
        if membership is None or not membership.is_active:
            raise Gone(_("This link is over. Ask for a new one."))
    return invitation, crew


def links_of(membership: CrewMembership, *, all_of_them: bool) -> Sequence[CrewInvitation]:
    """Return the open links into a crew, the newest first: the member's own, or all."""
    query = select(CrewInvitation).join(Crew, Crew.id == CrewInvitation.crew_id)
    query = query.where(
        inviter_may_invite(),
        CrewInvitation.crew_id == membership.crew_id,
        CrewInvitation.revoked_at.is_(None),
        CrewInvitation.expires_at > clock.now(),
        CrewInvitation.uses < CrewInvitation.most_uses,
    )
    if not all_of_them:
        query = query.where(CrewInvitation.inviter_id == membership.person_id)
    return db.session.scalars(
        query.order_by(CrewInvitation.created_at.desc(), CrewInvitation.id.desc()).limit(MOST_LINKS)
    ).all()


@dataclass(frozen=True, slots=True)
class LogRow:
    """An entry of the log, with the names of who did it and to whom; None for people who are gone or shut out."""

    id: uuid.UUID
    what: str
    note: str
    created_at: datetime
    actor: PersonSummary | None
    person: PersonSummary | None


def log_of(
    crew_id: uuid.UUID, after: str | None = None, *, about: uuid.UUID | None = None, size: int = A_PAGE
) -> Page[LogRow]:
    """Return a page of the log of a crew, or of what is there about one person, the latest first.

    Admins see who acts also behind a block.
    """
    actor, person = aliased(Person), aliased(Person)

    def shown(who: Any, column: Any) -> Any:
        return (who.id == column) & is_not_shut_out(who.id) & (who.name != "")

    query: Any = (
        select(
            *(CrewLogEntry.id, CrewLogEntry.what, CrewLogEntry.note, CrewLogEntry.created_at),
            *(summary_columns("actor", person=actor), summary_columns("person", person=person)),
        )
        .select_from(CrewLogEntry)
        .outerjoin(actor, shown(actor, CrewLogEntry.actor_id))
        .outerjoin(person, shown(person, CrewLogEntry.person_id))
        .where(CrewLogEntry.crew_id == crew_id)
    )
    if about is not None:
        query = query.where(or_(CrewLogEntry.person_id == about, CrewLogEntry.actor_id == about))
    key = (CrewLogEntry.created_at, CrewLogEntry.id)
    rows = db.session.execute(select_page(query, after, size, *key, descending=True)).all()
    return Page.of([LogRow(*row) for row in rows], size, lambda row: (row.created_at, row.id))


@dataclass(frozen=True, slots=True)
class OwnLogRow:
    """An entry of the log about a member, as they read it: who else did it is not said."""

    what: str
    note: str
    created_at: datetime
    is_own: bool


def own_log(person: Person, crew_id: uuid.UUID) -> list[OwnLogRow]:
    """Return the latest entries of the log of a crew about a person, and the latest exports of the list of members."""
    return [OwnLogRow(*row) for row in _own_log(person.id, crew_id)]


@built_once
def _own_log(person_id: uuid.UUID, crew_id: uuid.UUID) -> Any:
    is_own = CrewLogEntry.actor_id == person_id
    query = select(CrewLogEntry.what, CrewLogEntry.note, CrewLogEntry.created_at, func.coalesce(is_own, false()))
    query = query.where(
        CrewLogEntry.crew_id == crew_id, or_(CrewLogEntry.person_id == person_id, CrewLogEntry.what == "exported")
    )
    return query.order_by(CrewLogEntry.created_at.desc(), CrewLogEntry.id.desc()).limit(LATEST_ENTRIES)
