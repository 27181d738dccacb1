"""The picture of a card, and its share poster."""

from __future__ import annotations

from typing import IO, Any

from sqlalchemy import select

from hampa.cards.models import Card, CardPicture
from hampa.cards.queries.cards import card_for
from hampa.cards.queries.scoring import TIME_WORDS, days_in_words
from hampa.platform.db import db
from hampa.platform.locale import dates, measures
from hampa.platform.locale.i18n import direction, gettext as _
from hampa.platform.media import storage
from hampa.platform.media.pictures import PicturePipeline, PictureSizes, register_pictures, remove_picture
from hampa.platform.media.posters import Poster, PosterKind, register_poster

SIZES = PictureSizes((1280, 640, 320), ratio=1.6)

pipeline = register_pictures(
    PicturePipeline(
        table=CardPicture,
        folder="cards",
        owner_id=Card.id,
        sizes=lambda picture: SIZES,
        rivals=lambda picture: CardPicture.card_id == picture.card_id,
    )
)


def add_picture(card: Card, source: IO[bytes]) -> None:
    """Add a picture, which the worker processes; the one before stays until then. Raise `storage.Full`."""
    pipeline.add(CardPicture(card_id=card.id), source)


def remove_pictures(card: Card) -> None:
    """Remove the picture of a card."""
    for picture in db.session.scalars(select(CardPicture).where(CardPicture.card_id == card.id)):
        remove_picture(picture)


def delete_files(card: Card) -> None:
    """Delete all files of a card once this transaction, which deletes the card, is committed."""
    uploads = select(CardPicture.upload).where(CardPicture.card_id == card.id, CardPicture.upload.is_not(None))
    for upload in db.session.scalars(uploads):
        storage.delete_after_commit(upload or "")
    storage.delete_after_commit(f"cards/{card.id}")


def poster_of(card: Card) -> Poster:
    """Return the words of a card's poster in the current language."""
    days = days_in_words([day for day in dates.week() if day in card.days])
    name = _("with %(name)s", name=card.owner.name)
    return Poster(
        direction=direction(),
        brand=_("Hampa"),
        over=f"{days} {TIME_WORDS[card.time_of_day]}",
        large=f"{measures.pace(card.pace)} {measures.pace_unit()}",
        title=card.title,
        place=card.place,
        line=f"{measures.distance(card.distance_km)} · {name}",
    )


def _facts(card: Card) -> tuple[Any, ...]:
    return card.title, card.place, *card.days, card.time_of_day, card.distance_km, card.pace, card.owner.name


posters = register_poster(
    PosterKind(
        folder="cards",
        load=lambda card_id: card_for(None, card_id),
        facts=_facts,
        words=poster_of,
        timezone=lambda card: card.owner.timezone,
    )
)
