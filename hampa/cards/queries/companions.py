"""Questions about companions: two people one of whom accepted the other's interest."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, tuple_

from hampa.cards.models import ACCEPTED, Card, Interest
from hampa.people.models.person import Person
from hampa.people.queries.blocks import hidden_from
from hampa.people.queries.privacy import page_opens
from hampa.people.queries.summaries import PersonSummary
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.web.paging import Page, decode

COMPANIONS_A_PAGE = 30


@dataclass(frozen=True, slots=True)
class Companion(PersonSummary):
    """A companion as a row of a list."""

    city: str


def interests_between(person_id: uuid.UUID, other_id: uuid.UUID) -> ColumnElement[bool]:
    """Return the condition that one of the two sent an interest and the other received it."""
    return or_(
        and_(Interest.sender_id == person_id, Interest.owner_id == other_id),
        and_(Interest.sender_id == other_id, Interest.owner_id == person_id),
    )


def are_companions(person_id: uuid.UUID, other_id: uuid.UUID) -> bool:
    """Return whether an interest between the two was accepted, whoever sent it, and neither blocked the other."""
    visible = literal(other_id).not_in(hidden_from(person_id))
    accepted = select(literal(1)).where(interests_between(person_id, other_id), Interest.status == ACCEPTED, visible)
    return bool(db.session.scalar(select(accepted.exists())))


@lru_cache(maxsize=1024)
def companion_ids(person_id: uuid.UUID) -> Select[tuple[uuid.UUID]]:
    """Return a SELECT of the ids of a person's companions, for use inside other statements."""
    hidden = hidden_from(person_id)
    return select(func.coalesce(func.nullif(Interest.sender_id, person_id), Interest.owner_id)).where(
        or_(Interest.sender_id == person_id, Interest.owner_id == person_id),
        Interest.status == ACCEPTED,
        Interest.sender_id.not_in(hidden),
        Interest.owner_id.not_in(hidden),
    )


def page_opens_to(viewer: Person | None) -> ColumnElement[bool]:
    """Return the condition that the viewer may see the page of a `Person`, to which lists link only then."""
    return page_opens(viewer, companion_ids(viewer.id) if viewer is not None else None)


def number_for_companions(person: Person) -> str | None:
    """Return the number (E.164) that any card of an active person shows to companions, else None."""
    shows = select(literal(1)).where(Card.owner_id == person.id, Card.phone_visibility != "hidden")
    return person.phone if person.state == "active" and db.session.scalar(select(shows.exists())) else None


def companion_for(person: Person, other_id: uuid.UUID) -> Companion:
    """Return a companion of this person. Raise `NotFound` for anybody else."""
    row = db.session.execute(_companions(person).where(Person.id == other_id)).first()
    if row is None:
        raise NotFound
    return Companion(*row)


def companions_of(person: Person, after: str | None = None, size: int = COMPANIONS_A_PAGE) -> Page[Companion]:
    """Return a page of a person's companions by name."""
    query = _companions(person).where(Person.state == "active")
    cursor = decode(after, str, uuid.UUID)
    if cursor:
        query = query.where(tuple_(Person.name, Person.id) > tuple_(*map(literal, cursor)))
    rows = db.session.execute(query.order_by(Person.name, Person.id).limit(size + 1))
    return Page.of([Companion(*row) for row in rows], size, lambda row: (row.name, row.id))


def _companions(person: Person) -> Select[*tuple[Any, ...]]:
    columns = Person.id, Person.name, Person.avatar, Person.city
    return select(*columns).where(Person.id.in_(companion_ids(person.id)))
