"""Who is hidden from whom."""

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
from hampa.platform.web.paging import Page, decode

A_PAGE = 30


@dataclass(frozen=True, slots=True)
class Blocked:
    """Somebody whom the reader blocked, as a line of their list."""

    id: uuid.UUID
    name: str
    block_id: uuid.UUID
    created_at: datetime


@lru_cache(maxsize=1024)
def hidden_from(person_id: uuid.UUID) -> Select[tuple[uuid.UUID]]:
    """A SELECT of the ids of those whom the person blocked or who blocked them, for use inside other statements.

    A page has it in ten of them: made once for a person, it is a tenth of the page quicker.
    """
    other = case((Block.blocker_id == person_id, Block.blocked_id), else_=Block.blocker_id)
    return select(other).where(or_(Block.blocker_id == person_id, Block.blocked_id == person_id))


def are_hidden(one: uuid.UUID, other: uuid.UUID) -> bool:
    """Whether either of the two blocked the other."""
    between = or_(
        and_(Block.blocker_id == one, Block.blocked_id == other),
        and_(Block.blocker_id == other, Block.blocked_id == one),
    )
    return bool(db.session.scalar(select(select(Block.id).where(between).exists())))


def is_visible_to(person: Person | None, column: Any) -> ColumnElement[bool]:
    """Whether the one whose id a column holds is not hidden from this person; from a visitor nobody is."""
    return true() if person is None else column.not_in(hidden_from(person.id))


def has_hidden(person_id: Any) -> ColumnElement[bool]:
    """Whether anybody at all is hidden from the person with this id, or this column's."""
    own = or_(Block.blocker_id == person_id, Block.blocked_id == person_id)
    return select(literal(1)).where(own).correlate_except(Block).exists()


def has_no_blocks(person: Person) -> bool:
    """Whether nobody is hidden from the person, as their session said when it let them in."""
    if person.meets_all is None:
        person.meets_all = not db.session.scalar(select(has_hidden(person.id)))
    return person.meets_all


def blocked_by(person: Person, after: str | None = None) -> Page[Blocked]:
    """Whom the person blocked, the last one first."""
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
    """Whether this person blocked the other."""
    own = select(Block.id).where(Block.blocker_id == person.id, Block.blocked_id == other_id)
    return db.session.scalar(own) is not None
