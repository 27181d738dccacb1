"""Telling people, and what they do with what they were told."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, Select, String, Uuid, cast, delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from hampa.notifications.models import DATA_OF, NAMING, Notification
from hampa.outbox.actions import send_sms_many
from hampa.people.models.person import Person
from hampa.people.queries.blocks import hidden_from
from hampa.platform import clock
from hampa.platform.db import db

READ_KEPT, KEPT = timedelta(days=90), timedelta(days=365)
COLUMNS = ("id", "person_id", "type", "actor_id", "subject_id", "data", "event", "expires_at", "created_at")


def notify(
    people: Iterable[uuid.UUID] | Select[Any],
    type: str,
    *,
    actor_id: uuid.UUID | None = None,
    subject_id: uuid.UUID,
    data: dict[str, Any],
    event: str,
    sms: bool = False,
    expires_at: datetime | None = None,
    own: Select[Any] | None = None,
) -> int:
    """Tell people, given by their ids or by a SELECT of them, and say how many were new to it.

    `event` names what happened: nobody hears twice of the same one. Left out are the actor,
    accounts that are not active, and, where the words name the actor, people who are hidden from them. With `sms` those who were told here get an SMS too, of
    `templates/notifications/sms/<type>.txt`. `data` holds what `DATA_OF` asks for the type. One
    statement for any number of people, two with SMS; the people themselves never come here. `own`
    names what of the data is each one's own, for the SMS alone: see `send_sms_many`.
    """
    missing = set(DATA_OF[type]) - data.keys()
    if missing:
        raise ValueError(f"a notification of {type} needs {', '.join(sorted(missing))}")
    now = clock.now()
    told = _insert(people, type, actor_id, subject_id, data, event, expires_at, now)
    if sms and told:
        send_sms_many(
            select(Notification.person_id).where(Notification.event == event, Notification.created_at == now),
            f"notifications/sms/{type}.txt",
            data,
            purpose=type,
            key=event,
            expires_at=expires_at,
            own=own,
            actor_id=actor_id,
        )
    return told


def _insert(
    people: Iterable[uuid.UUID] | Select[Any],
    type: str,
    actor_id: uuid.UUID | None,
    subject_id: uuid.UUID,
    data: dict[str, Any],
    event: str,
    expires_at: datetime | None,
    now: datetime,
) -> int:
    """One row for each who does not have this event yet; how many those were."""
    if not isinstance(people, Select):
        people = select(func.unnest(cast(list(people), ARRAY(Uuid))))
    chosen = select(
        # Made in the database, where only version 4 exists from PostgreSQL 15 on; lists go by created_at.
        func.gen_random_uuid(),
        Person.id,
        literal(type, String),
        literal(actor_id, Uuid),
        literal(subject_id, Uuid),
        literal(data, JSONB),
        literal(event, String),
        literal(expires_at, Notification.expires_at.type),
        literal(now, Notification.created_at.type),
    ).where(Person.id.in_(people), Person.state == "active")
    if actor_id is not None:
        chosen = chosen.where(Person.id != actor_id)
        if type in NAMING:
            chosen = chosen.where(Person.id.not_in(hidden_from(actor_id)))
    told = db.session.execute(
        insert(Notification).from_select(COLUMNS, chosen, include_defaults=False).on_conflict_do_nothing(),
        execution_options={"preserve_rowcount": True},
    )
    return int(told.rowcount)  # type: ignore[attr-defined]


def mark_read(notification: Notification) -> None:
    """Remember when the person opened it first."""
    if notification.read_at is None:
        notification.read_at = clock.now()


def mark_all_read(person: Person) -> None:
    """Nothing is new to the person any more."""
    db.session.execute(
        update(Notification)
        .where(Notification.person_id == person.id, Notification.read_at.is_(None))
        .values(read_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def delete_notification(notification: Notification) -> None:
    """The person does not want to see it any more."""
    db.session.delete(notification)


def forget_old(batch: int = 5_000) -> int:
    """Delete what was read 90 days ago and all that is a year old, at most `batch`; how many."""
    now = clock.now()
    old = (
        select(Notification.id)
        .where(or_(Notification.created_at < now - KEPT, Notification.read_at < now - READ_KEPT))
        .limit(batch)
    )
    gone = db.session.execute(
        delete(Notification).where(Notification.id.in_(old)).execution_options(synchronize_session=False)
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]
