"""Lists of cards: everybody's, and somebody's."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, literal, select, tuple_
from sqlalchemy.orm import aliased

from hampa.cards.models.card import Card
from hampa.cards.models.interest import ACCEPTED, PENDING, Interest
from hampa.people.models.person import Person
from hampa.people.queries.blocks import seen_by
from hampa.platform import text
from hampa.platform.db import db
from hampa.platform.web.paging import Page, decode

A_PAGE = 12


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list of cards is narrowed to; empty texts ask for nothing."""

    day: str = ""
    time_of_day: str = ""
    level: str = ""
    q: str = ""


@dataclass(frozen=True, slots=True)
class Owner:
    """Just enough of a person for a card in a list."""

    id: uuid.UUID
    name: str
    avatar: str | None = None


@dataclass(frozen=True, slots=True)
class ListedCard:
    """A card as a row of a list. `pace` is seconds a kilometre, `asked` the state of my interest, and
    `answerable` whether this viewer may show any (a visitor may, once signed in)."""

    id: uuid.UUID
    title: str
    place: str
    days: list[str]
    time_of_day: str
    distance_km: Any
    pace: int
    level: str
    company: str
    state: str
    created_at: datetime
    owner: Owner
    mine: bool
    asked: str | None
    answerable: bool


def active(
    viewer: Person | None, filters: Filters, after: str | None, size: int = A_PAGE, *, of_others: bool = False
) -> Page[ListedCard]:
    """Active cards, the newest first, with how each stands to the viewer; one statement.

    `of_others` leaves the viewer's own out.
    """
    query = _listed(viewer).where(Card.state == "active", Person.state == "active", seen_by(viewer, Card.owner_id))
    if of_others and viewer is not None:
        query = query.where(Card.owner_id != viewer.id)
    if filters.day:
        query = query.where(Card.days.any_() == filters.day)
    if filters.time_of_day:
        query = query.where(Card.time_of_day == filters.time_of_day)
    if filters.level:
        query = query.where(Card.level == filters.level)
    for word in text.fold(filters.q).split()[:5]:
        query = query.where(Card.search.contains(word, autoescape=True))
    cursor = decode(after, datetime, uuid.UUID)
    if cursor:
        query = query.where(tuple_(Card.created_at, Card.id) < tuple_(*map(literal, cursor)))
    rows = db.session.execute(query.order_by(Card.created_at.desc(), Card.id.desc()).limit(size + 1)).all()
    return Page.of([_row(row, viewer) for row in rows], size, lambda card: (card.created_at, card.id))


def of_owner(viewer: Person | None, owner_id: uuid.UUID) -> list[ListedCard]:
    """All cards of one person, the newest first; resting ones for the owner alone."""
    query = _listed(viewer).where(Card.owner_id == owner_id, seen_by(viewer, Card.owner_id))
    if viewer is None or viewer.id != owner_id:
        query = query.where(Card.state == "active")
    rows = db.session.execute(query.order_by(Card.created_at.desc(), Card.id.desc()))
    return [_row(row, viewer) for row in rows]


def _listed(viewer: Person | None) -> Any:
    """The columns of `ListedCard`; the viewer's latest open interest in each beside it."""
    asked: ColumnElement[Any] = literal(None)
    if viewer is not None:
        own = aliased(Interest)
        asked = (
            select(own.status)
            .where(own.card_id == Card.id, own.sender_id == viewer.id, own.status.in_((PENDING, ACCEPTED)))
            .order_by(own.created_at.desc())
            .limit(1)
            .scalar_subquery()
        )
    listed: Any = select(
        Card.id,
        Card.title,
        Card.place,
        Card.days,
        Card.time_of_day,
        Card.distance_km,
        Card.pace,
        Card.level,
        Card.company,
        Card.state,
        Card.created_at,
        Card.owner_id,
        Person.name.label("owner_name"),
        Person.avatar.label("owner_avatar"),
        asked.label("asked"),
    ).join(Person, Person.id == Card.owner_id)
    return listed


def _row(row: Any, viewer: Person | None) -> ListedCard:
    mine = viewer is not None and viewer.id == row.owner_id
    welcome = row.company == "anyone" or viewer is None or viewer.gender == "female"
    return ListedCard(
        row.id,
        row.title,
        row.place,
        row.days,
        row.time_of_day,
        row.distance_km,
        row.pace,
        row.level,
        row.company,
        row.state,
        row.created_at,
        Owner(row.owner_id, row.owner_name, row.owner_avatar),
        mine,
        row.asked,
        welcome and not mine and row.asked is None and row.state == "active",
    )
