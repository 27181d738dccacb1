"""Questions about blocks: who is hidden from whom."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, literal, or_, select, true, tuple_

from hampa.people.models.block import Block
from hampa.people.models.person import Person
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.web.paging import Page, decode

A_PAGE = 30


@dataclass(frozen=True, slots=True)
class Blocked:
    """A person whom the reader blocked, as a row of a list."""

    id: uuid.UUID
    name: str
    block_id: uuid.UUID
    created_at: datetime


@lru_cache(maxsize=1024)
def hidden_from(person_id: uuid.UUID) -> Select[tuple[uuid.UUID]]:
    """Return a SELECT of the ids of people whom the person blocked or who blocked them, for use in other statements.

    A page uses it in ten statements; the cache saves a tenth of the page's time.
    """
    other = case((Block.blocker_id == person_id, Block.blocked_id), else_=Block.blocker_id)
    return select(other).where(or_(Block.blocker_id == person_id, Block.blocked_id == person_id))


def are_hidden(person_id: uuid.UUID, other_id: uuid.UUID) -> bool:
    """Return whether either of the two blocked the other."""
    between = or_(
        and_(Block.blocker_id == person_id, Block.blocked_id == other_id),
        and_(Block.blocker_id == other_id, Block.blocked_id == person_id),
    )
    return bool(db.session.scalar(select(select(Block.id).where(between).exists())))


def blockable_person(person: Person, other_id: uuid.UUID) -> Person:
    """Return another person whom this one may block or report, which includes those they blocked before.

    Raise `NotFound` for the person themselves, an erased person, and one who blocked them: to them, such an account
    does not exist.
    """
    other = db.session.get(Person, other_id)
    if other is None or other.id == person.id or other.state == "erased":
        raise NotFound
    if are_hidden(person.id, other.id) and not has_blocked(person, other.id):
        raise NotFound
    return other


def is_visible_to(person: Person | None, column: Any) -> ColumnElement[bool]:
    """Return the condition that the person whose id a column holds is not hidden from this one (or from a visitor)."""
    return true() if person is None else column.not_in(hidden_from(person.id))


def has_hidden(person_id: Any) -> ColumnElement[bool]:
    """Return the condition that anybody is hidden from the person with this id (a value or a column)."""
    involved = or_(Block.blocker_id == person_id, Block.blocked_id == person_id)
    return select(literal(1)).where(involved).correlate_except(Block).exists()


def has_no_blocks(person: Person) -> bool:
    """Return whether nobody is hidden from the person, as was read with their session."""
    if person.without_blocks is None:
        person.without_blocks = not db.session.scalar(select(has_hidden(person.id)))
    return person.without_blocks


def blocked_by(person: Person, after: str | None = None) -> Page[Blocked]:
    """Return a page of the people whom the person blocked, the latest first."""
    query = (
        select(Person.id, Person.name, Block.id, Block.created_at)
        .join(Person, Person.id == Block.blocked_id)
        .where(Block.blocker_id == person.id)
        .order_by(Block.created_at.desc(), Block.id.desc())
        .limit(A_PAGE + 1)
    )
    key = decode(after, datetime, uuid.UUID)
    if key is not None:
        query = query.where(tuple_(Block.created_at, Block.id) < tuple_(*map(literal, key)))
    rows = [Blocked(*row) for row in db.session.execute(query)]
    return Page.of(rows, A_PAGE, lambda row: (row.created_at, row.block_id))


def has_blocked(person: Person, other_id: uuid.UUID) -> bool:
    """Return whether this person blocked the other."""
    query = select(Block.id).where(Block.blocker_id == person.id, Block.blocked_id == other_id)
    return db.session.scalar(query) is not None
