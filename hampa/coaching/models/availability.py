"""The tables of when an athlete has time: on each weekday, and exceptions."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db

MINUTES = (0, 30, 45, 60, 90, 120, 180)
"""What may be said of a day, besides nothing: no time, or so many minutes."""
MOST_EXCEPTIONS, LONGEST_EXCEPTION = 50, 366
LONGEST_AVAILABILITY_NOTE = 100


class Availability(Record, Changing, db.Model):
    """When a person usually has time to train: `days` has the minutes from Monday to Sunday, None for any."""

    __tablename__ = "coaching_availability"
    __table_args__ = (CheckConstraint("jsonb_array_length(days) = 7", name="days"),)

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), unique=True)
    days: Mapped[list[Any]] = mapped_column(JSONB)


class AvailabilityException(Record, db.Model):
    """That a person has other time than usual on days from `first` to `last`."""

    __tablename__ = "coaching_availability_exceptions"
    __table_args__ = (
        CheckConstraint(f"last BETWEEN first AND first + {LONGEST_EXCEPTION}", name="days"),
        CheckConstraint("minutes BETWEEN 0 AND 1440", name="minutes"),
        CheckConstraint(f"char_length(note) <= {LONGEST_AVAILABILITY_NOTE}", name="note_length"),
        Index("ix_coaching_availability_exceptions_person_id", "person_id", "last"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    first: Mapped[dt.date]
    last: Mapped[dt.date]
    minutes: Mapped[int | None]
    note: Mapped[str] = mapped_column(default="", server_default="")
