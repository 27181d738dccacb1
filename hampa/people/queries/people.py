"""Questions about people."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from hampa.people.models.person import TIME_TO_COME_BACK, Person
from hampa.platform import clock
from hampa.platform.db import db


def by_phone(phone: str) -> Person | None:
    """The person who signs in with this number (E.164)."""
    return db.session.scalar(select(Person).where(Person.phone == phone))


def locked(person_id: uuid.UUID) -> Person | None:
    """The person as they are now, locked until the transaction ends, for what changes their state or their number."""
    query = select(Person).where(Person.id == person_id).with_for_update(key_share=True)
    return db.session.scalar(query.execution_options(populate_existing=True))


def locked_operators() -> Sequence[Person]:
    """Who runs the place, locked, so that two of them don't leave at the same moment."""
    query = select(Person).where(Person.is_operator, Person.state == "active").order_by(Person.id)
    return db.session.scalars(query.with_for_update(key_share=True).execution_options(populate_existing=True)).all()


def to_be_erased() -> Sequence[uuid.UUID]:
    """Those who are leaving and whose time to come back is over."""
    latest = clock.now() - TIME_TO_COME_BACK
    return db.session.scalars(select(Person.id).where(Person.leaving_at <= latest).order_by(Person.leaving_at)).all()


def by_id(person_id: uuid.UUID) -> Person | None:
    """The person with this id, whoever asks: for actions and jobs, not for pages."""
    return db.session.get(Person, person_id)


def operators() -> Sequence[Person]:
    """Who runs the place."""
    return db.session.scalars(select(Person).where(Person.is_operator, Person.state == "active")).all()
