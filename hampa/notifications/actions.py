"""Telling people, and what they do with what they were told."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from hampa.notifications.models import Notification
from hampa.outbox import actions as outbox
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db

READ_KEPT, KEPT = timedelta(days=90), timedelta(days=365)
COLUMNS = ("id", "person_id", "type", "actor_id", "subject_id", "data", "event", "expires_at", "created_at")


def notify(
    people: Iterable[uuid.UUID] | Select[tuple[uuid.UUID]],
    type: str,
    *,
    subject_id: uuid.UUID,
    data: dict[str, Any],
    event: str,
    actor_id: uuid.UUID | None = None,
    sms: bool = False,
    expires_at: datetime | None = None,
) -> None:
    """Tell people (ids, or a SELECT of ids) that something happened; by SMS too when `sms`.

    One statement for the app and one for all the SMS, however many people there are. Who did it is not
    told of it; nobody is told twice of the same `event`. `data` is JSON: what the words in
    `templates/notifications/{words,sms}/<type>` need.
    """
    chosen = people if isinstance(people, Select) else list(people)
    if not isinstance(chosen, Select) and not chosen:
        return
    told = select(Person.id).where(Person.id.in_(chosen), Person.state == "active")
    if actor_id is not None:
        told = told.where(Person.id != actor_id)
    row = told.add_columns(
        literal(type),
        literal(actor_id, type_=Notification.actor_id.type),
        literal(subject_id),
        literal(data, type_=JSONB),
        literal(event),
        literal(expires_at, type_=Notification.expires_at.type),
        literal(clock.now()),
    ).subquery()
    db.session.execute(
        insert(Notification)
        .from_select(COLUMNS, select(func.gen_random_uuid(), row))
        .on_conflict_do_nothing(index_elements=[Notification.person_id, Notification.event])
    )
    if sms:
        outbox.send_sms_many(
            told,
            f"notifications/sms/{type}.txt",
            data,
            purpose=type,
            key=event,
            expires_at=expires_at,
        )


def mark_read(notification: Notification) -> None:
    """Remember that the person opened it."""
    if notification.read_at is None:
        notification.read_at = clock.now()


def mark_all_read(person: Person) -> None:
    """Nothing is new any more."""
    db.session.execute(
        update(Notification)
        .where(Notification.person_id == person.id, Notification.read_at.is_(None))
        .values(read_at=clock.now())
    )


def delete_notification(notification: Notification) -> None:
    """The person does not want to see it any more."""
    db.session.delete(notification)


def forget_old(batch: int = 5_000) -> int:
    """Delete what was read 90 days ago, and all that is a year old; at most `batch`, and how many."""
    now = clock.now()
    old = (
        select(Notification.id)
        .where(or_(Notification.created_at < now - KEPT, Notification.read_at < now - READ_KEPT))
        .limit(batch)
    )
    gone = db.session.execute(delete(Notification).where(Notification.id.in_(old)).returning(Notification.id))
    return len(gone.all())
