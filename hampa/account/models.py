"""Exports of a person's data, and changes of phone number."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform import clock
from hampa.platform.db import Changing, Record, db, one_of

WAITING, READY, FAILED, OVER = "waiting", "ready", "failed", "over"
STATUSES = (WAITING, READY, FAILED, OVER)
GOOD_FOR = timedelta(days=1)
"""How long a finished export can be downloaded."""
OBJECTION = timedelta(days=3)
"""How long the holder of the old number can undo a change."""
NUMBER = r"~ '^\+[1-9][0-9]{6,14}$'"


class Export(Record, Changing, db.Model):
    """A copy of a person's data, as a ZIP that the worker makes.

    It is `waiting` until it is made (at most one for each person), `ready` from `ready_at` on for a day, then `over`
    and without a file; `failed` if it could not be made. `size` is in bytes.
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
        """The name of the file in the storage."""
        return f"exports/{self.id}.zip"

    @property
    def ends_at(self) -> datetime | None:
        """The end of the time for downloading; None before it is ready."""
        return self.ready_at + GOOD_FOR if self.ready_at else None

    @property
    def is_waiting(self) -> bool:
        """Whether the worker still has to make it."""
        return self.status == WAITING

    @property
    def has_failed(self) -> bool:
        """Whether the export could not be made."""
        return self.status == FAILED

    @property
    def can_be_fetched(self) -> bool:
        """Whether the file can be downloaded now."""
        return self.status == READY and self.ends_at is not None and clock.now() < self.ends_at


class PhoneChange(Record, Changing, db.Model):
    """A change of a person's number (E.164), which the holder of the old one can undo for some days."""

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
