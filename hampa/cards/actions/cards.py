"""Putting up a card, changing and deleting it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update

from hampa.cards.actions.pictures import forget_files
from hampa.cards.actions.search_index import invalidate_listing
from hampa.cards.models.card import MOST_CARDS, Card
from hampa.cards.models.interest import ENDED, PENDING, Interest
from hampa.notifications.actions import notify
from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.locale.i18n import gettext as _, number


def make_card(owner: Person, **fields: Any) -> Card:
    """A new card; `fields` are columns of `Card`.

    Raises `Refused` when the owner has as many as one may have. The owner's row is locked, so that
    six cards made at once are five.
    """
    lock(owner)
    count = db.session.scalar(select(func.count()).where(Card.owner_id == owner.id)) or 0
    if count >= MOST_CARDS:
        raise Refused(
            _("You have %(most)s cards, and that is the most. Change or delete one.", most=number(MOST_CARDS))
        )
    card = Card(owner_id=owner.id, **_allowed(owner, fields))
    card.be_found(owner)
    db.session.add(card)
    db.session.flush()
    invalidate_listing()
    return card


def change_card(owner: Person, card: Card, **fields: Any) -> None:
    """Change columns of one's own card. Raises `Refused` for what the owner may not set."""
    for name, value in _allowed(owner, fields).items():
        setattr(card, name, value)
    card.be_found(owner)
    invalidate_listing()


def delete_card(owner: Person, card: Card) -> int:
    """Delete one's own card; how many who waited for an answer were told.

    Pending interests end. Who are companions already stay so, and those who brought the card to a run
    stay in it, without it.
    """
    db.session.scalar(select(Card.id).where(Card.id == card.id).with_for_update())
    ended = db.session.scalars(
        update(Interest)
        .where(Interest.card_id == card.id, Interest.status == PENDING)
        .values(status=ENDED, decided_at=clock.now(), version=Interest.version + 1)
        .returning(Interest.sender_id)
    ).all()
    notify(
        ended,
        "interest_ended",
        actor_id=owner.id,
        subject_id=card.id,
        data={"name": owner.name, "card": card.title},
        event=card.id,
    )
    forget_files(card)
    db.session.delete(card)
    db.session.flush()
    invalidate_listing()
    return len(ended)


def lock(person: Person) -> None:
    """Whatever counts a person's things is done one at a time.

    NO KEY UPDATE: rows that refer to the person can still be written, so that two who ask each other
    at the same instant do not wait for each other for ever.
    """
    db.session.scalar(select(Person.id).where(Person.id == person.id).with_for_update(key_share=True))


def _allowed(owner: Person, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields, unless they say women-only and the owner is no woman."""
    if fields.get("company") == "women" and owner.gender != "female":
        raise Refused(
            _("Only women can set a card to women only. If you are one, say so in your profile first."), "company"
        )
    return fields
