"""Who is whose companion."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, tuple_

from hampa.cards.models.card import Card
from hampa.cards.models.interest import ACCEPTED, Interest
from hampa.people.models.person import Person
from hampa.people.queries import blocks
from hampa.people.queries.privacy import page_opens
from hampa.people.queries.summaries import PersonSummary
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.web.paging import Page, decode

COMPANIONS_A_PAGE = 30


@dataclass(frozen=True, slots=True)
class Companion(PersonSummary):
    """A companion as a line of a list."""

    city: str


def are_companions(one: uuid.UUID, other: uuid.UUID) -> bool:
    """Whether an interest between the two was accepted, whoever sent it, and neither blocked the other."""
    return bool(db.session.scalar(select(_accepted_between(one, other))))


@lru_cache(maxsize=1024)
def companion_ids(person_id: uuid.UUID) -> Select[tuple[uuid.UUID]]:
    """A SELECT of the ids of a person's companions, for use inside other statements."""
    mine = or_(Interest.sender_id == person_id, Interest.owner_id == person_id)
    other = func.coalesce(func.nullif(Interest.sender_id, person_id), Interest.owner_id)
    hidden = blocks.hidden_from(person_id)
    return select(other).where(
        mine, Interest.status == ACCEPTED, Interest.sender_id.not_in(hidden), Interest.owner_id.not_in(hidden)
    )


def page_opens_to(viewer: Person | None) -> ColumnElement[bool]:
    """Whether the viewer may see the page of a `Person`: lists link to it then, and only then."""
    return page_opens(viewer, companion_ids(viewer.id) if viewer is not None else None)


def number_for_companions(person: Person) -> str | None:
    """The number (E.164) that companions of this person see: any card of theirs shows it to them.

    Who is leaving or shut out shows none.
    """
    shows = select(literal(1)).where(Card.owner_id == person.id, Card.phone_visibility != "hidden")
    return person.phone if person.state == "active" and db.session.scalar(select(shows.exists())) else None


def companion_for(person: Person, other_id: uuid.UUID) -> Companion:
    """A companion of this person. Raises NotFound for anybody else."""
    theirs = select(Person.id, Person.name, Person.avatar, Person.city).where(
        Person.id == other_id, Person.id.in_(companion_ids(person.id))
    )
    row = db.session.execute(theirs).first()
    if row is None:
        raise NotFound
    return Companion(*row)


def companions_of(person: Person, after: str | None = None, size: int = COMPANIONS_A_PAGE) -> Page[Companion]:
    """A person's companions by name."""
    query = select(Person.id, Person.name, Person.avatar, Person.city).where(
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
    hidden = blocks.hidden_from(one)
    return select(literal(1)).where(between, Interest.status == ACCEPTED, literal(other).not_in(hidden)).exists()
