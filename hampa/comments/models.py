"""The table of comments."""

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hampa.people.models import Person
from hampa.platform.db import Record, db
from hampa.platform.row_versions import changes_with
from hampa.runs.models.run import ALL_RUN_PAGES, page_version

LONGEST = 300


class Comment(Record, db.Model):
    """A text under a run that never changes, for everybody who is signed in and may see the run.

    `submission_id` is only written by the last release, beside which this one may run; the next drops it.
    """

    __tablename__ = "run_comments"
    __table_args__ = (
        CheckConstraint(f"char_length(text) BETWEEN 1 AND {LONGEST}", name="text_length"),
        Index("ix_run_comments_run_id_created_at_id", "run_id", "created_at", "id"),
        Index("ix_run_comments_author_id_run_id_created_at", "author_id", "run_id", "created_at"),
    )

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    text: Mapped[str]
    submission_id: Mapped[uuid.UUID | None] = mapped_column(unique=True, sort_order=93)

    author: Mapped[Person] = relationship(lazy="raise")


changes_with(Comment, lambda row: page_version(row.run_id), for_all=ALL_RUN_PAGES)
