"""Lists of cards: everybody's, and somebody's."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, case, literal, select
from sqlalchemy.orm import aliased

from hampa.cards.models.card import Card
from hampa.cards.models.interest import ACCEPTED, PENDING, Interest
from hampa.cards.queries import filtering
from hampa.cards.queries.filtering import Filters
from hampa.cards.queries.scoring import Match
from hampa.people.models.person import Person
from hampa.people.queries.blocks import is_visible_to
from hampa.people.queries.summaries import PersonSummary, summary_columns
from hampa.platform.db import db
from hampa.platform.web.paging import Page, decode

LISTING = "cards"
"""The name under which `platform.versions` keeps the version of the list of cards."""
A_PAGE = 12


@dataclass(frozen=True, slots=True)
class ListedCard:
    """A card as a row of a list. `pace` is seconds a kilometre, `asked` the state of my interest, and
    `answerable` whether this viewer may show any (a visitor may, once signed in); `match` how it goes with the
    viewer's own card, where that was asked."""

    id: uuid.UUID
    title: str
    place: str
    days: tuple[str, ...]
    time_of_day: str
    distance_km: Decimal
    pace: int
    level: str
    company: str
    state: str
    created_at: datetime
    owner: PersonSummary
    mine: bool
    asked: str | None
    answerable: bool
    match: Match | None = None

    @property
    def is_active(self) -> bool:
        """Whether others find the card."""
        return self.state == "active"

    @property
    def is_resting(self) -> bool:
        """Whether the owner has put the card away for a while."""
        return self.state == "resting"


def active(viewer: Person | None, filters: Filters, after: str | None, size: int = A_PAGE) -> Page[ListedCard]:
    """Active cards, the newest first, with how each stands to the viewer; two statements at most."""
    older = filtering.beyond(decode(after, datetime, uuid.UUID))
    found = filtering.candidates(viewer, filters, older, size + 1)
    query = listed(viewer)
    if found is None:
        query = query.where(*filtering.listed(viewer, filters), *older(Card))
    else:
        query = query.where(Card.id.in_(found))
    rows = db.session.execute(query.order_by(Card.created_at.desc(), Card.id.desc()).limit(size + 1)).all()
    return Page.of([row_of(row, viewer) for row in rows], size, lambda card: (card.created_at, card.id))


def of_owner(viewer: Person | None, owner_id: uuid.UUID) -> list[ListedCard]:
    """All cards of one person, the newest first; resting ones for the owner alone."""
    query = listed(viewer).where(Card.owner_id == owner_id, is_visible_to(viewer, Card.owner_id))
    if viewer is None or viewer.id != owner_id:
        query = query.where(Card.state == "active")
    rows = db.session.execute(query.order_by(Card.created_at.desc(), Card.id.desc()))
    return [row_of(row, viewer) for row in rows]


def listed(viewer: Person | None) -> Any:
    """The columns of `ListedCard`; the viewer's latest open interest in each beside it. Visitors see the faces of those
    whose pages are open to everyone.
    """
    asked: ColumnElement[Any] = literal(None)
    avatar: ColumnElement[Any] | None = case((Person.profile_visibility == "everyone", Person.avatar))
    if viewer is not None:
        avatar = None
        own = aliased(Interest)
        asked = (
            select(own.status)
            .where(own.card_id == Card.id, own.sender_id == viewer.id, own.status.in_((PENDING, ACCEPTED)))
            .order_by(own.created_at.desc())
            .limit(1)
            .scalar_subquery()
        )
    columns: Any = select(
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
        summary_columns("owner", avatar=avatar),
        asked.label("asked"),
    ).join(Person, Person.id == Card.owner_id)
    return columns


def row_of(row: Any, viewer: Person | None, match: Match | None = None) -> ListedCard:
    """A row of `listed`."""
    mine = viewer is not None and viewer.id == row.owner.id
    welcome = row.company == "anyone" or viewer is None or viewer.gender == "female"
    return ListedCard(
        row.id,
        row.title,
        row.place,
        tuple(row.days),
        row.time_of_day,
        row.distance_km,
        row.pace,
        row.level,
        row.company,
        row.state,
        row.created_at,
        row.owner,
        mine,
        row.asked,
        welcome and not mine and row.asked is None and row.state == "active",
        match,
    )
