"""Questions about the outbox, as operators ask them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select

from hampa.outbox.models import OutboxEvent, OutboxMessage
from hampa.platform.db import db
from hampa.platform.errors import NotFound


def message(message_id: uuid.UUID) -> OutboxMessage:
    """The message with this id; raises `NotFound`."""
    found = db.session.get(OutboxMessage, message_id)
    if found is None:
        raise NotFound("There is no such message.")
    return found


def latest(status: str | None = None, limit: int = 50) -> Sequence[OutboxMessage]:
    """The newest messages, or those with this status."""
    wanted = select(OutboxMessage).order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc()).limit(limit)
    if status is not None:
        wanted = wanted.where(OutboxMessage.status == status)
    return db.session.scalars(wanted).all()


def history_of(message_id: uuid.UUID) -> Sequence[OutboxEvent]:
    """What happened to a message, from the first to the last."""
    return db.session.scalars(
        select(OutboxEvent).where(OutboxEvent.message_id == message_id).order_by(OutboxEvent.created_at, OutboxEvent.id)
    ).all()


def counts() -> dict[str, int]:
    """How many messages there are of each status."""
    rows = db.session.execute(select(OutboxMessage.status, func.count().label("number")).group_by(OutboxMessage.status))
    return {row.status: row.number for row in rows}
