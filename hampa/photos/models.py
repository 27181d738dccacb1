"""The table of pictures of runs: covers and photos."""

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db, one_of
from hampa.platform.media.pictures import PictureMixin, picture_constraints
from hampa.platform.row_versions import changes_with
from hampa.runs.models.run import ALL_RUN_PAGES, page_version

COVER, PHOTO = "cover", "photo"


class RunPicture(PictureMixin, Record, Changing, db.Model):
    """A cover or a photo of a run; the newest cover that is finished is the one shown."""

    __tablename__ = "run_pictures"
    __table_args__ = (
        CheckConstraint(one_of("kind", (COVER, PHOTO)), name="kind"),
        *picture_constraints(),
        Index("ix_run_pictures_run_id_kind_created_at", "run_id", "kind", "created_at", "id"),
        Index("ix_run_pictures_person_id", "person_id"),
    )

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[str]

    @property
    def folder(self) -> str:
        """Return the folder of the picture's files."""
        return f"runs/{self.run_id}/{self.id}"


def file_of(run_id: uuid.UUID, picture_id: uuid.UUID, width: int) -> str:
    """Return the name of a picture's file in one of its widths."""
    return f"runs/{run_id}/{picture_id}/{width}.webp"


changes_with(RunPicture, lambda row: page_version(row.run_id), for_all=ALL_RUN_PAGES)
