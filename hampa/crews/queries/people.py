"""Whom a crew tells of what happens."""

import uuid
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from hampa.crews.models import ACTIVE, ADMIN, MEMBER, CrewMembership


def people_to_tell(crew_id: uuid.UUID, *but: uuid.UUID) -> Select[Any]:
    """Return a SELECT of the ids of the active members who want to hear of the crew, but some."""
    return select(CrewMembership.person_id).where(_hears(crew_id), CrewMembership.person_id.not_in(but))


def people_who_admit(crew_id: uuid.UUID) -> Select[Any]:
    """Return a SELECT of the ids of the organisers who answer requests: the admins, and members with the right."""
    has_right = or_(
        CrewMembership.role == ADMIN,
        CrewMembership.rights.contains(["invite"]),
        (CrewMembership.role != MEMBER) & (CrewMembership.rights == []),
    )
    return select(CrewMembership.person_id).where(_hears(crew_id), has_right)


def _hears(crew_id: uuid.UUID) -> ColumnElement[bool]:
    return (CrewMembership.crew_id == crew_id) & (CrewMembership.status == ACTIVE) & CrewMembership.notices.is_(True)
