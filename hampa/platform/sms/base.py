"""The port: what a gateway is given, and what it may answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


@dataclass(frozen=True)
class SmsMessage:
    """One SMS, ready to go.

    Beside the finished text come the template's name and its parameters, for gateways that deliver some messages by
    an approved template only. `veiled` is the text without its secret, for logs.
    """

    to: str
    text: str
    template: str
    params: Mapping[str, Any]
    purpose: str
    idempotency_key: str
    veiled: str


class Answer(StrEnum):
    """What is known after asking a gateway to take a message."""

    TAKEN = "taken"
    REFUSED = "refused"
    """It will not take this message, now or later."""
    RETRY = "retry"
    """It surely did not take it, and may do so later."""
    UNKNOWN = "unknown"
    """It may have taken it: there was no answer, or one that does not say."""


@dataclass(frozen=True)
class Outcome:
    """A gateway's answer; `retry_after` is in seconds, `error` is for operators."""

    answer: Answer
    provider_id: str | None = None
    error: str | None = None
    retry_after: float | None = None


class Gateway(Protocol):
    """Whoever delivers SMS. `send` raises nothing: what goes wrong is an outcome."""

    name: str
    parallel: int
    """How many messages it is given at once by one process; with one, `send` is called in the caller's thread."""

    def send(self, message: SmsMessage) -> Outcome: ...
