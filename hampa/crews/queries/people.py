"""Whom a crew tells of what happens, and who lets others in."""

import uuid
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select

from hampa.crews.models import ACTIVE, ADMIN, MEMBER, Crew, CrewGroupMember, CrewInvitation, CrewMembership
from hampa.people.queries import is_not_shut_out


def people_to_tell(crew_id: uuid.UUID, *but: uuid.UUID, group_id: uuid.UUID | None = None) -> Select[Any]:
    """Return a SELECT of the ids of the active members, or those of a sub-group, who want to hear of the crew, but some."""
    query = select(CrewMembership.person_id).where(_hears(crew_id), CrewMembership.person_id.not_in(but))
    if group_id is not None:
        is_in = select(CrewGroupMember.membership_id).where(CrewGroupMember.group_id == group_id)
        query = query.where(CrewMembership.id.in_(is_in))
    return query


def all_members(crew_id: uuid.UUID) -> Select[Any]:
    """Return a SELECT of the ids of the active members, also of those who turned notices off."""
    return select(CrewMembership.person_id).where(CrewMembership.crew_id == crew_id, CrewMembership.status == ACTIVE)


def admins_but(crew_id: uuid.UUID, person_id: uuid.UUID) -> Select[Any]:
    """Return a SELECT of the ids of the admins but one."""
    return all_members(crew_id).where(CrewMembership.role == ADMIN, CrewMembership.person_id != person_id)


def people_who_admit(crew_id: uuid.UUID) -> Select[Any]:
    """Return a SELECT of the ids of the organisers who answer requests: the admins, and members with the right."""
    return select(CrewMembership.person_id).where(_hears(crew_id), has_right_to_invite())


def inviter_may_invite() -> ColumnElement[bool]:
    """Return the condition that the maker of a `CrewInvitation` into a `Crew` still belongs to it and may invite.

    Nobody may, while operators keep the crew hidden.
    """
    return exists().where(
        CrewMembership.crew_id == CrewInvitation.crew_id,
        CrewMembership.person_id == CrewInvitation.inviter_id,
        CrewMembership.status == ACTIVE,
        or_(Crew.members_may_invite, has_right_to_invite()),
        Crew.hidden_at.is_(None),
        is_not_shut_out(CrewMembership.person_id),
    )


def has_right_to_invite() -> ColumnElement[bool]:
    """Return the condition that a `CrewMembership` has the right by its role or as its own."""
    return or_(
        CrewMembership.role == ADMIN,
        CrewMembership.rights.contains(["invite"]),
        (CrewMembership.role != MEMBER) & (CrewMembership.rights == []),
    )


def _hears(crew_id: uuid.UUID) -> ColumnElement[bool]:
    return (CrewMembership.crew_id == crew_id) & (CrewMembership.status == ACTIVE) & CrewMembership.notices.is_(True)
