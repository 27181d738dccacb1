"""Being companions no more."""

from __future__ import annotations

import uuid

from sqlalchemy import and_, or_, update

from hampa.cards.models.interest import ACCEPTED, PARTED, Interest
from hampa.people.models.person import Person
from hampa.platform.db import db
from hampa.platform.errors import NotFound


def part(person: Person, other_id: uuid.UUID) -> None:
    """End being companions with somebody; nobody is told. Raises NotFound for who is none of theirs."""
    between = or_(
        and_(Interest.sender_id == person.id, Interest.owner_id == other_id),
        and_(Interest.sender_id == other_id, Interest.owner_id == person.id),
    )
    ended = db.session.scalars(
        update(Interest)
        .where(between, Interest.status == ACCEPTED)
        .values(status=PARTED, version=Interest.version + 1)
        .returning(Interest.id)
    )
    if not ended.all():
        raise NotFound
