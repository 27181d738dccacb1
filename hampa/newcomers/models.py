"""The table of questions to newcomers, with what they answered."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db, one_of

WELL, MIXED, HARD = "well", "mixed", "hard"
FEELINGS = (WELL, MIXED, HARD)
ADMINS, NOBODY = "admins", "nobody"
READERS = (ADMINS, NOBODY)
LONGEST_ANSWER = 500


class NewcomerQuestion(Record, Changing, db.Model):
    """That a member was asked how it has been, and what they answered; once a person and crew.

    `readers` are the admins of the crew, or nobody: then it is kept for its person alone.
    """

    __tablename__ = "newcomer_questions"
    __table_args__ = (
        UniqueConstraint("crew_id", "person_id"),
        CheckConstraint(f"feeling IS NULL OR {one_of('feeling', FEELINGS)}", name="feeling"),
        CheckConstraint(one_of("readers", READERS), name="readers"),
        CheckConstraint(f"char_length(text) <= {LONGEST_ANSWER}", name="text_length"),
        CheckConstraint("(feeling IS NULL) = (answered_at IS NULL)", name="answered"),
        Index("ix_newcomer_questions_person_id", "person_id"),
        Index(
            "ix_newcomer_questions_answered",
            "crew_id",
            "answered_at",
            "id",
            postgresql_where="readers = 'admins' AND answered_at IS NOT NULL",
        ),
    )

    crew_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crews.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    feeling: Mapped[str | None]
    text: Mapped[str] = mapped_column(default="", server_default="")
    readers: Mapped[str] = mapped_column(default=NOBODY, server_default=NOBODY)
    answered_at: Mapped[datetime | None]
