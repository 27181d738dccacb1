"""Copies of what is ours of a person, and changes of phone numbers."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform import clock
from hampa.platform.db import Changing, Record, db, one_of

WAITING, READY, FAILED, OVER = "waiting", "ready", "failed", "over"
STATUSES = (WAITING, READY, FAILED, OVER)
GOOD_FOR = timedelta(days=1)
"""How long a finished copy can be fetched."""

OBJECTION = timedelta(days=3)
"""How long the holder of the old number can take a change of it back."""
NUMBER = r"~ '^\+[1-9][0-9]{6,14}$'"


class Export(Record, Changing, db.Model):
    """A copy of all that is ours of a person, as a ZIP that the worker makes.

    `waiting` until it is made, of which there is one a person at most; `ready` from `ready_at` on, for a day; then
    `over`, and its file is gone. `size` is in bytes.
    """

    __tablename__ = "exports"
    __table_args__ = (
        CheckConstraint(one_of("status", STATUSES), name="status"),
        CheckConstraint(
            "(status IN ('ready', 'over')) = (ready_at IS NOT NULL) AND (ready_at IS NULL) = (size IS NULL)",
            name="ready",
        ),
        Index("uq_exports_waiting", "person_id", unique=True, postgresql_where="status = 'waiting'"),
        Index("ix_exports_person_id_created_at", "person_id", "created_at", "id"),
        Index("ix_exports_ready_at", "ready_at", postgresql_where="status = 'ready'"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    status: Mapped[str] = mapped_column(default=WAITING, server_default=WAITING)
    size: Mapped[int | None] = mapped_column(BigInteger)
    ready_at: Mapped[datetime | None]

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"exports/{self.id}.zip"

    @property
    def ends_at(self) -> datetime | None:
        """From when on it can't be fetched any more; None before it is ready."""
        return self.ready_at + GOOD_FOR if self.ready_at else None

    @property
    def is_waiting(self) -> bool:
        """Whether the worker has not made it yet."""
        return self.status == WAITING

    @property
    def has_failed(self) -> bool:
        """Whether it could not be made."""
        return self.status == FAILED

    @property
    def can_be_fetched(self) -> bool:
        """Whether its file may be had now."""
        return self.status == READY and self.ends_at is not None and clock.now() < self.ends_at


class PhoneChange(Record, Changing, db.Model):
    """A person signs in with another number (E.164) than before; whoever has the old one can take it back for some days."""

    __tablename__ = "phone_changes"
    __table_args__ = (
        CheckConstraint(f"old_phone {NUMBER}", name="old_phone_e164"),
        CheckConstraint(f"new_phone {NUMBER}", name="new_phone_e164"),
        Index("ix_phone_changes_person_id_created_at", "person_id", "created_at", "id"),
        Index("ix_phone_changes_created_at", "created_at"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    old_phone: Mapped[str]
    new_phone: Mapped[str]
    undone_at: Mapped[datetime | None]
