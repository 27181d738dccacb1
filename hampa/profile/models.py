"""Tables of a person's pictures, mail verifications and former user names."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db
from hampa.platform.media.pictures import PictureMixin, picture_constraints

HANDLE_RESERVATION = timedelta(days=30)
"""How long a former user name is reserved, so that nobody impersonates its holder through links that others have."""
WIDTHS = (512, 256, 64)
"""The widths of a face in pixels; a smaller picture is not enlarged."""


class EmailVerification(Record, db.Model):
    """A link that was mailed to an address, by which the person confirms that they receive its mail.

    The token is stored as a keyed hash. The link is valid until `expires_at`, once (`used_at`), and if it is the
    person's newest.
    """

    __tablename__ = "email_verifications"
    __table_args__ = (
        Index("ix_email_verifications_person_id_created_at", "person_id", "created_at"),
        Index("ix_email_verifications_address", func.lower(text("address")), "created_at"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    address: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class FreedHandle(Record, db.Model):
    """A former user name, as a keyed hash, that is reserved for its former holder until `free_from`.

    Of an erased person no `person_id` is left: until then nobody may have the name.
    """

    __tablename__ = "freed_handles"

    handle_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    free_from: Mapped[datetime]


class PersonPicture(PictureMixin, Record, Changing, db.Model):
    """A picture of a person; `Person.avatar` names the one that is shown, the newest finished one."""

    __tablename__ = "person_pictures"
    __table_args__ = picture_constraints()

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)

    @property
    def folder(self) -> str:
        """The folder of the picture's files in storage."""
        return f"people/{self.person_id}/{self.id}"


def picture_file_name(person_id: uuid.UUID, picture: str, width: int) -> str:
    """Return the name in storage of a picture, as `Person.avatar` names it, in one of its widths."""
    return f"people/{person_id}/{picture}/{width}.webp"
