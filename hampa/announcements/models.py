"""What organisers write to all who take part."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db
from hampa.runs.models.participation import (
    COMPLETED,
    GOING,
    INTERESTED,
    NO_SHOW,
    OFFERED,
    REQUESTED,
    WAITLISTED,
)

LONGEST = 500

MEANS = {
    GOING: (GOING, COMPLETED, NO_SHOW),
    WAITLISTED: (WAITLISTED, OFFERED, REQUESTED),
    INTERESTED: (INTERESTED,),
}
"""Whom an organiser means: after the run those who came are still those who were to come."""


class RunMessage(Record, Changing, db.Model):
    """A message of an organiser to those named in `statuses`, keys of `MEANS`.

    Written first and sent (`sent_at`) once its writer has seen how many people and SMS that is. `people` were told in
    the app, `texted` of them by SMS too: counted when it was sent.
    """

    __tablename__ = "run_messages"
    __table_args__ = (
        CheckConstraint(f"char_length(text) BETWEEN 1 AND {LONGEST}", name="text_length"),
        Index("ix_run_messages_run_id_sent_at", "run_id", "sent_at"),
        Index("ix_run_messages_sender_id", "sender_id"),
    )

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    sender_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    text: Mapped[str]
    statuses: Mapped[list[str]]
    by_sms: Mapped[bool]
    sent_at: Mapped[datetime | None]
    people: Mapped[int] = mapped_column(default=0, server_default="0")
    texted: Mapped[int] = mapped_column(default=0, server_default="0")

    @property
    def reaches(self) -> list[str]:
        """The ways of being in the run of those it goes to."""
        return [status for named in self.statuses for status in MEANS[named]]
