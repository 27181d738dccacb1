"""Pictures of a run: its cover, and photos of those who were there."""

from __future__ import annotations

import uuid

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db, one_of
from hampa.platform.images import REASONS

COVER, PHOTO = "cover", "photo"


class RunPicture(Record, Changing, db.Model):
    """One picture, given by a person.

    `upload` names the file that waits to be read, None once that is done; then either `reason` says
    why no picture could be made of it, or there is a WebP for each of `widths`, the largest first,
    and `height` is that of the largest. A run has one cover that is seen: a newer one, once it is
    read, takes the place of the one before.
    """

    __tablename__ = "run_pictures"
    __table_args__ = (
        CheckConstraint(one_of("kind", (COVER, PHOTO)), name="kind"),
        CheckConstraint(one_of("reason", REASONS), name="reason"),
        CheckConstraint("(widths IS NULL) = (height IS NULL)", name="size"),
        CheckConstraint("num_nonnulls(upload, reason, widths) = 1", name="one_state"),
        Index("ix_run_pictures_run_id_kind_created_at", "run_id", "kind", "created_at", "id"),
        Index("ix_run_pictures_person_id", "person_id"),
    )

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[str]
    upload: Mapped[str | None]
    reason: Mapped[str | None]
    widths: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    height: Mapped[int | None]

    @property
    def folder(self) -> str:
        """Where its files are."""
        return f"runs/{self.run_id}/{self.id}"


def file_of(run_id: uuid.UUID, picture_id: uuid.UUID, width: int) -> str:
    """The name of the file of a picture in one of its widths."""
    return f"runs/{run_id}/{picture_id}/{width}.webp"
