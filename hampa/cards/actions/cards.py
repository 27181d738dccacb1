"""Creating, changing, deleting and indexing cards."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import func, select

from hampa.cards.actions.interests import end_interests_in
from hampa.cards.actions.pictures import delete_files
from hampa.cards.models import MOST_CARDS, Card
from hampa.cards.queries.listing import LISTING
from hampa.people.models.person import Person
from hampa.people.queries import people
from hampa.platform import versions
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.locale.i18n import gettext as _, number

BATCH = 200


def create_card(owner: Person, **fields: Any) -> Card:
    """Create a card; `fields` are columns of `Card`.

    Raise `Refused` when the owner has `MOST_CARDS`. The owner's row is locked, so that parallel requests can't pass
    that limit together.
    """
    people.lock_person(owner.id)
    count = db.session.scalar(select(func.count()).where(Card.owner_id == owner.id)) or 0
    if count >= MOST_CARDS:
        raise Refused(
            _("You have %(most)s cards, and that is the most. Change or delete one.", most=number(MOST_CARDS))
        )
    _check_company(owner, fields)
    card = Card(owner_id=owner.id, **fields)
    card.update_search_index(owner)
    db.session.add(card)
    db.session.flush()
    invalidate_listing()
    return card


def change_card(owner: Person, card: Card, **fields: Any) -> None:
    """Change columns of a card. Raise `Refused` for what the owner may not set."""
    _check_company(owner, fields)
    for name, value in fields.items():
        setattr(card, name, value)
    card.update_search_index(owner)
    invalidate_listing()


def delete_card(owner: Person, card: Card) -> int:
    """Delete a card, end the pending interests in it, and return how many people were notified of that.

    Companions stay companions, and participations in runs lose the card alone.
    """
    db.session.scalar(select(Card.id).where(Card.id == card.id).with_for_update())
    notified = end_interests_in(owner, card.id, card.title, event=card.id)
    delete_files(card)
    db.session.delete(card)
    db.session.flush()
    invalidate_listing()
    return notified


def invalidate_listing() -> None:
    """Invalidate the cached lists of cards once this transaction is committed."""
    versions.bump(LISTING)


def reindex_owner_cards(person_id: uuid.UUID) -> None:
    """Update the search index of a person's cards with their present name and town, read under the cards' locks."""
    cards = db.session.scalars(select(Card).where(Card.owner_id == person_id).order_by(Card.id).with_for_update()).all()
    owner = db.session.get(Person, person_id)
    if owner is not None:
        for card in cards:
            card.update_search_index(owner)
        invalidate_listing()


def reindex_batch(after: uuid.UUID | None, size: int = BATCH) -> uuid.UUID | None:
    """Update the search index of the next cards by id; return the last one's id, None when there were no more."""
    query = select(Card, Person).join(Card.owner).order_by(Card.id).limit(size).with_for_update(of=Card)
    rows = db.session.execute(query if after is None else query.where(Card.id > after)).all()
    for card, owner in rows:
        card.update_search_index(owner)
    return rows[-1][0].id if rows else None


def _check_company(owner: Person, fields: dict[str, Any]) -> None:
    if fields.get("company") == "women" and owner.gender != "female":
        raise Refused(
            _("Only women can set a card to women only. If you are one, say so in your profile first."), "company"
        )
