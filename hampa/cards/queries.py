"""Questions about cards, interests and who is whose companion."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased, contains_eager, joinedload

from hampa.cards.models import ACCEPTED, PENDING, Card, Interest
from hampa.people.models import Person
from hampa.platform import text
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.i18n import gettext as _
from hampa.platform.web.paging import Page, decode

A_PAGE = 12
COMPANIONS_A_PAGE = 30


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


@dataclass(frozen=True, slots=True)
class Companion:
    """A companion as a line of a list."""

    id: uuid.UUID
    name: str
    city: str


def active(
    viewer: Person | None, filters: Filters, after: str | None, size: int = A_PAGE, *, of_others: bool = False
) -> Page[ListedCard]:
    """Active cards, the newest first, with how each stands to the viewer; one statement.

    `of_others` leaves the viewer's own out.
    """
    query = _listed(viewer).where(Card.state == "active", Person.state == "active")
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
    query = _listed(viewer).where(Card.owner_id == owner_id)
    if viewer is None or viewer.id != owner_id:
        query = query.where(Card.state == "active")
    rows = db.session.execute(query.order_by(Card.created_at.desc(), Card.id.desc()))
    return [_row(row, viewer) for row in rows]


def has_card(person: Person) -> bool:
    """Whether the person has any card, active or resting."""
    return bool(db.session.scalar(select(select(Card.id).where(Card.owner_id == person.id).exists())))


def card_for(viewer: Person | None, card_id: uuid.UUID) -> Card:
    """The card with its owner, if the viewer may see it: a resting one only its owner, companions of
    theirs and operators. Raises `NotFound`."""
    card = db.session.scalar(
        select(Card).join(Card.owner).options(contains_eager(Card.owner)).where(Card.id == card_id)
    )
    if card is None:
        raise NotFound
    own = viewer is not None and (viewer.id == card.owner_id or viewer.is_operator)
    if own or (card.state == "active" and card.owner.state == "active"):
        return card
    if viewer is not None and card.owner.state == "active" and are_companions(viewer.id, card.owner_id):
        return card
    raise NotFound


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


def phone_of_companion(viewer: Person, interest: Interest) -> str | None:
    """The number (E.164) of the other one of an accepted interest, if their card shows it.

    The owner's number goes by the card in question, the sender's by any card of theirs.
    """
    if interest.status != ACCEPTED:
        return None
    if viewer.id == interest.sender_id:
        card = interest.card
        return interest.owner.phone if card is not None and card.phone_visibility != "hidden" else None
    shows = select(Card.id).where(Card.owner_id == interest.sender_id, Card.phone_visibility != "hidden").limit(1)
    return interest.sender.phone if db.session.scalar(shows) else None


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
    """An interest that one sent or received, with both people and the card. Raises `NotFound`."""
    found = db.session.scalar(
        _interests().where(
            Interest.id == interest_id, or_(Interest.sender_id == person.id, Interest.owner_id == person.id)
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


def are_companions(one: uuid.UUID, other: uuid.UUID) -> bool:
    """Whether an interest between the two was accepted, whoever sent it."""
    return bool(db.session.scalar(select(_accepted_between(one, other))))


def companion_ids(person_id: uuid.UUID) -> Select[tuple[uuid.UUID]]:
    """A SELECT of the ids of a person's companions, for use inside other statements."""
    mine = or_(Interest.sender_id == person_id, Interest.owner_id == person_id)
    other = func.coalesce(func.nullif(Interest.sender_id, person_id), Interest.owner_id)
    return select(other).where(mine, Interest.status == ACCEPTED)


def companions_of(person: Person, after: str | None = None, size: int = COMPANIONS_A_PAGE) -> Page[Companion]:
    """A person's companions by name."""
    query = select(Person.id, Person.name, Person.city).where(
        Person.id.in_(companion_ids(person.id)), Person.state == "active"
    )
    cursor = decode(after, str, uuid.UUID)
    if cursor:
        query = query.where(tuple_(Person.name, Person.id) > tuple_(*map(literal, cursor)))
    rows = db.session.execute(query.order_by(Person.name, Person.id).limit(size + 1))
    return Page.of([Companion(*row) for row in rows], size, lambda row: (row.name, row.id))


def _accepted_between(one: uuid.UUID, other: uuid.UUID) -> ColumnElement[bool]:
    between = or_(
        and_(Interest.sender_id == one, Interest.owner_id == other),
        and_(Interest.sender_id == other, Interest.owner_id == one),
    )
    return select(literal(1)).where(between, Interest.status == ACCEPTED).exists()


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
        Owner(row.owner_id, row.owner_name),
        mine,
        row.asked,
        welcome and not mine and row.asked is None and row.state == "active",
    )


def _interests() -> Select[Any]:
    return select(Interest).options(joinedload(Interest.card), joinedload(Interest.sender), joinedload(Interest.owner))


def _page(condition: ColumnElement[bool], after: str | None, size: int) -> Page[Interest]:
    query = _interests().where(condition)
    cursor = decode(after, datetime, uuid.UUID)
    if cursor:
        query = query.where(tuple_(Interest.created_at, Interest.id) < tuple_(*map(literal, cursor)))
    rows = db.session.scalars(query.order_by(Interest.created_at.desc(), Interest.id.desc()).limit(size + 1)).all()
    return Page.of(rows, size, lambda interest: (interest.created_at, interest.id))
