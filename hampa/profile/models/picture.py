"""Pictures of people."""

from __future__ import annotations

import uuid

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db
from hampa.platform.media.pictures import PictureMixin, picture_constraints

WIDTHS = (512, 256, 64)
"""A face is there in each of these, in pixels; of a smaller picture nothing is made larger."""


class PersonPicture(PictureMixin, Record, Changing, db.Model):
    """A picture that a person gave of themselves.

    The one that is seen is named by `Person.avatar`; a newer one, once it is read, takes its place.
    """

    __tablename__ = "person_pictures"
    __table_args__ = picture_constraints()

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)

    @property
    def folder(self) -> str:
        """Where its files are."""
        return f"people/{self.person_id}/{self.id}"


def file_of(person_id: uuid.UUID, picture: str, width: int) -> str:
    """The name of the file of a picture, as `Person.avatar` names it, in one of its widths."""
    return f"people/{person_id}/{picture}/{width}.webp"
