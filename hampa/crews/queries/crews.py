"""Crews: who may see them, who belongs to them, and what a member may do."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, literal, or_, select
from sqlalchemy.orm import aliased, contains_eager
from sqlalchemy.orm.attributes import set_committed_value

from hampa.crews.models import ACTIVE, ADMIN, BANNED, MEMBER, Crew, CrewMembership, CrewRequest, rights_of
from hampa.people.models import Person
from hampa.people.queries import names_people
from hampa.platform import clock
from hampa.platform.db import columns_of, constants, db, loaded, shared_alias
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.statements import built_once
from hampa.platform.texts.cleaning import by_alphabet
from hampa.platform.web.paging import Page, count_rows, decode, rows_after

MOST_CREWS = 50
"""Crews that one person belongs to at most, so that the list of them has one page."""
A_PAGE = 20


_member = shared_alias(CrewMembership, "crew_member")


@dataclass(frozen=True, slots=True)
class CrewName:
    """A crew as a run or a list names it."""

    id: uuid.UUID
    name: str

    @classmethod
    def read(cls, crews: list[tuple[str, str]] | None) -> "tuple[CrewName, ...]":
        """Return the crews of a column of `together.shared_crews`."""
        return tuple(cls(uuid.UUID(crew_id), name) for crew_id, name in crews or ())


@names_people
def is_named_by_crews(viewer: Person | None) -> ColumnElement[bool]:
    """Return the condition that a `Person` and the viewer are in one crew, or the person asks to get into the viewer's.

    Organisers have also those named who were in it. Who asks is named to those who may be shown requests.
    """
    if viewer is None:
        return false()
    mine, theirs = aliased(CrewMembership), aliased(CrewMembership)
    is_mine = and_(mine.person_id == viewer.id, mine.status == ACTIVE)
    organises = or_(mine.role != MEMBER, mine.rights != [])
    together = exists().where(
        *(is_mine, theirs.crew_id == mine.crew_id, theirs.person_id == Person.id),
        or_(theirs.status == ACTIVE, organises),
    )
    asks = exists().where(
        *(is_mine, CrewRequest.crew_id == mine.crew_id, CrewRequest.person_id == Person.id),
        *(Crew.id == mine.crew_id, or_(organises, Crew.members_may_invite)),
    )
    return or_(together, asks)


def membership_of(person: Person | None, crew_id: uuid.UUID) -> CrewMembership | None:
    """Return the membership of a person in a crew, whatever its status, with its crew."""
    if person is None:
        return None
    row = _membership(person.id, crew_id).one_or_none()
    if row is None:
        return None
    width = len(columns_of(CrewMembership))
    membership = loaded(CrewMembership, row[:width])
    set_committed_value(membership, "crew", loaded(Crew, row[width:]))
    return membership


@built_once
def _membership(person_id: uuid.UUID, crew_id: uuid.UUID) -> Any:
    return (
        select(*columns_of(CrewMembership), *columns_of(Crew))
        .join(Crew, Crew.id == CrewMembership.crew_id)
        .where(CrewMembership.crew_id == crew_id, CrewMembership.person_id == person_id)
    )


def crew_seen(viewer: Person | None, crew_id: uuid.UUID) -> tuple[Crew, CrewMembership | None]:
    """Return a crew and the viewer's membership, if there is one.

    Raise NotFound unless the viewer is an active member, or anybody may find the crew: whoever was banned finds what
    everybody finds.
    """
    membership = membership_of(viewer, crew_id)
    crew = membership.crew if membership is not None else db.session.get(Crew, crew_id)
    if crew is None:
        raise NotFound
    is_member = membership is not None and membership.is_active
    if not is_member and not crew.is_found:
        raise NotFound
    return crew, membership


def crew_by_id(crew_id: uuid.UUID) -> Crew | None:
    """Return a crew to somebody who knows its access code."""
    return db.session.get(Crew, crew_id)


def is_in_crew(person_id: Any, crew_id: Any) -> ColumnElement[bool]:
    """Return the condition that a person is an active member of the crew whose id is in a column."""
    is_active = _member.person_id == person_id, _member.status.in_(constants(ACTIVE))
    return exists().where(_member.crew_id == crew_id, *is_active).correlate_except(_member)


def is_known_to(person_id: Any) -> ColumnElement[bool]:
    """Return the condition that a person, None for a visitor, may know of a `Crew`, as `crew_seen` says."""
    found_by_all = and_(Crew.is_listed, Crew.closed_at.is_(None), Crew.hidden_at.is_(None))
    return found_by_all if person_id is None else or_(found_by_all, is_in_crew(person_id, Crew.id))


def crews_to_publish_in(person: Person) -> list[tuple[uuid.UUID, str]]:
    """Return the ids and names of the crews in which a person may publish runs, by name."""
    return [
        (row.id, row.name)
        for row in _publishing_rights(person.id)
        if "runs" in rights_of(row, members_may_invite=False, members_may_publish=row.members_may_publish)
    ]


@built_once
def _publishing_rights(person_id: uuid.UUID) -> Any:
    return (
        select(
            Crew.id,
            Crew.name,
            Crew.members_may_publish.label("members_may_publish"),
            literal(True).label("is_active"),
            CrewMembership.role,
            CrewMembership.rights,
        )
        .join(CrewMembership.crew)
        .where(CrewMembership.person_id == person_id, CrewMembership.status == ACTIVE, Crew.closed_at.is_(None))
        .order_by(by_alphabet(Crew.name), Crew.id)
        .limit(MOST_CREWS)
    )


def is_banned(person_id: uuid.UUID, crew_id: uuid.UUID) -> bool:
    """Return whether a ban keeps a person out of a crew now."""
    query = select(CrewMembership).where(CrewMembership.person_id == person_id, CrewMembership.crew_id == crew_id)
    membership = db.session.scalar(query)
    return membership is not None and membership.is_shut_out


def may_publish_in(person: Person, crew_id: uuid.UUID) -> bool:
    """Return whether a person may publish runs in a crew now, which holds until the transaction ends.

    The end of the crew, or of the membership, then finds the run, or comes before it.
    """
    holds = select(Crew.id).where(Crew.id == crew_id).with_for_update(read=True)
    if db.session.scalar(holds) is None or not holds_membership(person.id, crew_id):
        return False
    query = select(CrewMembership).join(CrewMembership.crew).options(contains_eager(CrewMembership.crew))
    query = query.where(CrewMembership.crew_id == crew_id, CrewMembership.person_id == person.id)
    membership = db.session.scalars(query.execution_options(populate_existing=True)).one()
    return may(membership, "runs")


def holds_membership(person_id: uuid.UUID, crew_id: uuid.UUID) -> bool:
    """Return whether a person belongs to a crew now, which then holds until the transaction ends.

    A ban comes before what they do by it, or after it: what ends their part in runs of the crew then finds it.
    """
    query = select(CrewMembership.status).where(
        CrewMembership.person_id == person_id, CrewMembership.crew_id == crew_id
    )
    return db.session.scalar(query.with_for_update(read=True)) == ACTIVE


def names_known_to(viewer: Person | None, crew_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the names of those of the crews that a viewer may know of, by id."""
    if not crew_ids:
        return {}
    known = is_known_to(viewer.id if viewer else None)
    return {
        row.id: row.name for row in db.session.execute(select(Crew.id, Crew.name).where(Crew.id.in_(crew_ids), known))
    }


def open_crew_by_id(crew_id: uuid.UUID) -> Crew:
    """Return a crew for its poster, whoever may see that. Raise NotFound for a closed one."""
    crew = db.session.get(Crew, crew_id)
    if crew is None or crew.closed_at is not None:
        raise NotFound
    return crew


def crew_for(viewer: Person | None, crew_id: uuid.UUID) -> Crew:
    """Return the crew of `crew_seen`."""
    return crew_seen(viewer, crew_id)[0]


def member_of(person: Person, crew_id: uuid.UUID) -> CrewMembership:
    """Return the active membership of a person, with its crew.

    Raise Forbidden for others if they may see the crew, and NotFound if they may not.
    """
    _crew, membership = crew_seen(person, crew_id)
    if membership is None or not membership.is_active:
        raise Forbidden(_("This is for the members of the crew."))
    return membership


def may(membership: CrewMembership, right: str) -> bool:
    """Return whether a member has a right (of `RIGHTS`) in their crew now; `crew` of the membership is loaded."""
    return not why_not(membership, right)


def why_not(membership: CrewMembership, right: str) -> str:
    """Return why a member does not have a right now, "" if they have it: pages say it, and the server refuses with it."""
    crew = membership.crew
    if crew.closed_at is not None:
        return _("The crew is closed, and can only be read.")
    if right == "invite" and crew.hidden_at is not None:
        return _("Operators of the site hide this crew from strangers.")
    given = {name: getattr(crew, name) for name in ("members_may_invite", "members_may_publish")}
    if right not in rights_of(membership, **given):
        return _("Only organisers of the crew who have this right can do that. Ask one of its admins.")
    return ""


def why_not_change(membership: CrewMembership) -> str:
    """Return why a member changes nothing of their own in the crew now, "" if they may."""
    return _("The crew is closed, and can only be read.") if membership.crew.closed_at is not None else ""


def needs_agreement(membership: CrewMembership) -> bool:
    """Return whether the member is asked to accept the agreement, or the one that it was changed to."""
    crew = membership.crew
    return bool(crew.agreement) and crew.closed_at is None and membership.agreed_version != crew.agreement_version


def why_not_write(membership: CrewMembership) -> str:
    """Return why a member may not write in the crew's conversation now, "" if they may."""
    if membership.crew.closed_at is not None:
        return _("The crew is closed, and can only be read.")
    if not membership.is_active:
        return _("This is for the members of the crew.")
    if membership.is_muted:
        return _("An organiser muted you in this crew. You can read on.")
    return ""


def member_with(person: Person, crew_id: uuid.UUID, right: str) -> CrewMembership:
    """Return the active membership of a person who has a right. Raise Forbidden, or NotFound as `member_of` does."""
    membership = member_of(person, crew_id)
    if reason := why_not(membership, right):
        raise Forbidden(reason)
    return membership


def admin_of(person: Person, crew_id: uuid.UUID) -> CrewMembership:
    """Return the active membership of an admin, also of a closed crew. Raise Forbidden, or NotFound."""
    membership = member_of(person, crew_id)
    if membership.role != ADMIN:
        raise Forbidden(_("Only admins of the crew can do that."))
    return membership


def locked_crew(crew_id: uuid.UUID) -> Crew:
    """Return a crew as it is now, locked until the transaction ends. Raise NotFound.

    Who changes memberships locks the crew first: the trigger that counts them writes its row.
    """
    query = select(Crew).where(Crew.id == crew_id).with_for_update(key_share=True)
    crew = db.session.scalar(query.execution_options(populate_existing=True))
    if crew is None:
        raise NotFound
    return crew


def membership_in(crew: Crew, person_id: uuid.UUID) -> CrewMembership | None:
    """Return the membership of a person in a locked crew, as it is now."""
    query = (
        select(CrewMembership)
        .join(CrewMembership.crew)
        .options(contains_eager(CrewMembership.crew))
        .where(CrewMembership.crew_id == crew.id, CrewMembership.person_id == person_id)
    )
    return db.session.scalar(query.execution_options(populate_existing=True))


@dataclass(frozen=True, slots=True)
class CrewRow:
    """A crew as a row of a list; `role` is that of the viewer, None if they are no member."""

    id: uuid.UUID
    name: str
    description: str
    joining: str
    members: int
    max_members: int
    is_closed: bool
    picture: str | None
    created_at: datetime
    updated_at: datetime
    version: int
    role: str | None = None


ROW = (
    Crew.id,
    Crew.name,
    Crew.description,
    Crew.joining,
    Crew.members,
    Crew.max_members,
    Crew.closed_at.is_not(None).label("is_closed"),
    Crew.picture,
    Crew.created_at,
    Crew.updated_at,
    Crew.version,
)


def crews_of(person: Person) -> list[CrewRow]:
    """Return the crews that a person belongs to, by name."""
    return [CrewRow(*row) for row in _crews_of(person.id)]


def crew_ids_of(person: Person) -> list[uuid.UUID]:
    """Return the ids of the crews that a person belongs to."""
    return [row.crew_id for row in _crew_ids_of(person.id)]


@built_once
def _crew_ids_of(person_id: uuid.UUID) -> Any:
    belongs = CrewMembership.person_id == person_id, CrewMembership.status == ACTIVE
    return select(CrewMembership.crew_id).where(*belongs).limit(MOST_CREWS)


@built_once
def _crews_of(person_id: uuid.UUID) -> Any:
    return (
        select(*ROW, CrewMembership.role)
        .join(CrewMembership, CrewMembership.crew_id == Crew.id)
        .where(CrewMembership.person_id == person_id, CrewMembership.status == ACTIVE)
        .order_by(by_alphabet(Crew.name), Crew.id)
        .limit(MOST_CREWS)
    )


def listed_crews(viewer: Person | None, after: str | None = None, size: int = A_PAGE) -> Page[CrewRow]:
    """Return a page of the crews that anybody may find, by name, without the viewer's own and those that banned them."""
    name, last_id = decode(after, str, uuid.UUID) or (None, None)
    values = viewer.id if viewer else None, clock.now(), name, last_id, size + 1
    rows = _listed_crews(*values, is_visitor=viewer is None, goes_on=name is not None)
    return Page.of([CrewRow(*row) for row in rows], size, lambda row: (row.name, row.id))


def count_listed(viewer: Person | None) -> int:
    """Return how many crews all pages of `listed_crews` have, up to `paging.MOST_COUNTED`."""
    viewer_id = viewer.id if viewer else None
    return count_rows(select(Crew.id).where(*_is_listed_for(viewer_id, clock.now(), is_visitor=viewer is None)))


@built_once
def _listed_crews(
    viewer_id: uuid.UUID | None,
    now: datetime,
    name: str | None,
    last_id: uuid.UUID | None,
    most: int,
    *,
    is_visitor: bool,
    goes_on: bool,
) -> Any:
    query = select(*ROW).where(*_is_listed_for(viewer_id, now, is_visitor=is_visitor))
    return rows_after(query, (by_alphabet(Crew.name), Crew.id), (by_alphabet(name), last_id), most, goes_on=goes_on)


def _is_listed_for(viewer_id: Any, now: Any, *, is_visitor: bool) -> list[Any]:
    found = [Crew.is_listed, Crew.closed_at.is_(None), Crew.hidden_at.is_(None)]
    if is_visitor:
        return found
    is_banned = (
        CrewMembership.status.in_(constants(BANNED)),
        or_(CrewMembership.ends_at.is_(None), CrewMembership.ends_at > now),
    )
    known = exists().where(
        CrewMembership.crew_id == Crew.id,
        CrewMembership.person_id == viewer_id,
        or_(CrewMembership.status.in_(constants(ACTIVE)), and_(*is_banned)),
    )
    return [*found, ~known]
