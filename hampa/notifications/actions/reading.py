"""Reading and deleting notifications."""

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Update, delete, exists, select, update
from sqlalchemy.orm import aliased

from hampa.notifications.models import Notification, get_kind
from hampa.notifications.queries.listing import says_the_same
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.live import publish_to_people
from hampa.platform.statements import built_once, is_one_of


def mark_read(notification: Notification) -> None:
    """Mark a notification as read now, unless it was read before, and those that are shown as one with it."""
    if notification.read_at is not None:
        return
    if get_kind(notification.type).grouped_by is not None:
        _mark_read(Notification.id.in_(_shown_with(notification)))
    notification.read_at = clock.now()
    publish_to_people([notification.person_id], "notices")


def mark_all_read(person: Person) -> None:
    """Mark all notifications of a person as read."""
    publish_to_people([person.id], "notices")
    _mark_read(Notification.person_id == person.id, Notification.read_at.is_(None))


def read_about(
    people: Iterable[uuid.UUID] | Select[Any],
    subject_id: uuid.UUID,
    *,
    kinds: Collection[str] | None = None,
    actor_ids: Collection[uuid.UUID] | None = None,
) -> None:
    """Mark people's notifications about a subject as read, because they acted on it or opened it.

    With `kinds` only these, with `actor_ids` only those of what these people did. One statement.
    """
    if not isinstance(people, Select) and kinds is None and actor_ids is None:
        _read_all_about(list(people), subject_id, clock.now())
        return
    conditions = [
        Notification.person_id.in_(people if isinstance(people, Select) else list(people)),
        Notification.subject_id == subject_id,
        Notification.read_at.is_(None),
    ]
    if kinds is not None:
        conditions.append(Notification.type.in_(kinds))
    if actor_ids is not None:
        conditions.append(Notification.actor_id.in_(actor_ids))
    _mark_read(*conditions)


@built_once
def _read_all_about(people: list[uuid.UUID], about: uuid.UUID, now: datetime) -> Update:
    """Build what `read_about` does in most actions."""
    statement = update(Notification).where(
        is_one_of(Notification.person_id, people), Notification.subject_id == about, Notification.read_at.is_(None)
    )
    return statement.values(read_at=now).execution_options(synchronize_session=False)


def read_kinds(person: Person, kinds: tuple[str, ...], subject_id: uuid.UUID | None) -> bool:
    """Mark a person's notifications of some kinds as read, all or those about a subject; return whether any was not.

    It looks first: nearly always none is, and a page then begins no transaction for it.
    """
    if not _any_unread(person.id, subject_id, kinds=kinds, has_subject=subject_id is not None).scalar_one():
        return False
    return _mark_read(*_are_unread(person.id, subject_id, kinds, has_subject=subject_id is not None))


@built_once
def _any_unread(
    person_id: uuid.UUID, subject_id: uuid.UUID | None, *, kinds: tuple[str, ...], has_subject: bool
) -> Select[Any]:
    return select(exists().where(*_are_unread(person_id, subject_id, kinds, has_subject=has_subject)))


def _are_unread(person_id: Any, subject_id: Any, kinds: tuple[str, ...], *, has_subject: bool) -> list[Any]:
    """Return the conditions of a person's unread notifications of some kinds, all or those about a subject."""
    about = [Notification.subject_id == subject_id] if has_subject else []
    return [Notification.person_id == person_id, Notification.type.in_(kinds), Notification.read_at.is_(None), *about]


def _mark_read(*conditions: ColumnElement[bool]) -> bool:
    """Mark notifications as read, and return whether there were any."""
    statement = update(Notification).where(*conditions).values(read_at=clock.now())
    done: Any = db.session.execute(statement.execution_options(synchronize_session=False))
    return bool(done.rowcount)


def redirect_notification(person_id: uuid.UUID, kind: str, event: str | uuid.UUID, subject_id: uuid.UUID) -> None:
    """Have the notification that a person had of an event refer to another subject, read or not as it is."""
    statement = update(Notification).where(
        Notification.event == get_kind(kind).event_key(event), Notification.person_id == person_id
    )
    db.session.execute(statement.values(subject_id=subject_id).execution_options(synchronize_session=False))


def delete_notification(notification: Notification) -> None:
    """Delete a notification, and older ones that are shown as one with it."""
    publish_to_people([notification.person_id], "notices")
    if get_kind(notification.type).grouped_by is not None:
        older = _shown_with(notification).where(Notification.created_at <= notification.created_at)
        statement = delete(Notification).where(Notification.id.in_(older), Notification.id != notification.id)
        db.session.execute(statement.execution_options(synchronize_session=False))
    db.session.delete(notification)


def _shown_with(notification: Notification) -> Select[Any]:
    """Return a SELECT of the ids of the notifications that are shown as one with this one."""
    this = aliased(Notification)
    return select(Notification.id).join(this, says_the_same(this, Notification)).where(this.id == notification.id)
