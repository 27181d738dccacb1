"""What the console gateways delivered: to the worker's terminal and to a table, which `/dev/outbox` shows.

They are for development, and for demo people everywhere.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from hampa.platform.config import settings
from hampa.platform.db import Record, db
from hampa.platform.delivery.outcomes import Answer, Outcome

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


def deliver(kind: str, to: str, text: str, *, veiled: str, purpose: str, key: str) -> Outcome:
    """Take a message, at once, and of those with the same key only one.

    In production its secret is veiled: nobody could read it there, and nobody should.
    """
    shown = veiled if settings().production else text
    # A session of its own: delivering is not part of whatever transaction the caller may be in.
    with Session(db.engine, join_transaction_mode="create_savepoint") as session, session.begin():
        session.execute(
            insert(ConsoleDelivery)
            .values(key=key, kind=kind, purpose=purpose, recipient=to, text=shown)
            .on_conflict_do_nothing(index_elements=[ConsoleDelivery.key])
        )
    if settings().development:
        # Not by the log, which leaves out numbers and codes: they are the point here.
        sys.stderr.write(f"{kind} to {to}: {text}\n")
    return Outcome(Answer.TAKEN, provider_id=key)


def deliveries(to: str | None = None) -> Sequence[ConsoleDelivery]:
    """The latest deliveries, or those to one recipient, newest first."""
    wanted = select(ConsoleDelivery).order_by(ConsoleDelivery.created_at.desc(), ConsoleDelivery.id.desc())
    if to:
        wanted = wanted.where(ConsoleDelivery.recipient == to)
    return db.session.scalars(wanted.limit(SHOWN_AT_MOST)).all()


def forget(delivered_before: datetime) -> None:
    """Delete what was delivered before some time."""
    db.session.execute(delete(ConsoleDelivery).where(ConsoleDelivery.created_at < delivered_before))
