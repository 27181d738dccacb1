"""Writing messages into the outbox, and what operators do with them."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import fields
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

from hampa.outbox.delivery import LEASE, ClaimedMessage, DeliveryResult
from hampa.outbox.models import ENDED, IN_QUEUE, OPEN, PRIORITIES, OutboxEvent, OutboxMessage, queue_of
from hampa.people.models.person import Person
from hampa.platform import clock, ids, jobs
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import Conflict
from hampa.platform.jobs.leases import LeasedTable, db_now
from hampa.platform.security import encryption

SEALED_FOR = "outbox"
"""What secrets are sealed for."""
MOMENT = OutboxMessage.created_at.type
MESSAGES = LeasedTable(OutboxMessage, OutboxMessage.next_attempt_at, waiting="pending", held="sending")
OF_PERSON = ("timezone", "calendar", "units")
OF_MESSAGE = tuple({field.name for field in fields(ClaimedMessage)} - {*OF_PERSON, "left_over", "is_demo"})


def send_sms(
    to: str,
    template: str,
    data: dict[str, Any],
    *,
    purpose: str,
    key: str,
    locale: str,
    person_id: uuid.UUID | None = None,
    priority: str = "normal",
    expires_at: datetime | None = None,
    secret: str | None = None,
) -> OutboxMessage:
    """Have an SMS sent to a number (E.164) once this transaction is committed.

    The text is `templates/<template>`, which sees `data`, `to` and `secret`, rendered in `locale` when it is sent; not sent
    after `expires_at`. Priorities are code (sent once at most), safety, normal and bulk. Of any number of
    messages with the same `key` the first is kept, and given back.
    """
    message = _write(
        kind="sms",
        purpose=purpose,
        person_id=person_id,
        recipient=to,
        locale=locale,
        template=template,
        data=data,
        secret=encryption.seal(secret, SEALED_FOR) if secret is not None else None,
        key=key,
        priority=PRIORITIES[priority],
        expires_at=expires_at,
    )
    jobs.notify_workers(queue_of(priority))
    return message


def send_mail(
    to: str,
    template: str,
    data: dict[str, Any],
    *,
    purpose: str,
    key: str,
    locale: str,
    person_id: uuid.UUID | None = None,
    expires_at: datetime | None = None,
    secret: str | None = None,
) -> OutboxMessage:
    """Have a mail sent to an address (as `platform.mail.addresses` gives it) once this transaction is committed.

    As `send_sms`; the first line of the template is the subject, what follows the text.
    """
    message = _write(
        kind="mail",
        purpose=purpose,
        person_id=person_id,
        recipient=to,
        locale=locale,
        template=template,
        data=data,
        secret=encryption.seal(secret, SEALED_FOR) if secret is not None else None,
        key=key,
        priority=PRIORITIES["normal"],
        expires_at=expires_at,
    )
    jobs.notify_workers(queue_of("normal"))
    return message


def _write(**values: Any) -> OutboxMessage:
    """The message with this key: this one, or the one that was there before."""
    message = db.session.scalar(
        insert(OutboxMessage)
        .values(next_attempt_at=db_now(), **values)
        .on_conflict_do_nothing(index_elements=[OutboxMessage.key])
        .returning(OutboxMessage)
    )
    return message or db.session.scalars(select(OutboxMessage).where(OutboxMessage.key == values["key"])).one()


def send_sms_many(
    people: Select[Any],
    template: str,
    data: dict[str, Any],
    *,
    purpose: str,
    key: str,
    priority: str = "normal",
    expires_at: datetime | None = None,
    own: Select[Any] | None = None,
    actor_id: uuid.UUID | None = None,
) -> int:
    """Have an SMS sent to each of the people whose ids a SELECT names; how many are new.

    As `send_sms`, in one statement for any number: each in that person's language, to those whose account is active and
    who have signed in once, since anybody may have typed the number of others; with `key` and the person's id as the
    key. Who had as many of this purpose within a day as one may have gets none:
    who changes their run all day long can't flood those who come. `own`, a SELECT of `person_id` and `data`, names each
    one's own share of the data; without one, a person gets none. `actor_id` is whose deed it tells of.
    """
    now = clock.now()
    written_data: ColumnElement[Any] = literal(data, JSONB)
    # Counted for all of them at once: asked for each person by itself, ten thousand would each read the day's messages.
    flooded = (
        select(OutboxMessage.person_id)
        .where(
            OutboxMessage.person_id.in_(people),
            OutboxMessage.purpose == purpose,
            OutboxMessage.created_at > now - timedelta(days=1),
        )
        .group_by(OutboxMessage.person_id)
        .having(func.count() >= settings().sms_per_person_day)
    )
    shares = own.subquery() if own is not None else None
    if shares is not None:
        written_data = written_data.concat(shares.c.data)
    chosen = select(
        # Made in the database, where only version 4 exists from PostgreSQL 15 on; lists go by created_at.
        func.gen_random_uuid(),
        literal(now),
        literal(now),
        literal(purpose),
        Person.id,
        Person.phone,
        Person.locale,
        literal(template),
        written_data,
        func.concat(key, ":", Person.id),
        literal(PRIORITIES[priority]),
        db_now(),
        literal(expires_at, MOMENT),
        literal(actor_id, Uuid),
    ).where(
        Person.id.in_(people),
        Person.state == "active",
        Person.last_sign_in_at.is_not(None),
        Person.id.not_in(flooded),
    )
    if shares is not None:
        chosen = chosen.join(shares, shares.c.person_id == Person.id)
    columns = "id created_at updated_at purpose person_id recipient locale template data key priority"
    written = db.session.execute(
        insert(OutboxMessage.__table__)
        .from_select([*columns.split(), "next_attempt_at", "expires_at", "actor_id"], chosen, include_defaults=False)
        .on_conflict_do_nothing(index_elements=[OutboxMessage.key])
        .execution_options(preserve_rowcount=True)
    )
    jobs.notify_workers(queue_of(priority))
    return int(written.rowcount)  # type: ignore[attr-defined]


def claim_due(queue_name: str, at_most: int) -> list[ClaimedMessage]:
    """Claim messages of a queue that are due, the most urgent first; they are this worker's once it has committed.

    Each priority is asked for by itself, so that any number of less urgent ones that wait are not even looked at.
    """
    claimed: list[ClaimedMessage] = []
    for priority in IN_QUEUE[queue_name]:
        if len(claimed) < at_most:
            parameters = {"of_priority": PRIORITIES[priority], "at_most": at_most - len(claimed)}
            claimed += [ClaimedMessage(**row._mapping) for row in db.session.execute(_claim_statement(), parameters)]
    return claimed


@cache
def _claim_statement() -> ReturningUpdate[Any]:
    """Build the statement once: this and the next are what sending spends its time on."""
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
    columns = [getattr(OutboxMessage, name) for name in OF_MESSAGE]
    return MESSAGES.claim(due, LEASE, *columns, is_demo.label("is_demo"))


def record_result(message: ClaimedMessage, result: DeliveryResult) -> bool:
    """Record what became of a message, and its history; return false when another worker has it by now."""
    now = clock.now()
    written = db.session.execute(
        _record_statement(),
        {
            "held_id": message.id,
            "held_version": message.version,
            "new_status": result.status,
            "ended": result.status in ENDED,
            "error": result.detail,
            "by": result.provider,
            "by_id": result.provider_id,
            "parts": result.segments,
            "sent": now if result.status == "sent" else None,
            "again": result.next_attempt_at,
            "event": ids.new_id(),
            "now": now,
            "happened": result.what,
        },
    )
    return written.first() is not None


@cache
def _record_statement() -> ReturningInsert[Any]:
    """An event, if the message is still ours: one statement moves both or neither."""
    moved = (
        update(OutboxMessage)
        .where(MESSAGES.is_held())
        .values(
            status=bindparam("new_status"),
            secret=case((bindparam("ended", type_=Boolean), null()), else_=OutboxMessage.secret),
            last_error=bindparam("error"),
            provider=bindparam("by"),
            provider_id=bindparam("by_id"),
            segments=bindparam("parts"),
            sent_at=bindparam("sent"),
            next_attempt_at=func.coalesce(bindparam("again", type_=MOMENT), OutboxMessage.next_attempt_at),
            updated_at=bindparam("now", type_=MOMENT),
            version=OutboxMessage.version + 1,
        )
        .returning(OutboxMessage.id)
        .cte("moved")
    )
    event = select(
        bindparam("event", type_=Uuid),
        moved.c.id,
        bindparam("now", type_=MOMENT),
        bindparam("happened", type_=Text),
        bindparam("error", type_=Text),
    )
    return (
        insert(OutboxEvent.__table__)
        .from_select(["id", "message_id", "created_at", "what", "detail"], event, include_defaults=False)
        .returning(OutboxEvent.id)
    )


def retry_message(message: OutboxMessage) -> None:
    """Send a message that failed or was cancelled again, from its first try. Raises `Conflict` for any other."""
    if message.status not in ("failed", "cancelled"):
        raise Conflict(f"It is {message.status}: only what failed or was cancelled is sent again.")
    if message.priority == PRIORITIES["code"]:
        raise Conflict("Its code is gone: a new one has to be asked for.")
    if message.expires_at is not None and message.expires_at <= clock.now():
        raise Conflict("It has expired.")
    message.status, message.attempts, message.next_attempt_at = "pending", 0, db_now()
    message.last_error = None
    _note(message, "asked for again")
    jobs.notify_workers(queue_of_message(message))


def cancel_message(message: OutboxMessage) -> None:
    """Let a message that waits never be sent. Raises `Conflict` when it does not wait."""
    if message.status != "pending":
        raise Conflict(f"It is {message.status}: only what waits can be cancelled.")
    message.status, message.secret = "cancelled", None
    _note(message, "cancelled")


def cancel_by_key(keys: Collection[str]) -> int:
    """Let messages that are not true any more never be sent; how many of them nobody can have got.

    One that a worker holds may be at the gateway already, and one that was tried may have arrived all the same: these are
    not tried again.
    """
    mine = OutboxMessage.key.in_(keys)
    waiting = (
        update(OutboxMessage)
        .where(mine, OutboxMessage.status == "pending")
        .values(status="cancelled", secret=None, version=OutboxMessage.version + 1)
        .returning(OutboxMessage.id, OutboxMessage.attempts)
        .execution_options(synchronize_session=False)
    )
    withdrawn = db.session.execute(waiting).all()
    # Its version is the worker's proof that it holds the message, and stays.
    held = update(OutboxMessage).where(mine, OutboxMessage.status == "sending").values(expires_at=clock.now())
    db.session.execute(held.execution_options(synchronize_session=False))
    db.session.add_all(OutboxEvent(message_id=row.id, what="withdrawn") for row in withdrawn)
    return sum(row.attempts == 0 for row in withdrawn)


def queue_of_message(message: OutboxMessage) -> str:
    """The queue whose workers send this message."""
    names = {number: name for name, number in PRIORITIES.items()}
    return queue_of(names[message.priority])


def forget_messages(written_before: datetime, at_most: int) -> None:
    """Delete messages, with their history, that have ended and were written before some time."""
    old = (
        select(OutboxMessage.id)
        .where(OutboxMessage.status.in_(ENDED), OutboxMessage.created_at < written_before)
        .limit(at_most)
    )
    db.session.execute(
        delete(OutboxMessage).where(OutboxMessage.id.in_(old)), execution_options={"synchronize_session": False}
    )


def _note(message: OutboxMessage, what: str) -> None:
    db.session.add(OutboxEvent(message_id=message.id, what=what))


def update_recipient(person_id: uuid.UUID, old_phone: str, new_phone: str) -> None:
    """Let what waits for a person go to their new number (E.164); links in it are made when it is sent, for that one.

    What a worker holds may be at the gateway with the old one; should it fail, it is tried again with the new one.
    """
    held = OutboxMessage.status == "sending"  # its version is the worker's proof, and stays
    waiting = (
        update(OutboxMessage)
        .where(
            OutboxMessage.person_id == person_id,
            OutboxMessage.recipient == old_phone,
            OutboxMessage.status.in_(OPEN),
            OutboxMessage.priority != PRIORITIES["code"],
        )
        .values(recipient=new_phone, version=case((held, OutboxMessage.version), else_=OutboxMessage.version + 1))
    )
    db.session.execute(waiting.execution_options(synchronize_session=False))
