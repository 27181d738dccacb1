"""Questions about what a person was told."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal, or_, select, tuple_

from hampa.notifications.models import Notification
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.web.paging import Page, decode

A_PAGE = 20
MOST_COUNTED = 100
"""The bell says "99+", so no more need be counted."""


def unread_count(person: Person) -> int:
    """How many are new, counted up to `MOST_COUNTED`."""
    new = (
        select(literal(1))
        .where(Notification.person_id == person.id, Notification.read_at.is_(None), _still_matters())
        .limit(MOST_COUNTED)
        .subquery()
    )
    return db.session.scalar(select(func.count()).select_from(new)) or 0


def of_person(person: Person, after: str | None = None, size: int = A_PAGE) -> Page[Notification]:
    """What the person was told, the newest first."""
    query = select(Notification).where(Notification.person_id == person.id, _still_matters())
    cursor = decode(after, datetime, uuid.UUID)
    if cursor:
        query = query.where(tuple_(Notification.created_at, Notification.id) < tuple_(*map(literal, cursor)))
    rows: Any = db.session.scalars(
        query.order_by(Notification.created_at.desc(), Notification.id.desc()).limit(size + 1)
    ).all()
    return Page.of(rows, size, lambda row: (row.created_at, row.id))


def notification_for(person: Person, notification_id: uuid.UUID) -> Notification:
    """One of the person's own. Raises `NotFound`."""
    found = db.session.scalar(
        select(Notification).where(Notification.id == notification_id, Notification.person_id == person.id)
    )
    if found is None:
        raise NotFound
    return found


def _still_matters() -> ColumnElement[bool]:
    return or_(Notification.expires_at.is_(None), Notification.expires_at > clock.now())
