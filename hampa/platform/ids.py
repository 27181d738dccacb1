"""Identifiers: UUIDs that sort by time, and short codes for links in SMS."""

from __future__ import annotations

import secrets
import time
import uuid

SHORT_ALPHABET = "23456789abcdefghijkmnpqrstuvwxyz"
SHORT_LENGTH = 13
"""13 characters of 32 carry 65 bits, so a link to a run "by link" can't be guessed."""


def new_id() -> uuid.UUID:
    """A UUID version 7 (RFC 9562 §5.7): 48 bits of milliseconds, 74 random bits.

    All of the 74 bits are drawn anew. Libraries that count within a millisecond leave ids of
    neighbours half known, and the id of a run "by link" is its only lock.
    """
    milliseconds = time.time_ns() // 1_000_000
    noise = secrets.randbits(74)
    value = (milliseconds & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76
    value |= (noise >> 62) << 64
    value |= 0b10 << 62
    value |= noise & ((1 << 62) - 1)
    return uuid.UUID(int=value)


def short_code() -> str:
    """A code of 65 random bits, without letters that are mistaken for others (0/o, 1/l)."""
    return "".join(secrets.choice(SHORT_ALPHABET) for _ in range(SHORT_LENGTH))
