"""Writing, claiming and changing messages of the outbox."""

import uuid
from collections.abc import Collection
from dataclasses import fields
from datetime import datetime
from typing import Any, Required, TypedDict, Unpack

from sqlalchemy import Integer, Text, Uuid, bindparam, case, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

from hampa.outbox import queries
from hampa.outbox.models import (
    ENDED,
    LEASE,
    OPEN,
    PRIORITIES,
    QUEUE_PRIORITIES,
    ClaimedMessage,
    DeliveryResult,
    OutboxEvent,
    OutboxMessage,
)
from hampa.people.models import Person
from hampa.platform import clock, ids, jobs
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import Conflict
from hampa.platform.jobs.leases import LeasedTable, db_now
from hampa.platform.security import crypto

KEY_PURPOSE = "outbox"
"""The purpose of the key that encrypts secrets."""
MOMENT = OutboxMessage.created_at.type
MESSAGES = LeasedTable(OutboxMessage, OutboxMessage.next_attempt_at, waiting="pending", held="sending")


class MessageOptions(TypedDict, total=False):
    """The keyword arguments of `send_sms` and `send_mail`."""

    purpose: Required[str]
    key: Required[str]
    locale: Required[str]
    person_id: uuid.UUID | None
    priority: str
    expires_at: datetime | None
    secret: str | None
    most_a_day: int | None


def send_sms(to: str, template: str, data: dict[str, Any], **options: Unpack[MessageOptions]) -> OutboxMessage | None:
    """Send an SMS to a number (E.164) once this transaction is committed.

    The text is `template`, rendered with `data`, `to` and `secret` in `locale` when it is sent; it is not sent after
    `expires_at`. Priorities are code (sent once at most), safety, normal and bulk. Only the first message with a `key`
    is written, and returned for later ones.

    Nothing is written, and None returned, when the number got `most_a_day` messages of this purpose within a day,
    whoever caused them. Without that, the most is `sms_per_person_day` for normal and bulk messages; codes have limits
    of their own, and a caller that must be heard has to keep room before (`queries.count_sent`).
    """
    return _write("sms", to, template, data, options)


def send_mail(to: str, template: str, data: dict[str, Any], **options: Unpack[MessageOptions]) -> OutboxMessage | None:
    """Send a mail to an address (as `platform.mail.addresses` gives it) once this transaction is committed.

    As `send_sms`; the first line of the template is the subject, the rest the text.
    """
    return _write("mail", to, template, data, options)


def lock_recipient(to: str) -> None:
    """Lock a number or an address until the transaction ends, so that what it gets is counted one after the other."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(to, 0))))


def _write(kind: str, to: str, template: str, data: dict[str, Any], options: MessageOptions) -> OutboxMessage | None:
    most = options.pop("most_a_day", None)
    if most is None and PRIORITIES[options.get("priority", "normal")] >= PRIORITIES["normal"]:
        most = settings().sms_per_person_day
    if most is not None:
        lock_recipient(to)
        earlier = db.session.scalar(select(OutboxMessage).where(OutboxMessage.key == options["key"]))
        if earlier is not None or queries.count_sent(to, options["purpose"]) >= most:
            return earlier
    secret = options.get("secret")
    values = {
        **options,
        "priority": PRIORITIES[options.get("priority", "normal")],
        "secret": crypto.encrypt(secret, KEY_PURPOSE) if secret is not None else None,
    }
    message = db.session.scalar(
        insert(OutboxMessage)
        .values(kind=kind, recipient=to, template=template, data=data, next_attempt_at=db_now(), **values)
        .on_conflict_do_nothing(index_elements=[OutboxMessage.key])
        .returning(OutboxMessage)
    )
    if message is None:
        message = db.session.scalars(select(OutboxMessage).where(OutboxMessage.key == options["key"])).one()
    jobs.notify_workers(message.queue)
    return message


def claim_due(queue: str, limit: int) -> list[ClaimedMessage]:
    """Claim due messages of a queue, the most urgent first; the claim holds once it is committed.

    Each priority has a statement of its own, so that less urgent messages that wait are not even read.
    """
    claimed: list[ClaimedMessage] = []
    for priority in QUEUE_PRIORITIES[queue]:
        if len(claimed) < limit:
            rows = db.session.execute(CLAIM, {"of_priority": priority, "at_most": limit - len(claimed)})
            claimed += [ClaimedMessage(**row._mapping) for row in rows]
    return claimed


def record_result(message: ClaimedMessage, result: DeliveryResult) -> bool:
    """Record the result of a message, and its history; return false when another worker has claimed the message."""
    parameters = {
        "held_id": message.id,
        "held_version": message.version,
        "event_id": ids.new_id(),
        "now": clock.now(),
        **{f"new_{name}": value for name, value in vars(result).items()},
    }
    return db.session.execute(RECORD, parameters).first() is not None


# Statements, built once: sending spends most of its time on them.


def _claim_statement() -> ReturningUpdate[Any]:
    due = (
        select(OutboxMessage.id, OutboxMessage.status, Person.timezone, Person.calendar, Person.units)
        .outerjoin(Person, Person.id == OutboxMessage.person_id)
        .where(OutboxMessage.priority == bindparam("of_priority"), MESSAGES.is_due())
        .order_by(OutboxMessage.next_attempt_at)
        .limit(bindparam("at_most", type_=Integer))
    )
    # The number counts as much as the account: somebody may have typed that of a demo person.
    is_demo = exists().where(
        Person.is_demo, or_(Person.phone == OutboxMessage.recipient, Person.id == OutboxMessage.person_id)
    )
    names = [field.name for field in fields(ClaimedMessage)]
    columns = [getattr(OutboxMessage, name) for name in names if hasattr(OutboxMessage, name)]
    return MESSAGES.claim(due, LEASE, *columns, is_demo.label("is_demo"))


def _record_statement() -> ReturningInsert[Any]:
    """Build one statement that updates the message, if it is still held, and inserts the event, or does neither."""
    now, status, detail = (
        bindparam("now", type_=MOMENT),
        bindparam("new_status", type_=Text),
        bindparam("new_detail", type_=Text),
    )
    updated = (
        update(OutboxMessage)
        .where(MESSAGES.is_held())
        .values(
            status=status,
            secret=case((status.in_(OPEN), OutboxMessage.secret)),
            last_error=detail,
            provider=bindparam("new_provider"),
            provider_id=bindparam("new_provider_id"),
            segments=bindparam("new_segments"),
            sent_at=case((status == "sent", now)),
            next_attempt_at=func.coalesce(
                bindparam("new_next_attempt_at", type_=MOMENT), OutboxMessage.next_attempt_at
            ),
            updated_at=now,
            version=OutboxMessage.version + 1,
        )
        .returning(OutboxMessage.id)
        .cte("updated")
    )
    event = select(bindparam("event_id", type_=Uuid), updated.c.id, now, bindparam("new_what", type_=Text), detail)
    return (
        insert(OutboxEvent.__table__)
        .from_select(["id", "message_id", "created_at", "what", "detail"], event, include_defaults=False)
        .returning(OutboxEvent.id)
    )


CLAIM = _claim_statement()
RECORD = _record_statement()


def retry_message(message: OutboxMessage) -> None:
    """Send a message that failed or was cancelled again, from its first try. Raise `Conflict` for any other."""
    if message.status not in ("failed", "cancelled"):
        raise Conflict(f"It is {message.status}: only what failed or was cancelled is sent again.")
    if message.priority == PRIORITIES["code"]:
        raise Conflict("Its code is gone: a new one has to be asked for.")
    if message.expires_at is not None and message.expires_at <= clock.now():
        raise Conflict("It has expired.")
    message.status, message.attempts, message.next_attempt_at = "pending", 0, db_now()
    message.last_error = None
    _add_event(message, "asked for again")
    jobs.notify_workers(message.queue)


def cancel_message(message: OutboxMessage) -> None:
    """Cancel a message that waits. Raise `Conflict` when it does not wait."""
    if message.status != "pending":
        raise Conflict(f"It is {message.status}: only what waits can be cancelled.")
    message.status, message.secret = "cancelled", None
    _add_event(message, "cancelled")


def _add_event(message: OutboxMessage, what: str) -> None:
    db.session.add(OutboxEvent(message_id=message.id, what=what))


def cancel_by_key(keys: Collection[str]) -> int:
    """Cancel messages that are not true any more; return how many of them nobody can have received.

    A message that a worker holds may be at the gateway already, and one that was tried may have arrived all the same:
    these are not tried again.
    """
    with_key = OutboxMessage.key.in_(keys)
    cancelled = db.session.execute(
        update(OutboxMessage)
        .where(with_key, OutboxMessage.status == "pending")
        .values(status="cancelled", secret=None, version=OutboxMessage.version + 1)
        .returning(OutboxMessage.id, OutboxMessage.attempts),
        execution_options={"synchronize_session": False},
    ).all()
    # A held message keeps its version, which is the worker's proof.
    db.session.execute(
        update(OutboxMessage).where(with_key, OutboxMessage.status == "sending").values(expires_at=clock.now()),
        execution_options={"synchronize_session": False},
    )
    db.session.add_all(OutboxEvent(message_id=row.id, what="withdrawn") for row in cancelled)
    return sum(row.attempts == 0 for row in cancelled)


def delete_old_messages(written_before: datetime, limit: int) -> None:
    """Delete messages, with their history, that have ended and were written before a moment."""
    old = select(OutboxMessage.id).where(OutboxMessage.status.in_(ENDED), OutboxMessage.created_at < written_before)
    db.session.execute(
        delete(OutboxMessage).where(OutboxMessage.id.in_(old.limit(limit))),
        execution_options={"synchronize_session": False},
    )


def update_recipient(person_id: uuid.UUID, old_phone: str, new_phone: str) -> None:
    """Send the open messages of a person, except codes, to their new number (E.164).

    Links in them are made for that number when they are sent. A message that a worker holds may be at the gateway with
    the old number; if that fails, it is tried again with the new one.
    """
    held = OutboxMessage.status == "sending"  # its version is the worker's proof, and stays
    db.session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.person_id == person_id,
            OutboxMessage.recipient == old_phone,
            OutboxMessage.status.in_(OPEN),
            OutboxMessage.priority != PRIORITIES["code"],
        )
        .values(recipient=new_phone, version=case((held, OutboxMessage.version), else_=OutboxMessage.version + 1)),
        execution_options={"synchronize_session": False},
    )
