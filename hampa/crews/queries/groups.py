"""The sub-groups of a crew, and who is in them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select

from hampa.crews.models import CrewGroup, CrewGroupMember
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.statements import built_once
from hampa.platform.texts.cleaning import by_alphabet

MOST_GROUPS = 20
"""Sub-groups of one crew at most."""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A sub-group as a row of a list; `is_in` says whether the membership that was asked for is in it."""

    id: uuid.UUID
    name: str
    kind: str
    is_open: bool
    members: int
    created_at: datetime
    updated_at: datetime
    version: int
    is_in: bool = False


def groups_of(crew_id: uuid.UUID, membership_id: uuid.UUID | None = None) -> Sequence[GroupRow]:
    """Return the sub-groups of a crew by kind and name, and whether a membership is in each."""
    return [GroupRow(*row) for row in _groups(crew_id, membership_id)]


@built_once
def _groups(crew_id: uuid.UUID, membership_id: uuid.UUID | None) -> Any:
    is_in = exists().where(CrewGroupMember.group_id == CrewGroup.id, CrewGroupMember.membership_id == membership_id)
    columns: list[Any] = [getattr(CrewGroup, name) for name in GroupRow.__dataclass_fields__ if name != "is_in"]
    query = select(*columns, is_in).where(CrewGroup.crew_id == crew_id)
    return query.order_by(CrewGroup.kind.desc(), by_alphabet(CrewGroup.name), CrewGroup.id).limit(MOST_GROUPS)


def group_in(crew_id: uuid.UUID, group_id: uuid.UUID) -> CrewGroup:
    """Return a sub-group of a crew. Raise NotFound, also for one of another crew."""
    group = db.session.get(CrewGroup, group_id)
    if group is None or group.crew_id != crew_id:
        raise NotFound
    return group
