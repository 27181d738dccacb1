"""Notices of a crew, as its members read them."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, true

from hampa.crews.models import CrewGroup, CrewGroupMember, CrewMembership, CrewNotice
from hampa.people.models import Person
from hampa.people.queries import hidden_ids, is_none_of
from hampa.platform.statements import built_once

LATEST_NOTICES = 5
"""Notices that a member reads."""


@dataclass(frozen=True, slots=True)
class ShownNotice:
    """A notice with its author; `group` is the name of the sub-group that it is to, None for all."""

    id: uuid.UUID
    text: str
    created_at: datetime
    author: str | None
    group: str | None = None
    is_own: bool = False


def notices_of(viewer: Person, membership: CrewMembership, *, of_all_groups: bool = False) -> list[ShownNotice]:
    """Return the latest notices to a member, without those of people hidden from the viewer.

    With `of_all_groups` they include those to sub-groups that the member is not in.
    """
    hidden = hidden_ids(viewer)
    rows = _notices(membership.crew_id, membership.id, viewer.id, hidden, of_all_groups=of_all_groups)
    return [ShownNotice(*row) for row in rows]


@built_once
def _notices(
    crew_id: uuid.UUID, membership_id: uuid.UUID, viewer_id: uuid.UUID, hidden: list[uuid.UUID], *, of_all_groups: bool
) -> Any:
    mine = select(CrewGroupMember.group_id).where(CrewGroupMember.membership_id == membership_id)
    is_own = CrewNotice.author_id == viewer_id
    to_viewer = or_(CrewNotice.group_id.is_(None), CrewNotice.group_id.in_(mine), is_own)
    return (
        select(CrewNotice.id, CrewNotice.text, CrewNotice.created_at, Person.name, CrewGroup.name, is_own)
        .join(Person, Person.id == CrewNotice.author_id)
        .outerjoin(CrewGroup, CrewGroup.id == CrewNotice.group_id)
        .where(
            *(CrewNotice.crew_id == crew_id, Person.state == "active"),
            *(is_none_of(Person.id, hidden), true() if of_all_groups else to_viewer),
        )
        .order_by(CrewNotice.created_at.desc(), CrewNotice.id.desc())
        .limit(LATEST_NOTICES)
    )
