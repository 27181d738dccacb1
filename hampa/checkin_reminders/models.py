"""Tables of reminders that were sent, and of nudges."""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Record, db


class CheckInReminder(Record, db.Model):
    """A reminder that a member got for a period of a crew; the unique row keeps it from being sent again.

    `day` counts the days of the period that were over.
    """

    __tablename__ = "check_in_reminders"
    __table_args__ = (
        UniqueConstraint("person_id", "crew_id", "period_from", "day"),
        CheckConstraint("day BETWEEN 0 AND 13", name="day"),
        Index("ix_check_in_reminders_crew_id", "crew_id"),
        Index("ix_check_in_reminders_created_at", "created_at"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    crew_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    period_from: Mapped[date]
    day: Mapped[int] = mapped_column(SmallInteger)


class CheckInNudge(Record, db.Model):
    """The last nudge that a member got in a crew; its moment decides whether the next one reaches them."""

    __tablename__ = "check_in_nudges"
    __table_args__ = (UniqueConstraint("crew_id", "person_id"), Index("ix_check_in_nudges_person_id", "person_id"))

    crew_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    nudged_at: Mapped[datetime]


class NudgeRound(Record, db.Model):
    """That an organiser asked to nudge who has not checked in, whoever that was; organisers see it."""

    __tablename__ = "check_in_nudge_rounds"
    __table_args__ = (
        Index("ix_check_in_nudge_rounds_crew_id", "crew_id", "created_at"),
        Index("ix_check_in_nudge_rounds_actor_id", "actor_id"),
    )

    crew_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    actor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
