"""What moderation has to know of cards: how one is seen, and how it is taken away."""

from __future__ import annotations

import uuid

from hampa.cards.actions.cards import delete_card
from hampa.cards.models.card import Card
from hampa.cards.queries.cards import card_for
from hampa.moderation.subjects import Seen, subject
from hampa.people.models.person import Person
from hampa.platform.db import db
from hampa.platform.jobs import enqueue, job


@subject("card", remove=lambda found: enqueue("cards.remove_reported", subject_id=found))
def seen_card(person: Person, card_id: uuid.UUID) -> Seen:
    """A card that this person may see."""
    card = card_for(person, card_id)
    says = {"place": card.place, "description": card.description, "aim": card.aim}
    return Seen(card.owner_id, card.title, f"/cards/{card.id}", says)


@job("cards.remove_reported")
def remove_reported(subject_id: uuid.UUID) -> None:
    """Delete a card, as its owner could; whoever waits for an answer is told."""
    card = db.session.get(Card, subject_id)
    if card is not None:
        delete_card(db.session.get_one(Person, card.owner_id), card)
    db.session.commit()
