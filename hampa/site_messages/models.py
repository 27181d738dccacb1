"""The table of messages of operators to people of the site."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from hampa.people.models import LOCALES
from hampa.platform.db import Changing, Record, db, one_of

LONGEST = 500
LONGEST_CITY = 80
MOST_DAYS = 365
STATES = DRAFT, SCHEDULED, SENDING, PAUSED, SENT, STOPPED = (
    "draft",
    "scheduled",
    "sending",
    "paused",
    "sent",
    "stopped",
)
TO_BE_SENT = (SCHEDULED, SENDING)
CHOSEN_CHANNELS = PUSH, SMS, MAIL = ("push", "sms", "mail")


class SiteMessage(Record, Changing, db.Model):
    """A message to the people of the site who fit all that is set: language, town, crew, and activity within some days.

    It is a draft until an operator has seen how many it reaches and what it costs. It is sent from `send_at` on, in
    chunks in the order of people's ids: `last_id` is the last person who was told. While it is paused nobody else is.
    """

    __tablename__ = "site_messages"
    __table_args__ = (
        CheckConstraint(f"char_length(text) BETWEEN 1 AND {LONGEST}", name="text_length"),
        CheckConstraint(f"char_length(city) <= {LONGEST_CITY}", name="city_length"),
        CheckConstraint(f"active_days BETWEEN 1 AND {MOST_DAYS}", name="active_days"),
        CheckConstraint(one_of("locale", LOCALES), name="locale"),
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint("(state = 'draft') = (approved_at IS NULL)", name="approved"),
        Index("ix_site_messages_sender_id", "sender_id"),
        Index("ix_site_messages_crew_id", "crew_id", postgresql_where="crew_id IS NOT NULL"),
        Index("ix_site_messages_send_at", "send_at", postgresql_where="state IN ('scheduled', 'sending')"),
    )

    sender_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    text: Mapped[str]
    locale: Mapped[str | None]
    city: Mapped[str] = mapped_column(default="", server_default="")
    crew_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    active_days: Mapped[int | None]
    channels: Mapped[list[str]]
    state: Mapped[str] = mapped_column(default=DRAFT, server_default=DRAFT)
    send_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    last_id: Mapped[uuid.UUID | None]
    people: Mapped[int] = mapped_column(default=0, server_default="0")

    @property
    def is_draft(self) -> bool:
        """Return whether nobody has approved it yet."""
        return self.state == DRAFT

    @property
    def waits(self) -> bool:
        """Return whether it is still to be sent, or goes out."""
        return self.state in TO_BE_SENT

    @property
    def is_paused(self) -> bool:
        """Return whether it goes on only when an operator says so."""
        return self.state == PAUSED

    @property
    def tone(self) -> str:
        """Return the kind of the pill that names its state."""
        return {STOPPED: "stop", PAUSED: "stop", SENT: "mine"}.get(self.state, "plain")
