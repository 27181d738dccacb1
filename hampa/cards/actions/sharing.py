"""The share posters of cards."""

from __future__ import annotations

from typing import Any

from hampa.cards.models.card import Card
from hampa.cards.queries.cards import card_for
from hampa.cards.queries.scoring import TIME_WORDS, days_in_words
from hampa.platform.locale import dates, measures
from hampa.platform.locale.i18n import direction, gettext as _
from hampa.platform.media.posters import Poster, PosterKind, register_poster


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
