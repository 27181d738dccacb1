"""The picture of a card."""

from __future__ import annotations

import uuid

from hampa.cards.models.card import Card
from hampa.cards.models.picture import CardPicture, file_of
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.media.pictures import finished_picture, unfinished_picture


def picture_of(card: Card) -> CardPicture | None:
    """Return the picture that is shown."""
    return finished_picture(CardPicture, CardPicture.card_id == card.id)


def unseen_picture(card_id: uuid.UUID) -> CardPicture | None:
    """Return the newest picture if it waits to be read or could not be read."""
    return unfinished_picture(CardPicture, CardPicture.card_id == card_id)


def picture_file(card: Card, picture_id: uuid.UUID, width: int) -> str:
    """Return the name of a picture's file. Raises `NotFound`."""
    picture = db.session.get(CardPicture, picture_id)
    if picture is None or picture.card_id != card.id or width not in (picture.widths or ()):
        raise NotFound
    return file_of(card.id, picture_id, width)
