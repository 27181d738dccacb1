"""The port: what a gateway is given, and what it may answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from hampa.platform.delivery.outcomes import Outcome


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


class Gateway(Protocol):
    """Whoever delivers SMS. `send` raises nothing: what goes wrong is an outcome."""

    name: str
    parallel: int
    """How many messages it is given at once by one process; with one, `send` is called in the caller's thread."""

    def send(self, message: SmsMessage) -> Outcome: ...
