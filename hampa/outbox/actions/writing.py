"""Writing messages, and changing those that wait."""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any, Required, TypedDict, Unpack

from sqlalchemy import ColumnElement, case, func, select, update
from sqlalchemy.dialects.postgresql import insert

from hampa.outbox import queries
from hampa.outbox.actions.claims import KEY_PURPOSE
from hampa.outbox.models import OPEN, PRIORITIES, OutboxEvent, OutboxMessage
from hampa.platform import clock, jobs
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.jobs.leases import db_now
from hampa.platform.security import crypto


class MessageOptions(TypedDict, total=False):
    """The keyword arguments of `send_sms`, `send_mail` and `send_message`."""

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


def send_message(
    kind: str, to: str, template: str, data: dict[str, Any], **options: Unpack[MessageOptions]
) -> OutboxMessage | None:
    """Send a message of any kind (`models.register_kind`) to a recipient once this transaction is committed.

    As `send_sms`.
    """
    return _write(kind, to, template, data, options)


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


def cancel_by_key(keys: Collection[str]) -> int:
    """Cancel messages that are not true any more; return how many of them nobody can have received.

    A message that a worker holds may be at the gateway already, and one that was tried may have arrived all the same:
    these are not tried again.
    """
    return cancel_where(OutboxMessage.key.in_(keys))


def cancel_where(*conditions: ColumnElement[bool]) -> int:
    """Cancel the messages of these conditions, as `cancel_by_key`."""
    cancelled = db.session.execute(
        update(OutboxMessage)
        .where(*conditions, OutboxMessage.status == "pending")
        .values(status="cancelled", secret=None, version=OutboxMessage.version + 1)
        .returning(OutboxMessage.id, OutboxMessage.attempts),
        execution_options={"synchronize_session": False},
    ).all()
    # A held message keeps its version, which is the worker's proof.
    db.session.execute(
        update(OutboxMessage).where(*conditions, OutboxMessage.status == "sending").values(expires_at=clock.now()),
        execution_options={"synchronize_session": False},
    )
    db.session.add_all(OutboxEvent(message_id=row.id, what="withdrawn") for row in cancelled)
    return sum(row.attempts == 0 for row in cancelled)


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
