"""What a person should know."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.people.models import one_of
from hampa.platform.db import Record, db

TYPES = (
    "interest_received",
    "interest_accepted",
    "interest_ended",
    "run_joined",
    "run_promoted",
    "run_changed",
    "run_cancelled",
    "account_security",
)


class Notification(Record, db.Model):
    """One thing that one person should know of.

    `event` names what happened: of the same event a person hears once. The words are made on reading, in
    the reader's language, from `data`, which holds what they need as it was then. `subject_id` is the
    id of what it is about (a run, an interest, a session), by type.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("person_id", "event"),
        CheckConstraint(one_of("type", TYPES), name="type"),
        Index("ix_notifications_person_id_created_at", "person_id", "created_at", "id"),
        Index("ix_notifications_unread", "person_id", postgresql_where="read_at IS NULL"),
        Index("ix_notifications_actor_id", "actor_id"),
        Index("ix_notifications_created_at", "created_at"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    type: Mapped[str]
    actor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    subject_id: Mapped[uuid.UUID]
    data: Mapped[dict[str, Any]]
    event: Mapped[str]
    read_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
