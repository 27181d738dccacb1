"""The table of messages to all who take part in a run."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db
from hampa.platform.row_versions import changes_with
from hampa.runs.models.participation import COMPLETED, GOING, INTERESTED, NO_SHOW, OFFERED, REQUESTED, WAITLISTED
from hampa.runs.models.run import ALL_RUN_PAGES, page_version

LONGEST = 500

AUDIENCES = {
    GOING: (GOING, COMPLETED, NO_SHOW),
    WAITLISTED: (WAITLISTED, OFFERED, REQUESTED),
    INTERESTED: (INTERESTED,),
}
"""Statuses of the participations that a message reaches; after the run, those who came are still reached as GOING."""


class RunMessage(Record, Changing, db.Model):
    """A message of an organiser to the audiences in `statuses`, which are keys of `AUDIENCES`.

    It is a draft until its writer has seen how many people and SMS it is, and sends it (`sent_at`). `people` are the
    recipients in the app, `texted` those of them who got an SMS too, counted when it was sent.
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
    def participation_statuses(self) -> list[str]:
        """Return the statuses of the participations that the message reaches."""
        return [status for audience in self.statuses for status in AUDIENCES[audience]]


changes_with(RunMessage, lambda row: page_version(row.run_id), for_all=ALL_RUN_PAGES)
