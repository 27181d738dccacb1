"""Questions about people."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from hampa.people.models.person import LEAVING_PERIOD, Person
from hampa.platform import clock
from hampa.platform.db import db


def by_phone(phone: str) -> Person | None:
    """Return the person who signs in with this number (E.164)."""
    return db.session.scalar(select(Person).where(Person.phone == phone))


def lock_person(person_id: uuid.UUID) -> Person | None:
    """Return the person as they are now, locked until the transaction ends.

    The lock is NO KEY UPDATE: rows that refer to the person can still be written, so that two people who ask each other
    at the same instant do not deadlock.
    """
    query = select(Person).where(Person.id == person_id).with_for_update(key_share=True)
    return db.session.scalar(query.execution_options(populate_existing=True))


def lock_operators() -> Sequence[Person]:
    """Return the operators, locked, so that two of them don't leave at the same moment."""
    query = select(Person).where(Person.is_operator, Person.state == "active").order_by(Person.id)
    return db.session.scalars(query.with_for_update(key_share=True).execution_options(populate_existing=True)).all()


def due_for_erasure() -> Sequence[uuid.UUID]:
    """Return the ids of people who are leaving and whose time to come back is over."""
    latest = clock.now() - LEAVING_PERIOD
    return db.session.scalars(select(Person.id).where(Person.leaving_at <= latest).order_by(Person.leaving_at)).all()


def by_id(person_id: uuid.UUID) -> Person | None:
    """Return the person with this id, for actions and jobs; pages need a query that knows the viewer."""
    return db.session.get(Person, person_id)


def operators() -> Sequence[Person]:
    """Return the active operators."""
    return db.session.scalars(select(Person).where(Person.is_operator, Person.state == "active")).all()
