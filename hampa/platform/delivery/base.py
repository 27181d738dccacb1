"""Messages, gateways and their answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable


class Answer(StrEnum):
    """The result of handing a message to a gateway."""

    TAKEN = "taken"
    REFUSED = "refused"
    """The gateway will never take this message."""
    RETRY = "retry"
    """The gateway surely did not take it, and may do so later."""
    UNKNOWN = "unknown"
    """The gateway may have taken it: there was no answer, or an unclear one."""


class Fault(StrEnum):
    """What is at fault when a message is not taken."""

    MESSAGE = "message"
    """This message or its recipient; the gateway works."""
    GATEWAY = "gateway"
    """The gateway fails or does not answer."""
    ACCOUNT = "account"
    """The gateway refuses whatever this account sends: its credit, key, sender or templates are at fault."""
    LIMIT = "limit"
    """The gateway takes no more for the moment."""


@dataclass(frozen=True)
class Outcome:
    """A gateway's answer; `retry_after` is in seconds, `error` is for operators.

    `fault` is None where the answer tells it (`cause`).
    """

    answer: Answer
    provider_id: str | None = None
    error: str | None = None
    retry_after: float | None = None
    fault: Fault | None = None

    @property
    def cause(self) -> Fault:
        """Return what is at fault: without a word about it the gateway, if it gave no final answer."""
        if self.fault is not None:
            return self.fault
        return Fault.GATEWAY if self.answer in (Answer.RETRY, Answer.UNKNOWN) else Fault.MESSAGE


@dataclass(frozen=True)
class SmsMessage:
    """One rendered SMS to one number.

    `template` and `params` are for gateways that deliver some messages by an approved template only; `veiled` is the
    text without its secret, for logs. `valid_seconds` is how long the message is worth delivering, None for ever.
    """

    to: str
    text: str
    template: str
    params: Mapping[str, Any]
    purpose: str
    idempotency_key: str
    veiled: str
    valid_seconds: int | None = None


@dataclass(frozen=True)
class MailMessage:
    """One rendered mail to one address, the same words as plain text and as HTML.

    `veiled` is the text without its secret, for logs. `idempotency_key` becomes the Message-ID, by which a mail that was
    sent twice is recognised.
    """

    to: str
    subject: str
    text: str
    html: str
    purpose: str
    idempotency_key: str
    veiled: str
    unsubscribe: str = ""
    """The address by which a program for mail unsubscribes its user with one click (RFC 8058), if there is one."""


class Gateway(Protocol):
    """A service that delivers SMS or mail."""

    name: str
    parallel: int
    """Messages that one process hands over at once; with 1, `send` is called in the caller's thread."""

    def send(self, message: Any, /) -> Outcome:
        """Deliver a message; an error is an outcome, not an exception."""
        ...


@runtime_checkable
class SharedGateway(Protocol):
    """A gateway of services that anybody names, which shares out the places of the worker among those it sends to."""

    def begin(self, message: Any, /) -> float:
        """Take a place for a message, which `send` gives free, and return 0; or return the seconds that it has to wait."""
        ...
