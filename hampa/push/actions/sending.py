"""Writing a notification to the devices of any number of people, by one statement."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Text, Uuid, and_, case, cast, false, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB, insert

from hampa.auth.models import Session
from hampa.notifications.actions.messages import HELD_APART
from hampa.notifications.models import MORE_PUSH, Notification, NotificationKind, register_channel
from hampa.notifications.queries.quiet import due_at
from hampa.outbox.models import PRIORITIES, OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock, jobs
from hampa.platform.db import db
from hampa.platform.jobs.leases import db_now
from hampa.platform.push.keys import site_key
from hampa.push.models import PushSubscription
from hampa.push.queries.devices import is_in_use, reached_people

MOMENT = OutboxMessage.created_at.type


def send_push_many(
    people: Select[Any] | Sequence[uuid.UUID],
    kind: NotificationKind,
    data: Mapping[str, Any],
    *,
    key: str,
    subject_id: uuid.UUID,
    actor_id: uuid.UUID | None,
    expires_at: datetime | None,
) -> int:
    """Send a notification to each device of the people (`notifications.models.SendMany`); return how many are new.

    One statement for any number of people. Devices that were subscribed with another key of the site are left out. Past
    `HELD_APART` that quiet hours hold back for a device, one leads to the list.
    """
    now, due = clock.now(), due_at(kind, data)
    listed = select(Notification.id).where(Notification.event == key, Notification.person_id == Person.id)
    device = cast(PushSubscription.id, Text)
    own = func.jsonb_build_object(
        "device", device, "notification", listed.correlate(Person).scalar_subquery(), type_=JSONB
    )
    has_more = false() if kind.is_urgent(data) else and_(due > db_now(), _held_for_device() >= HELD_APART)
    columns: dict[str, Any] = {
        # Made in the database, where only version 4 exists from PostgreSQL 15 on; lists go by created_at.
        "id": func.gen_random_uuid(),
        "created_at": literal(now),
        "updated_at": literal(now),
        "kind": literal("push"),
        "purpose": literal(kind.name),
        "person_id": Person.id,
        "recipient": device,
        "locale": Person.locale,
        "template": case((has_more, MORE_PUSH), else_=kind.push_template),
        "data": literal({**data, "subject": str(subject_id)}, JSONB).concat(own),
        "key": case((has_more, func.concat("held:push:", device, ":", due)), else_=func.concat(key, ":push:", device)),
        "priority": literal(PRIORITIES["normal"]),
        "next_attempt_at": due,
        "expires_at": literal(expires_at, MOMENT),
        "actor_id": literal(actor_id, Uuid),
    }
    rows = (
        select(*columns.values())
        .select_from(Person)
        .join(PushSubscription, PushSubscription.person_id == Person.id)
        .join(Session, is_in_use())
        .where(Person.id.in_(people), PushSubscription.server_key == site_key().public)
    )
    result = db.session.execute(
        insert(OutboxMessage.__table__)
        .from_select(list(columns), rows, include_defaults=False)
        .on_conflict_do_nothing(index_elements=[OutboxMessage.key])
        .execution_options(preserve_rowcount=True)
    )
    jobs.notify_workers(jobs.NORMAL)
    return int(result.rowcount)  # type: ignore[attr-defined]


def _held_for_device() -> ColumnElement[int]:
    """Return how many messages quiet hours hold back for a `PushSubscription`."""
    held = select(func.count(type_=Integer)).where(
        OutboxMessage.person_id == Person.id,
        OutboxMessage.kind == "push",
        OutboxMessage.recipient == cast(PushSubscription.id, Text),
        OutboxMessage.status == "pending",
        OutboxMessage.attempts == 0,
        OutboxMessage.next_attempt_at > db_now(),
    )
    return held.correlate(Person, PushSubscription).scalar_subquery()


register_channel("push", send_push_many, reaches=reached_people)
