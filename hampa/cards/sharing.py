"""The picture by which a card is shared, in each language: under which name it is kept, and what it says."""

from __future__ import annotations

from hampa.cards.models.card import Card
from hampa.cards.queries.scoring import TIME_WORDS, days_in_words
from hampa.platform import dates, measures
from hampa.platform.i18n import direction, gettext as _
from hampa.platform.sharing import Poster, name_of

DRAWING = 2
"""To be counted up when the drawing itself changes."""


def folder_of(card: Card) -> str:
    """Where the pictures of a card are."""
    return f"cards/{card.id}/share"


def file_of(card: Card, locale: str) -> str:
    """The name of a picture that says what the card is now; another one once anything on it has changed."""
    said = (card.title, card.place, *card.days, card.time_of_day, card.distance_km, card.pace, card.owner.name)
    return name_of(folder_of(card), locale, DRAWING, *said)


def poster_of(card: Card) -> Poster:
    """What the picture says, in the language that is spoken right here."""
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
