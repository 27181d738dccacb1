"""What operators do with messages, and what gateways say of them later."""

import uuid
from contextlib import suppress
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import cast

from sqlalchemy import Select, and_, delete, or_, select

from hampa.outbox.models import ENDED, PRIORITIES, OutboxEvent, OutboxMessage
from hampa.outbox.queries import MessageFilters
from hampa.platform import clock, jobs
from hampa.platform.config import settings
from hampa.platform.db import Record, db
from hampa.platform.errors import Conflict, TooFast
from hampa.platform.jobs.leases import db_now
from hampa.platform.limits import limit
from hampa.platform.sms.callbacks import InboundSms, Receipt
from hampa.platform.sms.inbound import handle_inbound

INBOUND = uuid.UUID("5b0f3c1e-6d0a-4a57-9f52-0d2f7c1f7a60")
"""The namespace of the ids under which numbers that write to the site are counted."""
RECEIPT_AGAIN = timedelta(seconds=40)
"""Longer than a lease."""


def retry_message(message: OutboxMessage) -> None:
    """Send a message that failed, was cancelled or not delivered again, from its first try.

    Raise `Conflict` for any other.
    """
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


def retry_failed(filters: MessageFilters, most: int) -> int:
    """Send failed and undelivered messages again, `most` at once, and return how many."""
    again = or_(OutboxMessage.status == "failed", OutboxMessage.receipt == "undelivered")
    alive = or_(OutboxMessage.expires_at.is_(None), OutboxMessage.expires_at > clock.now())
    statement = select(OutboxMessage).where(
        *filters.conditions(), again, alive, OutboxMessage.priority != PRIORITIES["code"]
    )
    order = statement.order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc()).limit(most)
    messages = db.session.scalars(order.with_for_update(skip_locked=True)).all()
    for message in messages:
        retry_message(message)
    return len(messages)


def cancel_message(message: OutboxMessage) -> None:
    """Cancel a message that waits. Raise `Conflict` when it does not wait."""
    if message.status != "pending":
        raise Conflict(f"It is {message.status}: only what waits can be cancelled.")
    message.status, message.secret = "cancelled", None
    _add_event(message, "cancelled")


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
