"""Messages and their history, for operators, and their data for rendering."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from hampa.outbox.models import DataReader, OutboxEvent, OutboxMessage, find_reader
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound


def get_message(message_id: uuid.UUID) -> OutboxMessage:
    """Return a message. Raise `NotFound` if there is none with this id."""
    message = db.session.get(OutboxMessage, message_id)
    if message is None:
        raise NotFound("There is no such message.")
    return message


def data_of(messages: Sequence[Any]) -> dict[uuid.UUID, dict[str, Any] | None]:
    """Return the data of messages for rendering, by their ids; None for those that tell of what is gone.

    Few statements for any number of messages (see `models.DataReader`).
    """
    data: dict[uuid.UUID, dict[str, Any] | None] = {message.id: message.data for message in messages}
    by_reader: defaultdict[DataReader, list[Any]] = defaultdict(list)
    for message in messages:
        if (reader := find_reader(message.template)) is not None:
            by_reader[reader].append(message)
    for reader, read in by_reader.items():
        data.update(reader(read))
    return data


def count_sent(to: str, purpose: str, *, because_of: uuid.UUID | None = None) -> int:
    """Return how many messages of a purpose a number or an address got, or gets, within a day.

    With `because_of`, only those of this person (`OutboxMessage.person_id`) count; withdrawn ones never do.
    """
    statement = select(func.count()).where(
        OutboxMessage.recipient == to,
        OutboxMessage.purpose == purpose,
        OutboxMessage.status != "cancelled",
        OutboxMessage.created_at > clock.now() - timedelta(days=1),
    )
    if because_of is not None:
        statement = statement.where(OutboxMessage.person_id == because_of)
    return db.session.scalar(statement) or 0


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
