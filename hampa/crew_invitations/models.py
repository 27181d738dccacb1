"""Invitations of phone numbers into crews."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform import clock
from hampa.platform.db import Record, db

WORKS_FOR = timedelta(days=14)
"""How long an invitation lets its number in."""
KEPT_FOR = timedelta(days=90)
"""How long an invitation is kept, without its number once it is over: so long a crew does not invite a number again."""


class NumberInvitation(Record, db.Model):
    """A phone number (E.164) that a member invited into a crew, once; it lets in who has this number, and nobody else.

    `number` is None once the invitation is over; `number_hash` stays, so that nobody is invited again and again.
    `sent_at` is when the worker was done with it, whether or not something was sent: organisers see this time alone, and
    do not learn whose number gets nothing.
    """

    __tablename__ = "crew_number_invitations"
    __table_args__ = (
        UniqueConstraint("crew_id", "number_hash"),
        CheckConstraint("accepted_at IS NULL OR revoked_at IS NULL", name="one_end"),
        Index("ix_crew_number_invitations_crew_id", "crew_id", "created_at", "id"),
        Index("ix_crew_number_invitations_number_hash", "number_hash", "created_at"),
        Index("ix_crew_number_invitations_inviter_id", "inviter_id", "created_at", "id"),
        Index("ix_crew_number_invitations_expires_at", "expires_at"),
        Index("ix_crew_number_invitations_unsent", "crew_id", "id", postgresql_where="sent_at IS NULL"),
    )

    crew_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    inviter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    number: Mapped[str | None]
    number_hash: Mapped[str]
    expires_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        """Return whether the invitation still lets its number in."""
        return self.accepted_at is None and self.revoked_at is None and self.expires_at > clock.now()
