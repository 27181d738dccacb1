"""The messages of the outbox, their history, and the rules of sending them."""

import random
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform import jobs
from hampa.platform.config import Settings
from hampa.platform.db import Changing, Record, db, one_of
from hampa.platform.delivery.base import Answer, Gateway, Outcome
from hampa.platform.delivery.gateways import register_gateway

KINDS = ("sms", "mail", "push", "webhook")
"""The kinds that the table takes; those that can be sent are registered (`register_kind`)."""
PRIORITIES = {"code": 0, "safety": 1, "normal": 2, "bulk": 3}
QUEUE_PRIORITIES = {jobs.URGENT: (0, 1), jobs.NORMAL: (2, 3)}
"""The priorities that a queue's workers send, the most urgent first."""

OPEN = ("pending", "sending")
ENDED = ("sent", "failed", "expired", "cancelled")
RECEIPTS = ("delivered", "undelivered")

LEASE = timedelta(seconds=30)
"""Longer than any gateway takes to answer or to time out."""
RETRY_PAUSES = {PRIORITIES["code"]: (1, 2, 4, 8), PRIORITIES["safety"]: (5, 10, 20, 40, 60, 180, 600, 1800)}
DEFAULT_RETRY_PAUSES = (60, 180, 600, 1800, 5400, 18_000, 57_600)
"""Seconds before each further try: for safety nine tries, most of them within the first minutes; eight over a day else."""
LONGEST_PAUSE = timedelta(days=1)
"""What a gateway may ask for at most; an endless pause would be no time at all."""
CODE_TRIES = 1_000
"""Codes are tried on with the last of their pauses until they expire: somebody is waiting for them."""


class OutboxMessage(Record, Changing, db.Model):
    """An SMS, a mail or another message to be sent.

    `pending` until `next_attempt_at`; `sending` while a worker holds it, and `next_attempt_at` is then the end of its
    lease, past which the worker counts as dead. Ends as `sent`, `failed`, `expired` or `cancelled`. The text is rendered
    from `template` and `data` when it is sent, in `locale`; the first line of a mail's is its subject. `data` refers to
    things by their ids where a feature reads them when it is sent (`read_data_with`). `secret` (a sign-in code) is
    encrypted, and deleted when the message has ended. `person_id` is its recipient or subject,
    `actor_id` the person whose action it reports; it is deleted with either. `receipt` is what the gateway says later of
    its delivery; `price` is for all its `segments`.
    """

    __tablename__ = "outbox_messages"
    __table_args__ = (
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        CheckConstraint("priority BETWEEN 0 AND 3", name="priority"),
        CheckConstraint("status IN ('pending', 'sending', 'sent', 'failed', 'expired', 'cancelled')", name="status"),
        CheckConstraint(
            r"CASE kind WHEN 'sms' THEN recipient ~ '^\+[1-9][0-9]{6,14}$'"
            r" WHEN 'mail' THEN recipient ~ '^[^@[:space:][:cntrl:]]+@[^@[:space:][:cntrl:]]+$'"
            r" ELSE recipient <> '' END",
            name="recipient",
        ),
        CheckConstraint(one_of("receipt", RECEIPTS), name="receipt"),
        CheckConstraint("(price IS NULL) = (currency IS NULL)", name="price"),
        CheckConstraint("status IN ('pending', 'sending') OR secret IS NULL", name="secret_wiped"),
        Index(
            "ix_outbox_messages_due", "priority", "next_attempt_at", postgresql_where="status IN ('pending', 'sending')"
        ),
        Index("ix_outbox_messages_status_created_at", "status", "created_at", "id"),
        Index("ix_outbox_messages_created_at", "created_at", "id"),
        Index("ix_outbox_messages_sent_at", "sent_at"),
        Index("ix_outbox_messages_undelivered", "created_at", "id", postgresql_where="receipt = 'undelivered'"),
        Index("ix_outbox_messages_provider_id", "provider", "provider_id", postgresql_where="provider_id IS NOT NULL"),
    )

    kind: Mapped[str] = mapped_column(default="sms", server_default="sms")
    purpose: Mapped[str]
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    actor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    recipient: Mapped[str] = mapped_column(index=True)
    locale: Mapped[str]
    template: Mapped[str]
    data: Mapped[dict[str, Any]]
    secret: Mapped[bytes | None]
    key: Mapped[str] = mapped_column(unique=True)
    priority: Mapped[int]
    status: Mapped[str] = mapped_column(default="pending", server_default="pending")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    next_attempt_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    provider: Mapped[str | None]
    provider_id: Mapped[str | None]
    segments: Mapped[int | None]
    price: Mapped[Decimal | None]
    currency: Mapped[str | None]
    last_error: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    receipt: Mapped[str | None]
    receipt_at: Mapped[datetime | None]

    @property
    def queue(self) -> str:
        """The queue whose workers send this message."""
        return next(queue for queue, priorities in QUEUE_PRIORITIES.items() if self.priority in priorities)


DataReader = Callable[[Sequence[Any]], Mapping[uuid.UUID, dict[str, Any] | None]]
"""A function that returns the data of messages for rendering, by their ids; None for what is not true any more.

Messages have `id`, `person_id`, `actor_id`, `template` and `data`.
"""
_readers: dict[str, DataReader] = {}


def read_data_with(folder: str, reader: DataReader) -> None:
    """Have the data of messages whose template is in a folder completed by a function when they are rendered."""
    _readers[folder] = reader


def find_reader(template: str) -> DataReader | None:
    """Return the function that completes the data of messages with this template, or None."""
    return _readers.get(template.rpartition("/")[0] + "/")


Refuser = Callable[[Sequence[Any]], Collection[uuid.UUID]]
"""A function that returns the ids of those of the messages, just before they are sent, that their recipients refuse."""
_refusers: list[Refuser] = []


def refuse_with(refuser: Refuser) -> None:
    """Have a function say which messages are not to be sent because their recipients want none."""
    _refusers.append(refuser)


def refused(messages: Sequence[Any]) -> set[uuid.UUID]:
    """Return the ids of those of the messages that their recipients refuse."""
    return {message_id for refuser in _refusers for message_id in refuser(messages)}


class OutboxEvent(Record, db.Model):
    """One event in the history of a message."""

    __tablename__ = "outbox_events"
    __table_args__ = (Index("ix_outbox_events_message_id_created_at", "message_id", "created_at", "id"),)

    message_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("outbox_messages.id", ondelete="CASCADE"))
    what: Mapped[str]
    detail: Mapped[str | None]


@dataclass(frozen=True)
class ClaimedMessage:
    """A message that this worker holds. `version` is the proof: a later claim has a higher one."""

    id: uuid.UUID
    version: int
    kind: str
    purpose: str
    priority: int
    recipient: str
    locale: str
    timezone: str | None
    """The person's, like calendar and units; None for a message to nobody known."""
    calendar: str | None
    units: str | None
    template: str
    data: dict[str, Any]
    secret: bytes | None
    key: str
    attempts: int
    expires_at: datetime | None
    left_over: bool
    """Whether another worker held it, whose lease ran out."""
    is_demo: bool
    person_id: uuid.UUID | None = None
    actor_id: uuid.UUID | None = None

    @property
    def once(self) -> bool:
        """Whether it must never be sent a second time: a late or double code does more harm than none."""
        return self.priority == PRIORITIES["code"]

    @property
    def retry_pauses(self) -> tuple[int, ...]:
        """The seconds before each further try."""
        return RETRY_PAUSES.get(self.priority, DEFAULT_RETRY_PAUSES)

    @property
    def tries(self) -> int:
        """The highest number of tries; a code is tried until it expires."""
        return CODE_TRIES if self.once else len(self.retry_pauses) + 1

    def expires_by(self, moment: datetime) -> bool:
        """Return whether it expires at a moment or before."""
        return self.expires_at is not None and self.expires_at <= moment


@dataclass(frozen=True)
class MessageKind:
    """A kind of message: who delivers it, and what its gateway gets.

    `compose` renders a message in the language of its recipient (`i18n.use_locale` is set) and returns what the
    gateway's `send` takes, or None when it is not to be sent any more. `mask` hides most of a recipient, for lists.
    """

    name: str
    gateway: Callable[[Settings], Gateway]
    compose: Callable[["ClaimedMessage"], Any]
    mask: Callable[[str], str] = lambda recipient: f"{recipient[:4]}…"


_kinds: dict[str, MessageKind] = {}


def register_kind(kind: MessageKind) -> None:
    """Register one of `KINDS`. Raise ValueError for another name, and for one that is registered already."""
    if kind.name not in KINDS or kind.name in _kinds:
        raise ValueError(f"{kind.name} is none of {KINDS}, or registered twice")
    register_gateway(kind.name, kind.gateway)
    _kinds[kind.name] = kind


def get_kind(name: str) -> MessageKind:
    """Return the kind of this name. Raise LookupError if no feature registers it."""
    return _kinds[name]


def mask_recipient(kind: str, recipient: str) -> str:
    """Return a recipient with most of it hidden, for lists."""
    return _kinds[kind].mask(recipient) if kind in _kinds else f"{recipient[:4]}…"


def message_kinds() -> Sequence[MessageKind]:
    """Return the kinds that can be sent."""
    return tuple(_kinds.values())


@dataclass(frozen=True)
class DeliveryResult:
    """The new state of a message after a try; `what` and `detail` go to its history.

    `untried` if no gateway was asked: the try does not count, and has no place in the history.
    """

    status: str
    what: str
    detail: str | None = None
    next_attempt_at: datetime | None = None
    provider: str | None = None
    provider_id: str | None = None
    segments: int | None = None
    price: Decimal | None = None
    currency: str | None = None
    untried: bool = False


def check_before_sending(message: ClaimedMessage, now: datetime) -> DeliveryResult | None:
    """Return the result for a message that is not to be sent at all, or None."""
    if message.left_over and message.once:
        return DeliveryResult("failed", "failed", "the worker died while sending; a code is not sent twice")
    if message.expires_by(now):
        return DeliveryResult("expired", "expired")
    if message.attempts > message.tries:
        return DeliveryResult("failed", "failed", "the worker died while sending, each time")
    return None


WITHDRAWN = DeliveryResult("cancelled", "withdrawn", "what it tells of is gone")
REFUSED = DeliveryResult("cancelled", "withdrawn", "its recipient asked for no more")


def result_of_sending(message: ClaimedMessage, outcome: Outcome, now: datetime) -> DeliveryResult:
    """Return the result for a message after the gateway's answer."""
    match outcome.answer:
        case Answer.TAKEN:
            return DeliveryResult("sent", "sent")
        case Answer.REFUSED:
            return DeliveryResult("failed", "refused", outcome.error)
        case Answer.UNKNOWN if message.once:
            return DeliveryResult("failed", "failed", f"{outcome.error}; it may have been taken, and is not sent twice")
    if message.attempts >= message.tries:
        return DeliveryResult("failed", "failed", outcome.error)
    retry_at = now + pause_before_retry(message, outcome.retry_after)
    if message.expires_by(retry_at):
        return DeliveryResult("expired", "expired", f"{outcome.error}; no time for another try")
    return DeliveryResult("pending", "put off", outcome.error, next_attempt_at=retry_at)


def pause_before_retry(message: ClaimedMessage, retry_after: float | None) -> timedelta:
    """Return the pause: a fifth more or less than planned, at least the `retry_after` seconds that the gateway wants.

    A gateway may want a day at most.
    """
    planned = message.retry_pauses[min(message.attempts, len(message.retry_pauses)) - 1]
    wanted = min(retry_after or 0, LONGEST_PAUSE.total_seconds())
    return timedelta(seconds=max(planned * random.uniform(0.8, 1.2), wanted))  # noqa: S311 - spreads load
