"""The table of the days before deadlines on which people are reminded."""

import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db

DAYS_BEFORE = (7, 3, 1, -1)
"""Days before a deadline on which one is reminded; the day after it is the last."""


class DeadlineChoice(Record, Changing, db.Model):
    """On which of `DAYS_BEFORE` a person is reminded of deadlines; without a row it is on all of them."""

    __tablename__ = "coaching_deadline_choices"
    __table_args__ = (CheckConstraint("days <@ '[7, 3, 1, -1]'", name="days"),)

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), unique=True)
    days: Mapped[list[Any]] = mapped_column(JSONB)
