"""The table of calendar feeds."""

import uuid

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db, one_of

NO_ALARM, EVENING = "none", "evening"
ALARMS = (NO_ALARM, "30_minutes", "1_hour", "2_hours", EVENING)
"""When a calendar program reminds of a run: so long before the start, or at 20:00 the evening before."""


class CalendarFeed(Record, Changing, db.Model):
    """Access to a person's runs by a token, of which only the hash is stored; a new token replaces the old one.

    `alarm` (of `ALARMS`) is the alarm that the person wants in their calendar.
    """

    __tablename__ = "calendar_feeds"
    __table_args__ = (CheckConstraint(one_of("alarm", ALARMS), name="alarm"),)

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), unique=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    alarm: Mapped[str] = mapped_column(default=NO_ALARM, server_default=NO_ALARM)
