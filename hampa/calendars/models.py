"""The table of calendar feeds."""

from __future__ import annotations

import uuid

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db


class CalendarFeed(Record, Changing, db.Model):
    """Permission to read a person's runs with a token, of which only the hash is stored.

    One row a person: a new token replaces the old one at once.
    """

    __tablename__ = "calendar_feeds"

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), unique=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
