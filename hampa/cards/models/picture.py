"""Pictures of cards."""

from __future__ import annotations

import uuid

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db
from hampa.platform.media.pictures import PictureMixin, picture_constraints


class CardPicture(PictureMixin, Record, Changing, db.Model):
    """A picture that its owner gave a card.

    A card has one that is seen: a newer one, once it is read, takes the place of the one before.
    """

    __tablename__ = "card_pictures"
    __table_args__ = (*picture_constraints(), Index("ix_card_pictures_card_id", "card_id", "created_at", "id"))

    card_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cards.id", ondelete="CASCADE"))

    @property
    def folder(self) -> str:
        """Where its files are."""
        return f"cards/{self.card_id}/{self.id}"


def file_of(card_id: uuid.UUID, picture_id: uuid.UUID, width: int) -> str:
    """The name of the file of a picture in one of its widths."""
    return f"cards/{card_id}/{picture_id}/{width}.webp"
