"""The table of attendance."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db, one_of
from hampa.runs.models.participation import COMPLETED, NO_SHOW

OUTCOMES = (COMPLETED, NO_SHOW)
UNMARKED = ""
"""What takes a mark back."""


class Attendance(Record, Changing, db.Model):
    """The attendance of a participation: marked by an organiser, and said by the person, whose word counts.

    The participation becomes COMPLETED or NO_SHOW when the run is over; until then the mark waits here, and nobody's
    place changes.
    """

    __tablename__ = "attendances"
    __table_args__ = (
        CheckConstraint(one_of("marked", OUTCOMES), name="marked"),
        CheckConstraint(one_of("said", OUTCOMES), name="said"),
        CheckConstraint("(marked IS NULL) = (marked_at IS NULL)", name="marked_at"),
        CheckConstraint("(said IS NULL) = (said_at IS NULL)", name="said_at"),
        Index("ix_attendances_marked_by_id", "marked_by_id", postgresql_where="marked_by_id IS NOT NULL"),
    )

    participation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("participations.id", ondelete="CASCADE"), unique=True
    )
    marked: Mapped[str | None]
    marked_at: Mapped[datetime | None]
    marked_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    said: Mapped[str | None]
    said_at: Mapped[datetime | None]

    @property
    def outcome(self) -> str | None:
        """Return COMPLETED or NO_SHOW, or None if it is not known."""
        return self.said or self.marked
