"""Identifiers: UUIDs that sort by time, and short codes for links in SMS."""

import secrets
import time
import uuid
from datetime import datetime

SHORT_ALPHABET = "23456789abcdefghijkmnpqrstuvwxyz"
SHORT_LENGTH = 13
"""13 of 32 characters are 65 bits, so that a link to a run "by link" can't be guessed."""


def new_id() -> uuid.UUID:
    """Return a UUID version 7 (RFC 9562 §5.7): 48 bits of milliseconds and 74 random bits.

    Libraries that count within a millisecond make neighbours half guessable, and the id of a run "by link" protects it.
    """
    milliseconds = time.time_ns() // 1_000_000
    return uuid.UUID(
        int=(milliseconds & ((1 << 48) - 1)) << 80
        | 0x7 << 76
        | secrets.randbits(12) << 64
        | 0b10 << 62
        | secrets.randbits(62)
    )


def first_of(moment: datetime) -> uuid.UUID:
    """Return the least id that is made at a moment or later, for ranges of rows by the time of their ids."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)


def short_code() -> str:
    """Return a code of 65 random bits, without characters that look like others (0/o, 1/l)."""
    return "".join(secrets.choice(SHORT_ALPHABET) for _ in range(SHORT_LENGTH))


def read_uuid(text: str | None) -> uuid.UUID | None:
    """Return the id in a text, such as the value of a field, None for other text."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None
