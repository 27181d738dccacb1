"""Notifications of a person, and how many are unread."""

import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, and_, any_, exists, false, func, literal, or_, select, tuple_

from hampa.notifications.models import Notification, NotificationKind, find_kind, get_kind, notification_kinds
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, has_no_blocks, hidden_from, names_people, summary_columns
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.web.paging import Page, decode

PAGE = 30
MOST_COUNTED = 100
"""The bell shows "99+" from here on, so that no page counts months of notifications."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification in a list; `actor` is None if there is none or the reader may not see that person."""

    id: uuid.UUID
    kind: NotificationKind
    data: dict[str, Any]
    actor: PersonSummary | None
    unread: bool
    created_at: datetime


@names_people
def is_named_by_notifications(viewer: Person | None) -> ColumnElement[bool]:
    """Return the condition that a `Person` did something that the viewer was notified of."""
    if viewer is None:
        return false()
    return exists().where(Notification.person_id == viewer.id, Notification.actor_id == Person.id)


def unread_count(person: Person) -> int:
    """Return how many notifications the person has not opened, up to `MOST_COUNTED`."""
    unread = select(literal(1)).where(
        _is_of(notification_kinds()),
        Notification.person_id == person.id,
        Notification.read_at.is_(None),
        *_shown_to(person),
    )
    return db.session.scalar(select(func.count()).select_from(unread.limit(MOST_COUNTED).subquery())) or 0


def notifications_of(person: Person, after: str | None = None) -> Page[Notice]:
    """Return a page of the person's notifications, the newest first, by one statement.

    Rows whose kind no feature registers any more are passed over.
    """
    actor_shown = [Person.state == "active"]
    if not has_no_blocks(person):
        actor_shown.append(Notification.actor_id.not_in(hidden_from(person.id)))
    statement = (
        select(
            Notification.id,
            Notification.type,
            Notification.data,
            summary_columns("actor"),
            Notification.read_at,
            Notification.created_at,
        )
        .outerjoin(Person, and_(Person.id == Notification.actor_id, *actor_shown))
        .where(Notification.person_id == person.id, *_shown_to(person))
        .order_by(Notification.created_at.desc(), Notification.id.desc())
        .limit(PAGE + 1)
    )
    cursor = decode(after, datetime, uuid.UUID)
    if cursor:
        key = tuple_(Notification.created_at, Notification.id)
        statement = statement.where(key < tuple_(*map(literal, cursor)))
    rows = Page.of(db.session.execute(statement).all(), PAGE, lambda row: (row.created_at, row.id))
    notices = [
        Notice(row.id, kind, row.data, row.actor, row.read_at is None, row.created_at)
        for row in rows.items
        if (kind := _kind_or_log(row.id, row.type)) is not None
    ]
    return Page(notices, rows.next)


def notification_of(person: Person, notification_id: uuid.UUID) -> Notification:
    """Return one of the person's notifications. Raise NotFound, also when its kind is not registered any more."""
    conditions = (Notification.id == notification_id, Notification.person_id == person.id, *_shown_to(person))
    notification = db.session.scalar(select(Notification).where(*conditions))
    if notification is None or _kind_or_log(notification.id, notification.type) is None:
        raise NotFound
    return notification


def count_notified(kind: str, event: str | uuid.UUID) -> tuple[int, int]:
    """Return how many people were notified of an event, and how many of them by SMS too."""
    sms = OutboxMessage.key == func.concat(Notification.event, ":", Notification.person_id)
    row = db.session.execute(
        select(func.count(Notification.id), func.count(OutboxMessage.id))
        .select_from(Notification)
        .outerjoin(OutboxMessage, sms)
        .where(Notification.event == get_kind(kind).event_key(event))
    ).one()
    return row[0], row[1]


def without_hidden_actors(person: Person) -> ColumnElement[bool]:
    """Return the condition that a notification names nobody who is hidden from the person.

    Notifications of a kind that is not registered any more count as naming their actor.
    """
    hidden = Notification.actor_id.in_(hidden_from(person.id))
    anonymous = (kind for kind in notification_kinds() if not kind.names_actor)
    return or_(Notification.actor_id.is_(None), ~hidden, _is_of(anonymous))


def _is_of(kinds: Iterable[NotificationKind]) -> ColumnElement[bool]:
    return Notification.type == any_(literal([kind.name for kind in kinds], ARRAY(Text)))


def _kind_or_log(notification_id: uuid.UUID, name: str) -> NotificationKind | None:
    kind = find_kind(name)
    if kind is None:
        log.warning("notification %s passed over: no feature registers its kind, %s", notification_id, name)
    return kind


def _shown_to(person: Person) -> list[ColumnElement[bool]]:
    """Return the conditions that a notification has not expired and names nobody who is hidden from the person."""
    conditions = [or_(Notification.expires_at.is_(None), Notification.expires_at > clock.now())]
    return conditions if has_no_blocks(person) else [*conditions, without_hidden_actors(person)]
