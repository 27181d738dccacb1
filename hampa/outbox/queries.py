"""Messages and their history, for operators."""

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select

from hampa.outbox.models import OutboxEvent, OutboxMessage
from hampa.platform.db import db
from hampa.platform.errors import NotFound


def get_message(message_id: uuid.UUID) -> OutboxMessage:
    """Return a message. Raise `NotFound` if there is none with this id."""
    message = db.session.get(OutboxMessage, message_id)
    if message is None:
        raise NotFound("There is no such message.")
    return message


def latest_messages(status: str | None = None, limit: int = 50) -> Sequence[OutboxMessage]:
    """Return messages, or those with a status, the newest first."""
    statement = select(OutboxMessage).order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc()).limit(limit)
    if status is not None:
        statement = statement.where(OutboxMessage.status == status)
    return db.session.scalars(statement).all()


def events_of(message_id: uuid.UUID) -> Sequence[OutboxEvent]:
    """Return the history of a message, the oldest event first."""
    return db.session.scalars(
        select(OutboxEvent).where(OutboxEvent.message_id == message_id).order_by(OutboxEvent.created_at, OutboxEvent.id)
    ).all()


def message_counts() -> dict[str, int]:
    """Return the number of messages by status."""
    rows = db.session.execute(select(OutboxMessage.status, func.count()).group_by(OutboxMessage.status))
    return {status: number for status, number in rows}  # noqa: C416 - rows are no pairs for the type checker
