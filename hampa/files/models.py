"""The tables of files, and of what the storage still has of deleted ones."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db, one_of
from hampa.platform.media.documents import TYPES
from hampa.platform.texts.search import WordVector

MEGABYTES = 10
MOST_BYTES = MEGABYTES * 1_000_000
MOST_FILES, MOST_BYTES_IN_ALL = 500, 500_000_000
"""How many files, and bytes, a person may keep here."""
FILES_A_DAY = 50
LONGEST_NAME, LONGEST_KIND = 120, 20
KINDS = tuple(TYPES)
STATES = CHECKING, READY, REFUSED = ("checking", "ready", "refused")
REASONS = "broken", "active", "too_large", "virus", "unscanned"
"""Why a file was refused: those of `documents.REASONS`, what ClamAV finds, and that it never answered."""
REFUSED_KEPT = timedelta(days=30)


class StoredFile(Record, Changing, db.Model):
    """A file that belongs to something: `owner_id` among what `owner_kind` names (`queries.owners`).

    `object_name` is its name in the storage, None once it was refused. It is handed out when it is "ready", and, where
    files are scanned, once `scanned_at` is set. `digest` is the SHA-256 of what was sent.
    """

    __tablename__ = "stored_files"
    __table_args__ = (
        CheckConstraint(f"char_length(name) BETWEEN 1 AND {LONGEST_NAME}", name="name_length"),
        CheckConstraint(f"char_length(owner_kind) BETWEEN 1 AND {LONGEST_KIND}", name="owner_kind_length"),
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        CheckConstraint(one_of("state", STATES), name="state"),
        CheckConstraint(one_of("reason", REASONS), name="reason"),
        CheckConstraint(f"(reason IS NOT NULL) = (state = '{REFUSED}')", name="refused"),
        CheckConstraint(f"(object_name IS NULL) = (state = '{REFUSED}')", name="object"),
        CheckConstraint(f"size BETWEEN 1 AND {MOST_BYTES + 1_000}", name="size"),
        Index("ix_stored_files_owner_id", "owner_id", "created_at", "id"),
        Index("ix_stored_files_uploader_id", "uploader_id", "created_at", "id"),
        Index("ix_stored_files_waiting", "created_at", postgresql_where="state <> 'ready' OR scanned_at IS NULL"),
        Index(
            "ix_stored_files_seen",
            *("owner_id", "created_at", "id"),
            postgresql_include=["owner_kind", "uploader_id", "state"],
            postgresql_where=f"state = '{READY}'",
        ),
    )

    owner_kind: Mapped[str]
    owner_id: Mapped[uuid.UUID]
    uploader_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    name: Mapped[str]
    kind: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str]
    object_name: Mapped[str | None]
    state: Mapped[str] = mapped_column(default=CHECKING, server_default=CHECKING)
    reason: Mapped[str | None]
    scanned_at: Mapped[datetime | None]


FILE_WORDS = Column("search", WordVector, nullable=True)
"""The words of the name, which a trigger keeps and only the search reads: no attribute, so that no list loads them."""
StoredFile.__table__.append_column(FILE_WORDS)
Index("ix_stored_files_words", FILE_WORDS, postgresql_using="gin", postgresql_where=f"state = '{READY}'")


class RemovedFile(Record, db.Model):
    """What the storage has to delete: written by a trigger whenever a file goes, however that happens."""

    __tablename__ = "removed_files"
    __table_args__ = (Index("ix_removed_files_created_at", "created_at"),)

    object_name: Mapped[str]
