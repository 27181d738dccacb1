"""The picture of a card."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from hampa.cards.models.card import Card
from hampa.cards.models.picture import CardPicture, file_of
from hampa.platform.db import db
from hampa.platform.errors import NotFound


def picture_of(card: Card) -> CardPicture | None:
    """The picture that is seen."""
    seen = select(CardPicture).where(CardPicture.card_id == card.id, CardPicture.widths.is_not(None))
    return db.session.scalar(seen.order_by(CardPicture.created_at.desc(), CardPicture.id.desc()).limit(1))


def unseen_picture(card_id: uuid.UUID) -> CardPicture | None:
    """The newest picture that was given and is not seen: it is being read, or could not be."""
    newest = select(CardPicture).where(CardPicture.card_id == card_id)
    row = db.session.scalar(newest.order_by(CardPicture.created_at.desc(), CardPicture.id.desc()).limit(1))
    return row if row is not None and row.widths is None else None


def picture_file(card: Card, picture_id: uuid.UUID, width: int) -> str:
    """The name of the file of a picture. Raises NotFound."""
    picture = db.session.get(CardPicture, picture_id)
    if picture is None or picture.card_id != card.id or width not in (picture.widths or ()):
        raise NotFound
    return file_of(card.id, picture_id, width)
