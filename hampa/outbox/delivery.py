"""The rules of sending: what a gateway's answer, or a dead worker, means for a message. Nothing here asks or writes."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hampa.outbox.models import PRIORITIES
from hampa.platform.delivery.outcomes import Answer, Outcome

LEASE = timedelta(seconds=30)
"""Longer than any gateway takes to answer or to time out."""

WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 3, 10, 30, 90, 300, 960))
"""Before each further try: 8 tries over about a day."""
SAFETY_WAITS = tuple(timedelta(seconds=seconds) for seconds in (5, 10, 20, 40, 60, 180, 600, 1800))
"""Of messages of safety: nine tries, most of them within the first minutes."""
CODE_WAITS = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 4, 8))
CODE_TRIES = 1_000
"""Codes go on with the last of these waits until they expire: somebody is waiting for them."""


@dataclass(frozen=True)
class ClaimedMessage:
    """A message that this worker holds. `version` is the proof: who takes it over later has a higher one."""

    id: uuid.UUID
    version: int
    kind: str
    purpose: str
    priority: int
    recipient: str
    locale: str
    timezone: str | None
    """Of the person, as are calendar and units; None where nobody is known."""
    calendar: str | None
    units: str | None
    template: str
    data: dict[str, Any]
    secret: bytes | None
    key: str
    attempts: int
    expires_at: datetime | None
    left_over: bool
    """Another worker had it, and its lease ran out."""
    is_demo: bool

    @property
    def once(self) -> bool:
        """Whether it must never be sent a second time: a late or double code does more harm than none."""
        return self.priority == PRIORITIES["code"]


@dataclass(frozen=True)
class DeliveryResult:
    """What becomes of a message; `what` and `detail` go to its history."""

    status: str
    what: str
    detail: str | None = None
    next_attempt_at: datetime | None = None
    provider: str | None = None
    provider_id: str | None = None
    segments: int | None = None


def check_before_sending(message: ClaimedMessage, now: datetime) -> DeliveryResult | None:
    """The end of a message that is not to be sent at all, or None."""
    if message.left_over and message.once:
        return DeliveryResult("failed", "failed", "the worker died while sending; a code is not sent twice")
    if message.expires_at is not None and message.expires_at <= now:
        return DeliveryResult("expired", "expired")
    if message.attempts > tries(message):
        return DeliveryResult("failed", "failed", "the worker died while sending, each time")
    return None


def result_of_sending(message: ClaimedMessage, outcome: Outcome, now: datetime) -> DeliveryResult:
    """What becomes of a message after the gateway's answer."""
    match outcome.answer:
        case Answer.TAKEN:
            return DeliveryResult("sent", "sent")
        case Answer.REFUSED:
            return DeliveryResult("failed", "refused", outcome.error)
        case Answer.UNKNOWN if message.once:
            return DeliveryResult("failed", "failed", f"{outcome.error}; it may have been taken, and is not sent twice")
    if message.attempts >= tries(message):
        return DeliveryResult("failed", "failed", outcome.error)
    at = now + pause(message, outcome.retry_after)
    if message.expires_at is not None and message.expires_at <= at:
        return DeliveryResult("expired", "expired", f"{outcome.error}; no time for another try")
    return DeliveryResult("pending", "put off", outcome.error, next_attempt_at=at)


def tries(message: ClaimedMessage) -> int:
    """How often it is tried at most; a code, until it expires."""
    return CODE_TRIES if message.once else len(retry_pauses(message)) + 1


def retry_pauses(message: ClaimedMessage) -> tuple[timedelta, ...]:
    """How long to wait before each further try."""
    if message.once:
        return CODE_WAITS
    return SAFETY_WAITS if message.priority == PRIORITIES["safety"] else WAITS


def pause(message: ClaimedMessage, retry_after: float | None) -> timedelta:
    """How long to wait before the next try: a fifth more or less than planned, and not before the gateway wants it."""
    planned = retry_pauses(message)[min(message.attempts, len(retry_pauses(message))) - 1] * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load
    return max(planned, timedelta(seconds=retry_after or 0))
