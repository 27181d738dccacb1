"""Notifications by SMS and mail: rows of the outbox for any number of people, written by one statement."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from hampa.notifications.models import MORE_TEMPLATE, SMS_FOLDER, Notification, NotificationKind
from hampa.notifications.queries.quiet import due_at
from hampa.outbox.models import OPEN, PRIORITIES, OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock, jobs
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.jobs.leases import db_now

MOMENT = OutboxMessage.created_at.type
DAY = timedelta(days=1)
SMS_OF_ALL = 4
"""How many times as many SMS of one purpose all people together may cause to one person a day as one of them."""
HELD_APART = 2
"""How many SMS that quiet hours hold back a person gets one by one, and a device of notifications; then one says that
there is more."""
STOP_WORDS_EVERY = timedelta(days=30)
"""An SMS says how to stop them if none to its number did so for that long."""

People = Select[Any] | Sequence[uuid.UUID]


def sms_people(_now: Any) -> Select[Any]:
    """Return a SELECT of the people who can get SMS: who have signed in, since anybody may have typed other numbers."""
    return select(Person.id).where(Person.state == "active", Person.last_sign_in_at.is_not(None))


def mail_people(_now: Any) -> Select[Any]:
    """Return a SELECT of the people whose address is verified."""
    return select(Person.id).where(Person.state == "active", Person.email_verified_at.is_not(None))


def send_sms_many(
    people: People,
    kind: NotificationKind,
    data: Mapping[str, Any],
    *,
    key: str,
    subject_id: uuid.UUID,
    actor_id: uuid.UUID | None,
    expires_at: datetime | None,
    personal_data: Select[Any] | None = None,
    since: datetime | None = None,
) -> int:
    """Send an SMS of a kind to each of the people (see `models.SendMany`), and return how many are new.

    Each is in the person's language, with `key` and the person's id as the key. Left out are people who never signed in,
    and those who had as many messages of this kind within a day as `_flooded` allows. `personal_data`, a SELECT of
    `person_id` and `data`, adds to the data of each person; a person whom it lacks gets no SMS. `since` is when the
    notifications were written.

    With `gathered_for`, a person to whom a message of this kind about the same subject still waits gets no other, and
    one who got it less than that ago gets the next one only then: its data is read when it is sent. What quiet hours
    hold back is gathered likewise, and past `HELD_APART` of them one SMS leads to the list.
    """
    now, subject = clock.now(), str(subject_id)
    due, is_held = due_at(kind, data), _nobody()
    waiting: Collection[uuid.UUID] = ()
    if kind.gathered_for is not None:
        waiting = _lock_waiting(people, kind.name, subject)
        if not isinstance(people, Select) and set(waiting).issuperset(people):
            return 0
        due = func.greatest(due, _latest_of(kind.name, subject, now - kind.gathered_for) + literal(kind.gathered_for))
    conditions: list[ColumnElement[bool]] = [
        Person.id.not_in(waiting),
        Person.last_sign_in_at.is_not(None),
        Person.id.not_in(_flooded(people, kind.name, actor_id, now)),
    ]
    if not kind.is_urgent(data):
        is_held = due > db_now()
        conditions.append(or_(~is_held, ~_waits_about(kind.name, subject)))
    personal = personal_data.subquery() if personal_data is not None else None
    shared: ColumnElement[Any] = literal({**data, "subject": subject, "since": (since or now).isoformat()}, JSONB)
    with_personal = shared.concat(personal.c.data) if personal is not None else shared
    has_more = and_(is_held, _held_for_person() >= HELD_APART)
    values = {
        "template": case((has_more, MORE_TEMPLATE), else_=kind.sms_template),
        "data": with_personal.concat(_stop_words(now)) if kind.says_how_to_stop else with_personal,
        "key": case((has_more, func.concat("held:", Person.id, ":", due)), else_=func.concat(key, ":", Person.id)),
    }
    return _write(people, "sms", kind, Person.phone, values, due, actor_id, expires_at, conditions, personal)


def send_mail_many(
    people: People,
    kind: NotificationKind,
    data: Mapping[str, Any],
    *,
    key: str,
    subject_id: uuid.UUID,
    actor_id: uuid.UUID | None,
    expires_at: datetime | None,
) -> int:
    """Mail a notification to those of the people whose address is verified; as `send_sms_many`."""
    stored = {**data, "subject": str(subject_id)}
    listed = select(Notification.id).where(Notification.event == key, Notification.person_id == Person.id)
    own = func.jsonb_build_object("notification", listed.correlate(Person).scalar_subquery(), type_=JSONB)
    values = {
        "template": literal(kind.mail_template),
        "data": literal(stored, JSONB).concat(own),
        "key": func.concat(key, ":mail:", Person.id),
    }
    conditions = [
        Person.email_verified_at.is_not(None),
        Person.id.not_in(_flooded(people, kind.name, actor_id, clock.now(), "mail")),
    ]
    return _write(people, "mail", kind, Person.email, values, due_at(kind, data), actor_id, expires_at, conditions)


def _write(
    people: People,
    channel: str,
    kind: NotificationKind,
    recipient: Any,
    values: Mapping[str, ColumnElement[Any]],
    due: ColumnElement[Any],
    actor_id: uuid.UUID | None,
    expires_at: datetime | None,
    conditions: Sequence[ColumnElement[bool]],
    personal: Any = None,
) -> int:
    now = clock.now()
    columns: dict[str, Any] = {
        # Made in the database, where only version 4 exists from PostgreSQL 15 on; lists go by created_at.
        "id": func.gen_random_uuid(),
        "created_at": literal(now),
        "updated_at": literal(now),
        "kind": literal(channel),
        "purpose": literal(kind.name),
        "person_id": Person.id,
        "recipient": recipient,
        "locale": Person.locale,
        "priority": literal(PRIORITIES["bulk" if kind.bulk else "normal"]),
        "next_attempt_at": due,
        "expires_at": literal(expires_at, MOMENT),
        "actor_id": literal(actor_id, Uuid),
        **values,
    }
    rows = select(*columns.values()).where(Person.id.in_(people), Person.state == "active", *conditions)
    if personal is not None:
        rows = rows.join(personal, personal.c.person_id == Person.id)
    result = db.session.execute(
        insert(OutboxMessage.__table__)
        .from_select(list(columns), rows, include_defaults=False)
        .on_conflict_do_nothing(index_elements=[OutboxMessage.key])
        .execution_options(preserve_rowcount=True)
    )
    jobs.notify_workers(jobs.NORMAL)
    return int(result.rowcount)  # type: ignore[attr-defined]


def _flooded(
    people: People, purpose: str, actor_id: uuid.UUID | None, now: datetime, channel: str = "sms"
) -> Select[Any]:
    """Return a SELECT of the people who get no further message of a purpose today.

    They had `sms_per_person_day` because of the same person, or `SMS_OF_ALL` times as many because of all people
    together: nobody who floods somebody keeps from them what others do. Of SMS they may also have had
    `sms_parts_per_person_day` parts of all purposes, codes and home safe apart. Counted for all people at once, since a
    count for each of ten thousand would read the day's messages each time.
    """
    most, of_purpose = settings().sms_per_person_day, OutboxMessage.purpose == purpose
    by_actor = OutboxMessage.actor_id.is_not_distinct_from(literal(actor_id, Uuid))
    flooded = [func.count().filter(of_purpose, by_actor) >= most, func.count().filter(of_purpose) >= most * SMS_OF_ALL]
    if channel == "sms":
        counts = and_(OutboxMessage.priority >= PRIORITIES["normal"], OutboxMessage.status.in_((*OPEN, "sent")))
        parts = func.sum(func.coalesce(OutboxMessage.segments, 1)).filter(counts)
        flooded.append(parts >= settings().sms_parts_per_person_day)
    return (
        select(OutboxMessage.person_id)
        .where(OutboxMessage.person_id.in_(people), OutboxMessage.kind == channel, OutboxMessage.created_at > now - DAY)
        .group_by(OutboxMessage.person_id)
        .having(or_(*flooded))
    )


def _about(purpose: str, subject: str) -> ColumnElement[bool]:
    return and_(
        OutboxMessage.kind == "sms", OutboxMessage.purpose == purpose, OutboxMessage.data["subject"].astext == subject
    )


def _lock_waiting(people: People, purpose: str, subject: str) -> Sequence[uuid.UUID]:
    """Return those of the people to whom a message about a subject waits, which no worker claims before we commit."""
    waiting = select(OutboxMessage.person_id).where(
        OutboxMessage.person_id.in_(people),
        _about(purpose, subject),
        OutboxMessage.status == "pending",
        OutboxMessage.attempts == 0,
    )
    return [person_id for person_id in db.session.scalars(waiting.with_for_update(read=True)) if person_id]


def _latest_of(purpose: str, subject: str, since: datetime) -> ColumnElement[Any]:
    """Return when a person's last message about a subject was sent, NULL if that was not `since` a time."""
    sent_at = func.coalesce(OutboxMessage.sent_at, OutboxMessage.created_at)
    return (
        select(func.max(sent_at))
        .where(OutboxMessage.person_id == Person.id, _about(purpose, subject), sent_at > since)
        .correlate(Person)
        .scalar_subquery()
    )


def _is_held_back() -> ColumnElement[bool]:
    return and_(
        OutboxMessage.person_id == Person.id,
        OutboxMessage.kind == "sms",
        OutboxMessage.status == "pending",
        OutboxMessage.attempts == 0,
        OutboxMessage.next_attempt_at > db_now(),
        OutboxMessage.template.startswith(SMS_FOLDER, autoescape=True),
    )


def _waits_about(purpose: str, subject: str) -> ColumnElement[bool]:
    """Return the condition that a message about the same is held back for a person: it tells what is true then."""
    return exists().where(_is_held_back(), _about(purpose, subject)).correlate(Person)


def _nobody() -> ColumnElement[bool]:
    return false()


def _held_for_person() -> ColumnElement[int]:
    count = select(func.count(type_=Integer)).select_from(OutboxMessage).where(_is_held_back())
    return count.correlate(Person).scalar_subquery()


def _stop_words(now: datetime) -> ColumnElement[Any]:
    """Return the data by which an SMS says how to stop them; empty if an SMS said so lately.

    A person's own id is enough: the link is made for it and the number when the message is sent.
    """
    said = exists().where(
        OutboxMessage.recipient == Person.phone,
        OutboxMessage.created_at > now - STOP_WORDS_EVERY,
        OutboxMessage.data.has_key("stop"),
    )
    return case(
        (said.correlate(Person), literal({}, JSONB)),
        else_=func.jsonb_build_object("stop", cast(Person.id, Text), type_=JSONB),
    )
