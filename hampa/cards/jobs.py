"""Jobs of cards: following their owners' names, and moderation."""

import uuid
from datetime import timedelta

from hampa.cards import actions
from hampa.cards.models import Card
from hampa.cards.queries.cards import card_for
from hampa.cards.queries.veiling import is_veiled
from hampa.moderation.subjects import SubjectSnapshot, subject
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.jobs import enqueue, job

AGAIN_AFTER = timedelta(minutes=1)
"""No request lasts so long."""


@job("cards.follow_owner")
def follow_owner(person_id: uuid.UUID, again: bool = True) -> None:
    """Update the search index of a person's cards with their new name or town.

    It runs again a little later, for cards that were being saved meanwhile by a request that had read the old name.
    """
    actions.reindex_owner_cards(person_id)
    if again:
        enqueue("cards.follow_owner", at=clock.now() + AGAIN_AFTER, person_id=person_id, again=False)
    db.session.commit()


@job("cards.let_all_be_found", lease=timedelta(hours=1))
def reindex_all() -> None:
    """Update the search index of all cards, after a change of how it is computed."""
    last: uuid.UUID | None = None
    while (last := actions.reindex_batch(last)) is not None:
        db.session.commit()
        db.session.expunge_all()
    db.session.commit()


@subject("card", remove=lambda card_id: enqueue("cards.remove_reported", subject_id=card_id))
def card_snapshot(person: Person, card_id: uuid.UUID) -> SubjectSnapshot:
    """Return a card as this person sees it, for a report. Raise NotFound for one that they do not see in full."""
    card = card_for(person, card_id)
    if is_veiled(person, card):
        raise NotFound
    texts = {"place": card.place, "description": card.description, "aim": card.aim}
    return SubjectSnapshot(card.owner_id, card.title, f"/cards/{card.id}", texts)


@job("cards.remove_reported")
def remove_reported(subject_id: uuid.UUID) -> None:
    """Delete a reported card as its owner would; senders of pending interests are notified."""
    card = db.session.get(Card, subject_id)
    if card is not None:
        actions.delete_card(db.session.get_one(Person, card.owner_id), card)
    db.session.commit()
