"""Who is hidden from whom."""

from __future__ import annotations

import uuid

from sqlalchemy import Select, and_, case, or_, select

from hampa.people.models.block import Block
from hampa.platform.db import db


def hidden_from(person_id: uuid.UUID) -> Select[tuple[uuid.UUID]]:
    """A SELECT of the ids of those whom the person blocked or who blocked them, for use inside other statements."""
    other = case((Block.blocker_id == person_id, Block.blocked_id), else_=Block.blocker_id)
    return select(other).where(or_(Block.blocker_id == person_id, Block.blocked_id == person_id))


def are_hidden(one: uuid.UUID, other: uuid.UUID) -> bool:
    """Whether either of the two blocked the other."""
    between = or_(
        and_(Block.blocker_id == one, Block.blocked_id == other),
        and_(Block.blocker_id == other, Block.blocked_id == one),
    )
    return bool(db.session.scalar(select(select(Block.id).where(between).exists())))
