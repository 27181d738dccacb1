"""The members of a crew with what its admins may take along."""

import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import case, func, select, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by

from hampa.crews.models import ACTIVE, CrewGroup, CrewGroupMember, CrewMembership
from hampa.people.models import Person
from hampa.platform.db import db

BATCH = 500


def members_to_export(crew_id: uuid.UUID) -> Iterator[Any]:
    """Yield the members in the order of joining, read in batches by short statements.

    `phone` is "" unless the member shares it; `groups` are the names of their sub-groups, None without any.
    """
    names = (
        select(func.array_agg(aggregate_order_by(CrewGroup.name, CrewGroup.name)))
        .join(CrewGroupMember, CrewGroupMember.group_id == CrewGroup.id)
        .where(CrewGroupMember.membership_id == CrewMembership.id)
        .scalar_subquery()
    )
    query = (
        select(
            *(CrewMembership.id, Person.name, CrewMembership.role, CrewMembership.joined_at),
            *(CrewMembership.agreed_at, names.label("groups")),
            case((CrewMembership.shares_phone, Person.phone), else_="").label("phone"),
        )
        .join(Person, Person.id == CrewMembership.person_id)
        .where(*(CrewMembership.crew_id == crew_id, CrewMembership.status == ACTIVE), Person.state == "active")
    )
    key = (CrewMembership.joined_at, CrewMembership.id)
    after = None
    while True:
        rows = db.session.execute(query.order_by(*key).where(*_later(after)).limit(BATCH)).all()
        yield from rows
        if len(rows) < BATCH:
            return
        after = rows[-1]


def _later(row: Any) -> list[Any]:
    """Return the condition of the rows behind one."""
    if row is None:
        return []
    return [tuple_(CrewMembership.joined_at, CrewMembership.id) > (row.joined_at, row.id)]
