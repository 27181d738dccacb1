"""Having the picture of a card drawn."""

from __future__ import annotations

from hampa.cards.models.card import Card
from hampa.cards.sharing import file_of
from hampa.platform.jobs import enqueue
from hampa.platform.sharing import key_of


def ask_for_poster(card: Card, locale: str) -> None:
    """Have the worker draw the picture of a card in a language; however many ask, once an hour."""
    enqueue("cards.draw_poster", key=key_of(file_of(card, locale)), card_id=card.id, locale=locale)
