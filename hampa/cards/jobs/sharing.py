"""Drawing the picture by which a card is shared."""

from __future__ import annotations

import uuid

from hampa.cards import sharing
from hampa.cards.queries.cards import card_for
from hampa.platform import i18n
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.jobs import job


@job("cards.draw_poster")
def draw_poster(card_id: uuid.UUID, locale: str) -> None:
    """Draw the picture of a card as it is now, and delete the one of what it was before."""
    from hampa.platform import poster  # with Pillow, which is for the worker alone

    try:
        card = card_for(None, card_id)
    except NotFound:
        return
    name = sharing.file_of(card, locale)
    with i18n.speaking(locale, card.owner.timezone):
        said = sharing.poster_of(card)
    db.session.rollback()  # no connection is held while it is drawn
    poster.keep(name, said)
