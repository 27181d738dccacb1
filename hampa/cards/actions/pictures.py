"""Giving a card a picture and taking it away again."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import IO

from sqlalchemy import select

from hampa.cards.models.card import Card
from hampa.cards.models.picture import CardPicture
from hampa.platform import pictures, storage
from hampa.platform.db import db
from hampa.platform.images import Rendition
from hampa.platform.jobs import enqueue


def give_picture(card: Card, source: IO[bytes]) -> None:
    """Have the worker make a picture; until it has, the one before stays. Raises `storage.Full`."""
    for other in _of(card.id):
        if other.widths is None:
            pictures.remove(other)
    picture = CardPicture(card_id=card.id)
    upload = pictures.give(picture, source)
    enqueue("cards.read_picture", picture_id=picture.id, upload=upload)


def remove_pictures(card: Card) -> None:
    """The card has no picture any more."""
    for picture in _of(card.id):
        pictures.remove(picture)


def finish_picture(picture_id: uuid.UUID, upload: str, made: Sequence[Rendition] | str) -> None:
    """Write down what was made of an upload, or why nothing could be. Raises NotFound when the picture is gone."""
    picture = pictures.finish(CardPicture, picture_id, upload, made)
    if picture.widths:
        for other in _of(picture.card_id):
            if other.created_at < picture.created_at:
                pictures.remove(other)


def forget_files(card: Card) -> None:
    """Delete all files of a card once this transaction, which deletes the card, is committed."""
    for picture in _of(card.id):
        if picture.upload:
            storage.forget(picture.upload)
    storage.forget(f"cards/{card.id}")


def give_up_on_old_uploads(now: datetime) -> None:
    """Say of what waits for long that it could not be read, so that its people can try again."""
    pictures.give_up(CardPicture, now)


def delete_strays(now: datetime) -> None:
    """Delete all files of cards that are gone."""
    storage.delete_orphans("cards", now, _living)


def _of(card_id: uuid.UUID) -> Sequence[CardPicture]:
    return db.session.scalars(select(CardPicture).where(CardPicture.card_id == card_id)).all()


def _living(ids: Sequence[uuid.UUID]) -> Sequence[uuid.UUID]:
    return db.session.scalars(select(Card.id).where(Card.id.in_(ids))).all()
