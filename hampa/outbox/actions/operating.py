"""What operators do with messages, and what gateways say of them later."""

import uuid
from contextlib import suppress
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import cast

from sqlalchemy import Select, and_, delete, or_, select

from hampa.audit.actions import record_audit
from hampa.audit.models import Subject, register_action, register_thing
from hampa.outbox.models import ENDED, PRIORITIES, OutboxEvent, OutboxMessage
from hampa.outbox.queries import MessageFilters
from hampa.people.models import Person
from hampa.platform import clock, jobs
from hampa.platform.config import settings
from hampa.platform.db import Record, db
from hampa.platform.delivery import breaker
from hampa.platform.errors import Conflict, TooFast
from hampa.platform.jobs.leases import db_now
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.sms.callbacks import InboundSms, Receipt
from hampa.platform.sms.inbound import handle_inbound

INBOUND = uuid.UUID("5b0f3c1e-6d0a-4a57-9f52-0d2f7c1f7a60")
"""The namespace of the ids under which numbers that write to the site are counted."""
RECEIPT_AGAIN = timedelta(seconds=40)
"""Longer than a lease."""

STATES = {
    "pending": _l("Waiting"),
    "failed": _l("Failed"),
    "cancelled": _l("Cancelled"),
    "sent": _l("Sent"),
    "undelivered": _l("Not delivered"),
}
register_thing("message", _l("Message"), endpoint="admin.show_message", argument="outbox_id")
register_thing("messages", _l("Several messages"))
register_thing("gateway", _l("Gateway"))
RETRIED = register_action(
    "outbox.retried", _l("Sent a message again"), thing="message", fields={"state": _l("State")}, values=STATES
)
RETRIED_MANY = register_action(
    "outbox.retried_many",
    _l("Sent failed messages again"),
    thing="messages",
    fields={"messages": _l("Messages"), "state": _l("State"), "kind": _l("Kind"), "purpose": _l("Purpose")},
    values=STATES,
)
CANCELLED = register_action(
    "outbox.cancelled", _l("Cancelled a message"), thing="message", fields={"state": _l("State")}, values=STATES
)
WOKE_GATEWAY = register_action("outbox.woke_gateway", _l("Tried a gateway again"), thing="gateway")


def retry_message(operator: Person | None, message: OutboxMessage) -> None:
    """Send a message that failed, was cancelled or not delivered again, from its first try.

    `operator` is None at the command line. Raise `Conflict` for any other message.
    """
    state = message.receipt or message.status
    _retry(message)
    record_audit(operator, RETRIED, _subject(message), {"state": state}, {"state": message.status})


def _retry(message: OutboxMessage) -> None:
    if not can_retry(message):
        raise Conflict(_refusal(message))
    message.status, message.attempts, message.next_attempt_at = "pending", 0, db_now()
    message.last_error = message.receipt = message.receipt_at = None
    _add_event(message, "asked for again")
    jobs.notify_workers(message.queue)


def can_retry(message: OutboxMessage) -> bool:
    """Return whether a message can be sent again."""
    return not _refusal(message)


def _refusal(message: OutboxMessage) -> str:
    """Return why a message is not sent again, "" if it can be."""
    if message.status not in ("failed", "cancelled") and message.receipt != "undelivered":
        return f"It is {message.status}: only what failed or was cancelled is sent again."
    if message.priority == PRIORITIES["code"]:
        return "Its code is gone: a new one has to be asked for."
    if message.expires_at is not None and message.expires_at <= clock.now():
        return "It has expired."
    return ""


def retry_failed(operator: Person | None, filters: MessageFilters, most: int) -> int:
    """Send failed and undelivered messages again, `most` at once, and return how many."""
    again = or_(OutboxMessage.status == "failed", OutboxMessage.receipt == "undelivered")
    alive = or_(OutboxMessage.expires_at.is_(None), OutboxMessage.expires_at > clock.now())
    statement = select(OutboxMessage).where(
        *filters.conditions(), again, alive, OutboxMessage.priority != PRIORITIES["code"]
    )
    order = statement.order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc()).limit(most)
    messages = db.session.scalars(order.with_for_update(skip_locked=True)).all()
    for message in messages:
        _retry(message)
    chosen = {"state": filters.state, "kind": filters.kind, "purpose": filters.purpose}
    after = {"messages": len(messages), **{name: value for name, value in chosen.items() if value}}
    record_audit(operator, RETRIED_MANY, Subject(), after=after)
    return len(messages)


def wake_gateway(operator: Person | None, gateway: str) -> None:
    """Have a gateway that rests tried with the next message."""
    breaker.wake(gateway)
    record_audit(operator, WOKE_GATEWAY, Subject(label=gateway))


def cancel_message(operator: Person | None, message: OutboxMessage) -> None:
    """Cancel a message that waits. Raise `Conflict` when it does not wait."""
    if message.status != "pending":
        raise Conflict(f"It is {message.status}: only what waits can be cancelled.")
    message.status, message.secret = "cancelled", None
    _add_event(message, "cancelled")
    record_audit(operator, CANCELLED, _subject(message), {"state": "pending"}, {"state": "cancelled"})


def _subject(message: OutboxMessage) -> Subject:
    return Subject(message.id, message.purpose, about_id=message.person_id)


def _add_event(message: OutboxMessage, what: str) -> None:
    db.session.add(OutboxEvent(message_id=message.id, what=what))


def delete_old_messages(written_before: datetime, limit: int) -> None:
    """Delete messages, with their history, that have ended and were written before a moment."""
    old = select(OutboxMessage.id).where(OutboxMessage.status.in_(ENDED), OutboxMessage.created_at < written_before)
    db.session.execute(
        delete(OutboxMessage).where(OutboxMessage.id.in_(old.limit(limit))),
        execution_options={"synchronize_session": False},
    )


def record_receipt(gateway: str, receipt: Receipt) -> bool:
    """Record what a gateway says of a message's delivery; return false when no message was sent by that id (yet).

    A message that was delivered stays so: receipts come twice, and out of order. One that was to be tried again, because
    the gateway's answer had been lost, is not.
    """
    message = db.session.scalars(_of_receipt(gateway, receipt).limit(1).with_for_update()).first()
    if message is None or message.status == "sending":  # its version is the worker's proof, and stays
        return False
    if message.receipt == receipt.state or message.receipt == "delivered":
        return True
    message.receipt, message.receipt_at = receipt.state, clock.now()
    if message.provider_id is None:
        message.provider, message.provider_id = gateway, receipt.provider_id
    if receipt.state == "undelivered":
        message.last_error = receipt.error and f"not delivered: {receipt.error}"
    elif message.status == "pending":
        message.status, message.sent_at, message.secret = "sent", clock.now(), None
    db.session.add(OutboxEvent(message_id=message.id, what=receipt.state, detail=receipt.error))
    return True


def _of_receipt(gateway: str, receipt: Receipt) -> Select[OutboxMessage]:
    """Return the SELECT of the message that a receipt is of: by the gateway's id, or else by ours."""
    condition = and_(OutboxMessage.provider == gateway, OutboxMessage.provider_id == receipt.provider_id)
    with suppress(ValueError):
        condition = or_(condition, OutboxMessage.id == uuid.UUID(receipt.message or receipt.provider_id))
    return select(OutboxMessage).where(condition)


def keep_receipt(gateway: str, receipt: Receipt) -> None:
    """Record a receipt some seconds later: it can come before its message is recorded as sent."""
    jobs.enqueue(
        "outbox.late_receipt",
        key=f"outbox.late_receipt:{gateway}:{receipt.provider_id}:{receipt.state}",
        at=clock.now() + RECEIPT_AGAIN,
        gateway=gateway,
        provider_id=receipt.provider_id,
        state=receipt.state,
        error=receipt.error,
        message=receipt.message,
    )


def receive_sms(gateway: str, sms: InboundSms) -> None:
    """Hand an SMS that somebody sent to the site to the features. Raise TooFast when the number sends too many."""
    number = cast(Record, SimpleNamespace(id=uuid.uuid5(INBOUND, sms.number)))
    most = settings().sms_inbound_per_number_hour
    limit(number, "outbox.inbound", most, per="hour", error=lambda seconds: TooFast("", seconds))
    handle_inbound(sms.number, sms.text, gateway)
