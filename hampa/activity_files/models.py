"""Tables of files that were sent, of each file in them, and of the tracks that activities have from one."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hampa.platform.db import Changing, Record, db, one_of
from hampa.training.models.activities import Activity

MEGABYTES = 100
MOST_FILES = 5_000
"""The limit of files in an archive: those of ten years are some four thousand."""
LONGEST_NAME = 200
FATES = MADE, ADDED, SAME, FAILED = ("made", "added", "same", "failed")
"""What became of a file: an activity, the track of one that was written down already, nothing new, or nothing at all."""
REASONS = (
    "not_gpx",
    "packed",
    "kml",
    "broken",
    "harmful",
    "empty",
    "no_times",
    "too_large",
    "too_long",
    "too_many",
    "too_short",
    "future",
    "full",
    "failed",
)
"""Why a file has become nothing: keys of `forms.FILE_REASONS`."""


class ActivityImport(Record, Changing, db.Model):
    """A file that was sent, or an archive of many: read by the worker, file after file.

    `upload` is there until it is read; `files` is how many there are, known from the first on; `place` the next one.
    `reason` says why nothing could be read at all. A copy from a Hampa first waits with its `preview` until its person agrees.
    """

    __tablename__ = "activity_imports"
    __table_args__ = (
        CheckConstraint(one_of("reason", REASONS), name="reason"),
        CheckConstraint("(upload IS NULL) = (done_at IS NOT NULL)", name="done"),
        CheckConstraint(f"char_length(name) <= {LONGEST_NAME}", name="name_length"),
        CheckConstraint(f"files BETWEEN 0 AND {MOST_FILES} AND place BETWEEN 0 AND files", name="place"),
        Index("ix_activity_imports_person_id_created_at", "person_id", "created_at"),
        Index("ix_activity_imports_created_at", "created_at"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    name: Mapped[str]
    upload: Mapped[str | None]
    files: Mapped[int] = mapped_column(default=0, server_default="0")
    place: Mapped[int] = mapped_column(default=0, server_default="0")
    reason: Mapped[str | None]
    done_at: Mapped[datetime | None]
    preview: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    agreed_at: Mapped[datetime | None]

    @property
    def waits(self) -> bool:
        """Return whether its person has still to say whether it is taken over."""
        return self.preview is not None and self.agreed_at is None and self.done_at is None


class ActivityImportFile(Record, db.Model):
    """A file of an import, by its place in it, and what became of it; `activity_id` is what it belongs to."""

    __tablename__ = "activity_import_files"
    __table_args__ = (
        UniqueConstraint("import_id", "place"),
        CheckConstraint(one_of("fate", FATES), name="fate"),
        CheckConstraint(one_of("reason", REASONS), name="reason"),
        CheckConstraint(f"(reason IS NOT NULL) = (fate = '{FAILED}')", name="failed"),
        Index("ix_activity_import_files_activity_id", "activity_id"),
    )

    import_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("activity_imports.id", ondelete="CASCADE"))
    place: Mapped[int]
    name: Mapped[str]
    fate: Mapped[str]
    reason: Mapped[str | None]
    activity_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("activities.id", ondelete="SET NULL"))


class ActivityTrack(Record, db.Model):
    """What a file says of an activity beyond what people write down; the file itself is for its person alone.

    `file` names the file as it was sent, packed by gzip; `digest` is the sum of its content and `number` the place of
    the activity in it, so that the same file twice is one. `sums` has `splits` by unit, each with metres, seconds and
    mean pulse, and `bests` in seconds by distance; `course` the line and the heights to draw.

    `visible` has the same of the part that lies in none of the person's hidden zones, of which there were `zones` when
    it was cut; it is None without a line, before the cut, and where nothing is left.
    """

    __tablename__ = "activity_tracks"
    __table_args__ = (
        UniqueConstraint("person_id", "digest", "number"),
        UniqueConstraint("activity_id"),
        CheckConstraint("moving_s >= 0", name="moving_s"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    activity_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("activities.id", ondelete="CASCADE"))
    file: Mapped[str]
    extension: Mapped[str]
    digest: Mapped[str]
    number: Mapped[int]
    moving_s: Mapped[int]
    heart_mean: Mapped[int | None]
    heart_most: Mapped[int | None]
    sums: Mapped[dict[str, Any]] = mapped_column(JSONB)
    course: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    visible: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    zones: Mapped[int] = mapped_column(default=0, server_default="0")

    activity: Mapped[Activity] = relationship(lazy="raise")
