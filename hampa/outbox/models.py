"""The outbox and its history."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform import jobs
from hampa.platform.db import Changing, Record, db, one_of

KINDS = ("sms", "mail")
PRIORITIES = {"code": 0, "safety": 1, "normal": 2, "bulk": 3}
IN_QUEUE = {jobs.URGENT: ("code", "safety"), jobs.NORMAL: ("normal", "bulk")}
"""Which priorities a queue's bell is rung for, in the order in which they go."""

OPEN = ("pending", "sending")
ENDED = ("sent", "failed", "expired", "cancelled")


def queue_of(priority: str) -> str:
    """The queue whose bell is rung for this priority."""
    return next(name for name, priorities in IN_QUEUE.items() if priority in priorities)


class OutboxMessage(Record, Changing, db.Model):
    """One message that must leave the house.

    `pending` until `next_attempt_at`; `sending` while a worker holds it, and `next_attempt_at` is then the end of its
    lease, past which the worker counts as dead. Ends as `sent`, `failed`, `expired` or `cancelled`. The text is made
    of `template` and `data` when it is sent, in `locale`; the first line of a mail's is its subject. What must not be
    read in the database (a sign-in code) is in `secret`, encrypted, and gone when the message has ended. `person_id` is
    whom it is to reach or whom it is about, `actor_id` whose deed it tells of: when they are erased it goes.
    """

    __tablename__ = "outbox_messages"
    __table_args__ = (
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        CheckConstraint("priority BETWEEN 0 AND 3", name="priority"),
        CheckConstraint("status IN ('pending', 'sending', 'sent', 'failed', 'expired', 'cancelled')", name="status"),
        CheckConstraint(
            r"CASE kind WHEN 'sms' THEN recipient ~ '^\+[1-9][0-9]{6,14}$'"
            r" ELSE recipient ~ '^[^@[:space:][:cntrl:]]+@[^@[:space:][:cntrl:]]+$' END",
            name="recipient",
        ),
        CheckConstraint("status IN ('pending', 'sending') OR secret IS NULL", name="secret_wiped"),
        Index(
            "ix_outbox_messages_due",
            "priority",
            "next_attempt_at",
            postgresql_where="status IN ('pending', 'sending')",
        ),
        Index("ix_outbox_messages_status_created_at", "status", "created_at", "id"),
        Index("ix_outbox_messages_created_at", "created_at", "id"),
    )

    kind: Mapped[str] = mapped_column(default="sms", server_default="sms")
    purpose: Mapped[str]
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    actor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    recipient: Mapped[str] = mapped_column(index=True)
    locale: Mapped[str]
    template: Mapped[str]
    data: Mapped[dict[str, Any]]
    secret: Mapped[bytes | None]
    key: Mapped[str] = mapped_column(unique=True)
    priority: Mapped[int]
    status: Mapped[str] = mapped_column(default="pending", server_default="pending")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    next_attempt_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    provider: Mapped[str | None]
    provider_id: Mapped[str | None]
    segments: Mapped[int | None]
    last_error: Mapped[str | None]
    sent_at: Mapped[datetime | None]


class OutboxEvent(Record, db.Model):
    """What happened to a message after it was written, one row for each time."""

    __tablename__ = "outbox_events"
    __table_args__ = (Index("ix_outbox_events_message_id_created_at", "message_id", "created_at", "id"),)

    message_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("outbox_messages.id", ondelete="CASCADE"))
    what: Mapped[str]
    detail: Mapped[str | None]
