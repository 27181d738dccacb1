"""The tables of summaries, and of how much people used a language model."""

import datetime as dt
import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db, one_of

PARTS = FACTS, CHANGES, QUESTIONS = ("facts", "changes", "questions")
FAILURES = QUOTA, BUSY, AWAY, UNUSABLE, REJECTED = ("quota", "busy", "away", "unusable", "rejected")
"""Why a summary is composed that a model was to write: the quota of its person is used up, the provider says that it is
asked too often or takes too long or fails, the answer has no sentence with a source, or the key is not accepted."""
LONGEST_SENTENCE, MOST_SENTENCES, MOST_SOURCES = 400, 40, 6
SUMMARIES_A_DAY = 100
GIVEN_UP = timedelta(minutes=5)
"""How long a model is waited for."""


class CoachSummary(Record, Changing, db.Model):
    """A summary of something, `owner_id` among what `owner_kind` names (`files.queries.owners`).

    `sentences` has a mapping for each: the part, the text, and the keys of its sources. It is a draft, its author's alone,
    until it is approved. `basis` is the hash of what it rests on. `asked_at` is there while a model writes; `model` names
    the one that wrote it, "" for a composed one, and `failure` says why a model did not.
    """

    __tablename__ = "coach_summaries"
    __table_args__ = (
        CheckConstraint("char_length(owner_kind) BETWEEN 1 AND 20", name="owner_kind_length"),
        CheckConstraint(f"failure = '' OR {one_of('failure', FAILURES)}", name="failure"),
        CheckConstraint(f"jsonb_array_length(sentences) <= {MOST_SENTENCES}", name="sentences"),
        CheckConstraint("approved_at IS NULL OR asked_at IS NULL", name="approved"),
        CheckConstraint("approved_at IS NOT NULL OR NOT is_shared", name="shared"),
        Index("uq_coach_summaries_draft", "owner_id", "author_id", unique=True, postgresql_where="approved_at IS NULL"),
        Index(
            "uq_coach_summaries_approved",
            "owner_id",
            "author_id",
            unique=True,
            postgresql_where="approved_at IS NOT NULL",
        ),
        Index("ix_coach_summaries_author_id", "author_id"),
    )

    owner_kind: Mapped[str]
    owner_id: Mapped[uuid.UUID]
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    locale: Mapped[str]
    sentences: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    basis: Mapped[str]
    model: Mapped[str] = mapped_column(default="", server_default="")
    failure: Mapped[str] = mapped_column(default="", server_default="")
    asked_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    is_shared: Mapped[bool] = mapped_column(default=False, server_default="false")

    @property
    def is_approved(self) -> bool:
        """Return whether its author stands by it."""
        return self.approved_at is not None


class SummaryUse(Record, db.Model):
    """How often a person had a language model write in a month (its first day), and the tokens that it took."""

    __tablename__ = "coach_summary_uses"
    __table_args__ = (UniqueConstraint("person_id", "month"), CheckConstraint("calls >= 0", name="calls"))

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    month: Mapped[dt.date]
    calls: Mapped[int] = mapped_column(default=0, server_default="0")
    input_tokens: Mapped[int] = mapped_column(default=0, server_default="0")
    output_tokens: Mapped[int] = mapped_column(default=0, server_default="0")


class ModelDay(Record, db.Model):
    """What language models were asked on a day (UTC), by what came of it: "" or one of `FAILURES`.

    It names nobody, and stays when those who asked are gone: metrics read its sums. `cost` is by the price of that day,
    in `currency`, "" where no price was set.
    """

    __tablename__ = "model_days"
    __table_args__ = (
        UniqueConstraint("day", "model", "failure", "currency"),
        CheckConstraint(f"failure = '' OR {one_of('failure', FAILURES)}", name="failure"),
        CheckConstraint("calls >= 0", name="calls"),
    )

    day: Mapped[dt.date]
    model: Mapped[str]
    failure: Mapped[str] = mapped_column(default="", server_default="")
    currency: Mapped[str] = mapped_column(default="", server_default="")
    calls: Mapped[int] = mapped_column(default=0, server_default="0")
    input_tokens: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    output_tokens: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    cost: Mapped[Decimal] = mapped_column(Numeric(20, 8), default=0, server_default="0")
