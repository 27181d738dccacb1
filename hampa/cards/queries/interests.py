"""Interests in cards: those that wait, and one's own."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import joinedload

from hampa.cards.models.card import Card
from hampa.cards.models.interest import ACCEPTED, DECLINED, PARTED, PENDING, WITHDRAWN, Interest
from hampa.cards.queries.companions import are_companions, number_for_companions
from hampa.people.models.person import Person
from hampa.people.queries.blocks import is_visible_to
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web.paging import Page, decode

A_PAGE = 12


def phone_of_companion(viewer: Person, interest: Interest) -> str | None:
    """The number (E.164) of the other one of an accepted interest, if a card of theirs shows it."""
    other = interest.owner if viewer.id == interest.sender_id else interest.sender
    return number_for_companions(other) if interest.status == ACCEPTED else None


def outcome_of(interest: Interest) -> str:
    """Return in words how an interest ended, "" when it is pending or accepted."""
    outcomes = {
        PENDING: "",
        ACCEPTED: "",
        DECLINED: _("This request was declined."),
        WITHDRAWN: _("This request was taken back."),
        PARTED: _("You two are no longer companions."),
    }
    return outcomes.get(interest.status, _("The card was deleted, and the request ended with it."))


def waiting_for(card: Card) -> int:
    """How many wait for the owner's answer to their interest in this card."""
    return db.session.scalar(select(func.count()).where(Interest.card_id == card.id, Interest.status == PENDING)) or 0


def why_not(viewer: Person, card: Card) -> str:
    """Why this person can't show interest in the card, in words; "" when they can."""
    if card.owner_id == viewer.id:
        return _("This is your own card.")
    if card.state != "active":
        return _("This card is resting: its owner takes no new requests just now.")
    if card.company == "women" and viewer.gender != "female":
        return _("This card is for women only. If you are one, say so in your profile.")
    if are_companions(viewer.id, card.owner_id):
        return _("You two are companions already.")
    return ""


def waiting_on(owner: Person) -> int:
    """How many wait for this person's answer to an interest in any card of theirs."""
    waiting = select(func.count()).where(Interest.owner_id == owner.id, Interest.status == PENDING)
    return db.session.scalar(waiting) or 0


def pending_between(sender_id: uuid.UUID, card_id: uuid.UUID) -> Interest | None:
    """The interest of a person in a card that waits for an answer."""
    return db.session.scalar(
        select(Interest).where(Interest.sender_id == sender_id, Interest.card_id == card_id, Interest.status == PENDING)
    )


def interest_for(person: Person, interest_id: uuid.UUID) -> Interest:
    """An interest that one sent or received, with both people and the card. Raises `NotFound`, also once either of the
    two has blocked the other."""
    found = db.session.scalar(
        _interests().where(
            Interest.id == interest_id,
            or_(Interest.sender_id == person.id, Interest.owner_id == person.id),
            is_visible_to(person, Interest.sender_id),
            is_visible_to(person, Interest.owner_id),
        )
    )
    if found is None:
        raise NotFound
    return found


def received(person: Person, after: str | None = None, size: int = A_PAGE) -> Page[Interest]:
    """Pending interests in one's cards, the newest first."""
    return _page(and_(Interest.owner_id == person.id, Interest.status == PENDING), after, size)


def sent(person: Person, after: str | None = None, size: int = A_PAGE) -> Page[Interest]:
    """Interests that one sent and that still wait, the newest first."""
    return _page(and_(Interest.sender_id == person.id, Interest.status == PENDING), after, size)


def _interests() -> Select[Any]:
    return select(Interest).options(joinedload(Interest.card), joinedload(Interest.sender), joinedload(Interest.owner))


def _page(condition: ColumnElement[bool], after: str | None, size: int) -> Page[Interest]:
    query = _interests().where(condition)
    cursor = decode(after, datetime, uuid.UUID)
    if cursor:
        query = query.where(tuple_(Interest.created_at, Interest.id) < tuple_(*map(literal, cursor)))
    rows = db.session.scalars(query.order_by(Interest.created_at.desc(), Interest.id.desc()).limit(size + 1)).all()
    return Page.of(rows, size, lambda interest: (interest.created_at, interest.id))
