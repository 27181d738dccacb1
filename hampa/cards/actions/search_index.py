"""Keeping what cards are found by in step with what they, and their owners, say."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from hampa.cards.models.card import Card
from hampa.cards.queries.listing import LISTING
from hampa.people.models.person import Person
from hampa.platform import versions
from hampa.platform.db import db

BATCH = 200


def invalidate_listing() -> None:
    """What visitors see of cards is another thing once this transaction is committed."""
    versions.bump(LISTING)


def reindex_owner_cards(person_id: uuid.UUID) -> None:
    """Let a person's cards be found by the town and the name that the person gives now, read under the cards' locks."""
    found = db.session.scalars(select(Card).where(Card.owner_id == person_id).order_by(Card.id).with_for_update()).all()
    owner = db.session.get(Person, person_id)
    if owner is not None:
        for card in found:
            card.be_found(owner)
        invalidate_listing()


def reindex_batch(card_id: uuid.UUID | None, size: int = BATCH) -> uuid.UUID | None:
    """Work it out for the next cards by id; the last of them, None when there were no more."""
    query = select(Card, Person).join(Card.owner).order_by(Card.id).limit(size).with_for_update(of=Card)
    found = db.session.execute(query if card_id is None else query.where(Card.id > card_id)).all()
    for card, owner in found:
        card.be_found(owner)
    return found[-1][0].id if found else None
