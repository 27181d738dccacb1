"""The wish to run with the owner of a card."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hampa.cards.models.card import Card
from hampa.people.models.person import Person
from hampa.platform.db import Changing, Record, db, one_of

PENDING, ACCEPTED, DECLINED, WITHDRAWN = "pending", "accepted", "declined", "withdrawn"
ENDED = "ended"
"""The card was deleted while the interest was pending; nobody decided it."""
PARTED = "parted"
"""It was accepted, and one of the two ended their being companions."""
INTEREST_STATES = (PENDING, ACCEPTED, DECLINED, WITHDRAWN, ENDED, PARTED)
MOST_PENDING = 20
MOST_A_DAY = 60
"""That one person sends, those taken back too: each rings at somebody else's, with words of the sender's own."""


class Interest(Record, Changing, db.Model):
    """A person's wish to run with the owner of a card.

    Accepted, it makes the two companions. `line` is what the sender wrote with it. `card_id` is empty
    once the card is deleted; that the two are companions stays.
    """

    __tablename__ = "interests"
    __table_args__ = (
        CheckConstraint(one_of("status", INTEREST_STATES), name="status"),
        CheckConstraint("sender_id <> owner_id", name="two_people"),
        CheckConstraint("char_length(line) <= 200", name="line_length"),
        CheckConstraint("(status = 'pending') = (decided_at IS NULL)", name="decided"),
        Index(
            "uq_interests_pending",
            "card_id",
            "sender_id",
            unique=True,
            postgresql_where="status = 'pending'",
        ),
        Index("ix_interests_card_id", "card_id"),
        Index("ix_interests_owner_id_created_at", "owner_id", "created_at", "id"),
        Index("ix_interests_sender_id_created_at", "sender_id", "created_at", "id"),
    )

    card_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cards.id", ondelete="SET NULL"))
    sender_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    line: Mapped[str] = mapped_column(default="", server_default="")
    status: Mapped[str] = mapped_column(default=PENDING, server_default=PENDING)
    decided_at: Mapped[datetime | None]

    card: Mapped[Card | None] = relationship(lazy="raise")
    sender: Mapped[Person] = relationship(foreign_keys=[sender_id], lazy="raise")
    owner: Mapped[Person] = relationship(foreign_keys=[owner_id], lazy="raise")

    @property
    def is_accepted(self) -> bool:
        """Whether the two are companions by this interest."""
        return self.status == ACCEPTED

    def allowed_decisions(self, person_id: uuid.UUID) -> tuple[str, ...]:
        """Return what this one of the two may decide now: "withdraw", or "accept" and "decline"."""
        if self.status != PENDING:
            return ()
        return ("withdraw",) if person_id == self.sender_id else ("accept", "decline")
