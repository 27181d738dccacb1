"""The calendar feed that a person's calendar program reads."""

from __future__ import annotations

import uuid

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db


class CalendarFeed(Record, Changing, db.Model):
    """Somebody's runs may be read by whoever knows the token, of which only the hash is kept.

    One row a person: making a new token ends the old one at once.
    """

    __tablename__ = "calendar_feeds"

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), unique=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
