"""The gateway of development and of demo people.

It delivers to the worker's terminal and to a table, which `/dev/outbox` shows.
"""

import sys
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from hampa.platform.config import settings
from hampa.platform.db import Record, db
from hampa.platform.delivery.base import Answer, MailMessage, Outcome, SmsMessage
from hampa.platform.push.messages import PushMessage

SHOWN_AT_MOST = 200


class ConsoleDelivery(Record, db.Model):
    """A message as its recipient would have received it."""

    __tablename__ = "console_deliveries"
    __table_args__ = (
        CheckConstraint("kind IN ('sms', 'mail', 'push')", name="kind"),
        Index("ix_console_deliveries_recipient_created_at", "recipient", "created_at", "id"),
        Index("ix_console_deliveries_created_at", "created_at", "id"),
    )

    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    purpose: Mapped[str]
    recipient: Mapped[str]
    text: Mapped[str]


class ConsoleGateway:
    """A gateway that takes every message, and the same one only once; of a mail its plain text."""

    name = "console"
    parallel = 1

    def send(self, message: SmsMessage | MailMessage | PushMessage, /) -> Outcome:
        """Store a message and, in development, print it; in production without its secret, which nobody should read."""
        kind, head = "push" if isinstance(message, PushMessage) else "sms", ""
        if isinstance(message, MailMessage):
            kind, head = "mail", f"{message.subject}\n\n"
        values = {
            "key": message.idempotency_key,
            "kind": kind,
            "purpose": message.purpose,
            "recipient": message.to,
            "text": head + (message.veiled if settings().production else message.text),
        }
        statement = insert(ConsoleDelivery).values(values).on_conflict_do_nothing(index_elements=[ConsoleDelivery.key])
        # A session of its own: delivering is not part of whatever transaction the caller may be in.
        with Session(db.engine, join_transaction_mode="create_savepoint") as session, session.begin():
            session.execute(statement)
        if settings().development:
            # Not by the log, which leaves out numbers and codes: they are the point here.
            sys.stderr.write(f"{kind} to {message.to}: {head}{message.text}\n")
        return Outcome(Answer.TAKEN, provider_id=message.idempotency_key)


def deliveries(to: str | None = None) -> Sequence[ConsoleDelivery]:
    """Return the latest deliveries, or those to one recipient, newest first."""
    query = select(ConsoleDelivery).order_by(ConsoleDelivery.created_at.desc(), ConsoleDelivery.id.desc())
    if to:
        query = query.where(ConsoleDelivery.recipient == to)
    return db.session.scalars(query.limit(SHOWN_AT_MOST)).all()


def delete_before(time: datetime) -> None:
    """Delete deliveries from before a time."""
    db.session.execute(delete(ConsoleDelivery).where(ConsoleDelivery.created_at < time))
