"""Writing a notification to the devices of any number of people, by one statement."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Text, Uuid, cast, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB, insert

from hampa.auth.models import Session
from hampa.notifications.models import Notification, NotificationKind, register_channel
from hampa.notifications.queries.quiet import due_at
from hampa.outbox.models import PRIORITIES, OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock, jobs
from hampa.platform.db import db
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

    One statement for any number of people. Devices that were subscribed with another key of the site are left out.
    """
    now = clock.now()
    listed = select(Notification.id).where(Notification.event == key, Notification.person_id == Person.id)
    own = func.jsonb_build_object(
        "device",
        cast(PushSubscription.id, Text),
        "notification",
        listed.correlate(Person).scalar_subquery(),
        type_=JSONB,
    )
    columns: dict[str, Any] = {
        # Made in the database, where only version 4 exists from PostgreSQL 15 on; lists go by created_at.
        "id": func.gen_random_uuid(),
        "created_at": literal(now),
        "updated_at": literal(now),
        "kind": literal("push"),
        "purpose": literal(kind.name),
        "person_id": Person.id,
        "recipient": cast(PushSubscription.id, Text),
        "locale": Person.locale,
        "template": literal(kind.push_template),
        "data": literal({**data, "subject": str(subject_id)}, JSONB).concat(own),
        "key": func.concat(key, ":push:", PushSubscription.id),
        "priority": literal(PRIORITIES["normal"]),
        "next_attempt_at": due_at(kind, data),
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


register_channel("push", send_push_many, reaches=reached_people)
