"""The tables of notes, and of what they said before."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform import clock
from hampa.platform.db import Changing, Record, db
from hampa.platform.texts.search import WordVector

LONGEST = 20_000
LONGEST_KIND = 20
MOST_PINNED, MOST_VERSIONS = 20, 50
NOTES_A_DAY, CHANGES_A_DAY = 100, 500
KEPT = timedelta(days=30)
"""How long a deleted note can be brought back."""


class CoachNote(Record, Changing, db.Model):
    """A note in Markdown on something, `owner_id` among what `owner_kind` names (`files.queries.owners`).

    One that is not `is_shared` is its author's alone. `editor_id` changed its text last, at `edited_at`; `number` is that
    of the version that this is. From `deleted_at` on only `deleted_by_id` and the author see it, and bring it back.
    """

    __tablename__ = "coach_notes"
    __table_args__ = (
        CheckConstraint(f"char_length(text) BETWEEN 1 AND {LONGEST}", name="text_length"),
        CheckConstraint(f"char_length(owner_kind) BETWEEN 1 AND {LONGEST_KIND}", name="owner_kind_length"),
        CheckConstraint("deleted_at IS NOT NULL OR deleted_by_id IS NULL", name="deleted"),
        Index("ix_coach_notes_owner_id", "owner_id", "edited_at", "id"),
        Index("ix_coach_notes_author_id", "author_id"),
        Index("ix_coach_notes_editor_id", "editor_id"),
        Index("ix_coach_notes_deleted_by_id", "deleted_by_id"),
        Index("ix_coach_notes_deleted_at", "deleted_at", postgresql_where="deleted_at IS NOT NULL"),
        Index(
            "ix_coach_notes_seen",
            *("owner_id", "edited_at", "id"),
            postgresql_include=["owner_kind", "author_id", "is_shared"],
            postgresql_where="deleted_at IS NULL",
        ),
    )

    owner_kind: Mapped[str]
    owner_id: Mapped[uuid.UUID]
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    text: Mapped[str]
    is_shared: Mapped[bool] = mapped_column(default=False, server_default="false")
    pinned_at: Mapped[datetime | None]
    number: Mapped[int] = mapped_column(default=1, server_default="1")
    editor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    edited_at: Mapped[datetime] = mapped_column(default=clock.now)
    deleted_at: Mapped[datetime | None]
    deleted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))


NOTE_WORDS = Column("search", WordVector, nullable=True)
"""The words of the text, which a trigger keeps and only the search reads: no attribute, so that no list loads them."""
CoachNote.__table__.append_column(NOTE_WORDS)
Index("ix_coach_notes_words", NOTE_WORDS, postgresql_using="gin", postgresql_where="deleted_at IS NULL")


class CoachNoteVersion(Record, db.Model):
    """What a note said before it was changed, who had written it so, and when (`created_at`).

    Only its author sees one that was never shared: sharing a note shows what it says then, not what it said before.
    """

    __tablename__ = "coach_note_versions"
    __table_args__ = (
        UniqueConstraint("note_id", "number"),
        CheckConstraint(f"char_length(text) BETWEEN 1 AND {LONGEST}", name="text_length"),
        Index("ix_coach_note_versions_editor_id", "editor_id"),
    )

    note_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("coach_notes.id", ondelete="CASCADE"))
    number: Mapped[int]
    text: Mapped[str]
    editor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    is_shared: Mapped[bool] = mapped_column(default=False, server_default="false")
