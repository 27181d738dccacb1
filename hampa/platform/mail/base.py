"""The port: what a gateway of mail is given, and what it may answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hampa.platform.delivery.outcomes import Outcome


@dataclass(frozen=True)
class MailMessage:
    """One mail to one address, ready to go, the same words as plain text and as HTML.

    `veiled` is the text without its secret, for logs. The `idempotency_key` becomes the Message-ID, so that a mail that
    was sent twice is known for the same one.
    """

    to: str
    subject: str
    text: str
    html: str
    purpose: str
    idempotency_key: str
    veiled: str


class Gateway(Protocol):
    """Whoever delivers mail. `send` raises nothing: what goes wrong is an outcome."""

    name: str
    parallel: int
    """How many mails it is given at once by one process."""

    def send(self, message: MailMessage) -> Outcome: ...
