"""Questions about people."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from hampa.people.models.person import Person
from hampa.platform.db import db


def by_phone(phone: str) -> Person | None:
    """The person who signs in with this number (E.164)."""
    return db.session.scalar(select(Person).where(Person.phone == phone))


def by_id(person_id: uuid.UUID) -> Person | None:
    """The person with this id, whoever asks: for actions and jobs, not for pages."""
    return db.session.get(Person, person_id)


def operators() -> Sequence[Person]:
    """Who runs the place."""
    return db.session.scalars(select(Person).where(Person.is_operator, Person.state == "active")).all()
