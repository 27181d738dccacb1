"""The table of calendar feeds."""

import uuid

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db


class CalendarFeed(Record, Changing, db.Model):
    """Access to a person's runs by a token, of which only the hash is stored; a new token replaces the old one."""

    __tablename__ = "calendar_feeds"

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), unique=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
