"""Links that do one thing in one tap, without signing in: short enough for an SMS.

A token is the id of what the link is about and a tag over it, over what the link is for and over the number that it was
sent to; at its end a letter says what it is for, so that no program takes a dash there for the end of a sentence.
Nothing is kept for a token and nothing in the database makes one: the tag needs the settings. 40 bits of it are for
whoever knows such an id, which stands on no page; others have to guess that as well. Whoever changes their number
leaves the links behind with it. How long a link is good for is up to what it is about.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import uuid
from dataclasses import dataclass

from hampa.platform.security.keys import keyed_hash

TAG_BYTES = 5
LENGTH = 29
"""Characters of a token: 21 bytes in base64, and the letter."""


@dataclass(frozen=True)
class Link:
    """What a token says; that it is genuine, only `fits` tells."""

    purpose: str
    subject_id: uuid.UUID
    tag: bytes

    def fits(self, phone: str) -> bool:
        """Whether we made it, for who has this number (E.164)."""
        return hmac.compare_digest(self.tag, _tag(self.purpose, self.subject_id, phone))


def token(purpose: str, subject_id: uuid.UUID | str, phone: str) -> str:
    """The token of a link for the holder of a number (E.164); `purpose` is one lower-case letter."""
    subject = uuid.UUID(str(subject_id))
    written = base64.urlsafe_b64encode(subject.bytes + _tag(purpose, subject, phone)).decode()
    return written + purpose


def read(text: str) -> Link | None:
    """What a token says, or None when it can't be one."""
    if len(text) != LENGTH or not text.isascii() or not text[-1].islower():
        return None
    try:
        told = base64.b64decode(text[:-1], altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    return Link(text[-1], uuid.UUID(bytes=told[:16]), told[16:])


def _tag(purpose: str, subject_id: uuid.UUID, phone: str) -> bytes:
    return bytes.fromhex(keyed_hash("links", purpose, subject_id.hex, phone))[:TAG_BYTES]
