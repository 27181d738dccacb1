"""One card: who may see it, and what of it."""

from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from hampa.cards.models.card import Card
from hampa.cards.queries.companions import are_companions
from hampa.people.models.person import Person
from hampa.people.queries.blocks import is_visible_to
from hampa.people.queries.privacy import opens
from hampa.people.queries.summaries import PersonSummary
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, NotFound


def has_card(person: Person) -> bool:
    """Whether the person has any card, active or resting."""
    return bool(db.session.scalar(select(select(Card.id).where(Card.owner_id == person.id).exists())))


def card_for(viewer: Person | None, card_id: uuid.UUID) -> Card:
    """The card with its owner, if the viewer may see it: a resting one only its owner, companions of
    theirs and operators, none who is hidden from the owner. Raises `NotFound`."""
    card = db.session.scalar(
        select(Card)
        .join(Card.owner)
        .options(contains_eager(Card.owner))
        .where(Card.id == card_id, is_visible_to(viewer, Card.owner_id))
    )
    if card is None:
        raise NotFound
    own = viewer is not None and (viewer.id == card.owner_id or viewer.is_operator)
    if own or (card.state == "active" and card.owner.state == "active"):
        return card
    if viewer is not None and card.owner.state == "active" and are_companions(viewer.id, card.owner_id):
        return card
    raise NotFound


def owner_seen_by(viewer: Person | None, card: Card) -> PersonSummary:
    """Return the owner for the card: visitors see the face of who lets everyone see them."""
    owner = card.owner
    open_to_all = opens(owner.profile_visibility, "visitor")
    return PersonSummary(owner.id, owner.name, owner.avatar if viewer is not None or open_to_all else None)


def owner_page_opens(viewer: Person | None, card: Card, *, companions: bool) -> bool:
    """Whether the page of the card's owner opens to who sees the card; `companions` says whether the two are."""
    if viewer is None:
        return opens(card.owner.profile_visibility, "visitor")
    return viewer.is_operator or opens(card.owner.profile_visibility, "companion" if companions else "stranger")


def card_of(owner: Person, card_id: uuid.UUID) -> Card:
    """One's own card, to change. Raises `NotFound`, or `Forbidden` for a card that others may see."""
    card = card_for(owner, card_id)
    if card.owner_id != owner.id:
        raise Forbidden
    return card


def card_kept(card_id: uuid.UUID) -> Card:
    """The card as it is now, kept from being changed or deleted until the transaction ends. Raises `NotFound`."""
    card = db.session.scalar(
        select(Card)
        .join(Card.owner)
        .options(contains_eager(Card.owner))
        .where(Card.id == card_id)
        .with_for_update(read=True, of=Card)
        .execution_options(populate_existing=True)
    )
    if card is None:
        raise NotFound
    return card


def phone_shown(viewer: Person | None, card: Card) -> str | None:
    """The owner's number (E.164) as far as the card shows it to this viewer."""
    if viewer is not None and viewer.id == card.owner_id:
        return None
    if card.phone_visibility == "public":
        return card.owner.phone
    if card.phone_visibility == "accepted" and viewer is not None and are_companions(viewer.id, card.owner_id):
        return card.owner.phone
    return None
