"""What is known after asking a gateway, of SMS or of mail, to take a message."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
