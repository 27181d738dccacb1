"""Questions about notifications."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, tuple_

from hampa.notifications.models import NAMING, Notification
from hampa.outbox.models import OutboxMessage
from hampa.people.models.person import Person
from hampa.people.queries.blocks import hidden_from, meets_all
from hampa.people.queries.summaries import PersonSummary, summary_columns
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.web.paging import Page, decode

PAGE = 30
MOST_COUNTED = 100
"""The bell says "99+" beyond; whoever comes back after months does not make every page count."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification as its list shows it; `actor` is who did it, when somebody did."""

    id: uuid.UUID
    type: str
    data: dict[str, Any]
    actor: PersonSummary | None
    unread: bool
    created_at: datetime


def unread_count(person: Person) -> int:
    """How many the person has not opened, up to `MOST_COUNTED`."""
    some = (
        select(literal(1))
        .where(Notification.person_id == person.id, Notification.read_at.is_(None), *_shown(person))
        .limit(MOST_COUNTED)
        .subquery()
    )
    return db.session.scalar(select(func.count()).select_from(some)) or 0


def notifications_of(person: Person, after: str | None = None) -> Page[Notice]:
    """The person's notifications, the newest first, in one statement."""
    query = (
        select(
            Notification.id,
            Notification.type,
            Notification.data,
            summary_columns("actor"),
            Notification.read_at,
            Notification.created_at,
        )
        .outerjoin(Person, and_(Person.id == Notification.actor_id, *_seen(person)))
        .where(Notification.person_id == person.id, *_shown(person))
        .order_by(Notification.created_at.desc(), Notification.id.desc())
        .limit(PAGE + 1)
    )
    cursor = decode(after, datetime, uuid.UUID)
    if cursor:
        key = tuple_(Notification.created_at, Notification.id)
        query = query.where(key < tuple_(*map(literal, cursor)))
    notices = [
        Notice(
            row.id,
            row.type,
            row.data,
            row.actor,
            row.read_at is None,
            row.created_at,
        )
        for row in db.session.execute(query)
    ]
    return Page.of(notices, PAGE, lambda notice: (notice.created_at, notice.id))


def notification_of(person: Person, notification_id: uuid.UUID) -> Notification:
    """One of the person's own. Raises NotFound."""
    found = db.session.scalar(
        select(Notification).where(
            Notification.id == notification_id, Notification.person_id == person.id, *_shown(person)
        )
    )
    if found is None:
        raise NotFound
    return found


def told_of(event: str) -> tuple[int, int]:
    """How many were told of an event, and how many of them by SMS too."""
    sms = OutboxMessage.key == func.concat(event, ":", Notification.person_id)
    row = db.session.execute(
        select(func.count(Notification.id), func.count(OutboxMessage.id))
        .select_from(Notification)
        .outerjoin(OutboxMessage, sms)
        .where(Notification.event == event)
    ).one()
    return row[0], row[1]


def names_nobody_hidden_from(person: Person) -> ColumnElement[bool]:
    """Of those who are hidden from the person only what does not name them."""
    hidden = Notification.actor_id.in_(hidden_from(person.id))
    return or_(Notification.actor_id.is_(None), ~hidden, Notification.type.not_in(NAMING))


def _shown(person: Person) -> list[ColumnElement[bool]]:
    """What is not over, and names nobody who is hidden from the person."""
    shown = [or_(Notification.expires_at.is_(None), Notification.expires_at > clock.now())]
    return shown if meets_all(person) else [*shown, names_nobody_hidden_from(person)]


def _seen(person: Person) -> list[ColumnElement[bool]]:
    return [] if meets_all(person) else [Notification.actor_id.not_in(hidden_from(person.id))]
