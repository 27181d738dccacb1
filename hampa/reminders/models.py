"""The table of reminders sent."""

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Record, db, one_of

EVENING, SOON = "evening", "soon"
KINDS = (EVENING, SOON)


class Reminder(Record, db.Model):
    """A reminder of one kind that a person got for one start of a run; the unique row keeps it from being sent again.

    `start` is the day for the reminder of the evening before, which is not repeated when the run moves by half an hour,
    and the moment for the one two hours before.
    """

    __tablename__ = "run_reminders"
    __table_args__ = (
        UniqueConstraint("run_id", "kind", "start", "person_id"),
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        Index("ix_run_reminders_person_id", "person_id"),
        Index("ix_run_reminders_created_at", "created_at"),
    )

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    kind: Mapped[str]
    start: Mapped[str]
