"""Tables of reports, and the log of decisions."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hampa.people.models import Person
from hampa.platform.db import Changing, Record, db, one_of

KINDS = ("person", "card", "run", "comment", "photo", "message", "crew", "crew_notice", "crew_picture", "entry_comment")
REASONS = ("harassment", "danger", "fake", "spam", "other")
OPEN, DECIDED = "open", "decided"
NOTHING, REMOVE, WARN, SUSPEND, BAN, RESTORE = "nothing", "remove", "warn", "suspend", "ban", "restore"
HIDE = "hide"
LONGEST_APPEAL = 2000
DECISIONS = (NOTHING, REMOVE, HIDE, WARN, SUSPEND, BAN, RESTORE)
"""What an operator can do about a report; `RESTORE` lets in a suspended or banned person again, or shows what is hidden."""


class Report(Record, Changing, db.Model):
    """A report of a person, or of something that a person made, to the operators.

    `shown` is what the reporter saw, kept as evidence because the subject may change or be deleted. `decision` is one
    of `DECISIONS` once an operator has decided. A person has one open report of a subject at a time.
    """

    __tablename__ = "reports"
    __table_args__ = (
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        CheckConstraint(one_of("reason", REASONS), name="reason"),
        CheckConstraint(one_of("state", (OPEN, DECIDED)), name="state"),
        CheckConstraint(one_of("decision", DECISIONS), name="decision"),
        CheckConstraint("char_length(words) <= 1000", name="words_length"),
        CheckConstraint("(state = 'decided') = (decided_at IS NOT NULL)", name="decided"),
        Index("uq_reports_open", "reporter_id", "kind", "subject_id", unique=True, postgresql_where="state = 'open'"),
        Index("ix_reports_state_created_at_id", "state", "created_at", "id"),
        Index("ix_reports_subject_id", "subject_id"),
        Index("ix_reports_about_id_created_at", "about_id", "created_at"),
        Index("ix_reports_reporter_id_created_at", "reporter_id", "created_at"),
    )

    reporter_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    kind: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    about_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    reason: Mapped[str]
    words: Mapped[str] = mapped_column(default="", server_default="")
    shown: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default=OPEN, server_default=OPEN)
    decision: Mapped[str | None]
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    decided_at: Mapped[datetime | None]

    reporter: Mapped[Person | None] = relationship(foreign_keys=[reporter_id], lazy="raise")
    about: Mapped[Person | None] = relationship(foreign_keys=[about_id], lazy="raise")

    @property
    def is_open(self) -> bool:
        """Whether no operator has decided yet."""
        return self.state == OPEN


class Decision(Record, db.Model):
    """An entry of the log: an operator's decision about a person, and the person's state before and after it.

    `address` is the operator's IP address, `note` is for operators alone, `until` is when a suspension ends.
    """

    __tablename__ = "moderation_decisions"
    __table_args__ = (
        CheckConstraint(one_of("decision", DECISIONS), name="decision"),
        CheckConstraint("char_length(note) <= 1000", name="note_length"),
        Index("ix_moderation_decisions_person_id_created_at", "person_id", "created_at"),
        Index("ix_moderation_decisions_report_id", "report_id"),
    )

    report_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("reports.id", ondelete="SET NULL"))
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    decision: Mapped[str]
    note: Mapped[str] = mapped_column(default="", server_default="")
    until: Mapped[datetime | None]
    state_before: Mapped[str] = mapped_column(default="", server_default="")
    state_after: Mapped[str] = mapped_column(default="", server_default="")
    address: Mapped[str] = mapped_column(default="", server_default="")


class BanAppeal(Record, Changing, db.Model):
    """What a suspended or banned person writes to the operators, once against each decision, and their answer."""

    __tablename__ = "ban_appeals"
    __table_args__ = (
        CheckConstraint(one_of("state", (OPEN, DECIDED)), name="state"),
        CheckConstraint(f"char_length(words) <= {LONGEST_APPEAL}", name="words_length"),
        CheckConstraint("char_length(answer) <= 1000", name="answer_length"),
        CheckConstraint(
            "(state = 'decided') = (decided_at IS NOT NULL) AND (state = 'decided') = (is_granted IS NOT NULL)",
            name="decided",
        ),
        UniqueConstraint("decision_id"),
        Index("ix_ban_appeals_person_id", "person_id"),
        Index("ix_ban_appeals_decided_by_id", "decided_by_id"),
        Index("ix_ban_appeals_state_created_at_id", "state", "created_at", "id"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    decision_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("moderation_decisions.id", ondelete="CASCADE"))
    words: Mapped[str]
    state: Mapped[str] = mapped_column(default=OPEN, server_default=OPEN)
    is_granted: Mapped[bool | None]
    answer: Mapped[str] = mapped_column(default="", server_default="")
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        """Return whether no operator has answered yet."""
        return self.state == OPEN
