"""Adding and removing the picture of a card."""

from __future__ import annotations

from typing import IO

from sqlalchemy import select

from hampa.cards.models.card import Card
from hampa.cards.models.picture import CardPicture
from hampa.platform.db import db
from hampa.platform.media import storage
from hampa.platform.media.pipeline import PictureSizes, register_pictures, remove

SIZES = PictureSizes((1280, 640, 320), ratio=1.6)

pipeline = register_pictures(
    CardPicture,
    folder="cards",
    owner_id=Card.id,
    sizes=lambda picture: SIZES,
    rivals=lambda picture: CardPicture.card_id == picture.card_id,
)


def give_picture(card: Card, source: IO[bytes]) -> None:
    """Give a card a picture, which the worker makes; the one before stays until then. Raises `storage.Full`."""
    pipeline.add(CardPicture(card_id=card.id), source)


def remove_pictures(card: Card) -> None:
    """Remove the picture of a card."""
    for picture in db.session.scalars(select(CardPicture).where(CardPicture.card_id == card.id)):
        remove(picture)


def forget_files(card: Card) -> None:
    """Delete all files of a card once this transaction, which deletes the card, is committed."""
    pictures = select(CardPicture.upload).where(CardPicture.card_id == card.id, CardPicture.upload.is_not(None))
    for upload in db.session.scalars(pictures):
        storage.forget(upload or "")
    storage.forget(f"cards/{card.id}")
