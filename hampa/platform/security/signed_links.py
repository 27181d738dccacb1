"""Links that do one thing in one tap, without signing in: short enough for an SMS.

A token is the id of a row and a tag over the id, the purpose of the link and the phone number that it is sent to. It ends
with a letter for the purpose, so that no program takes a dash there for the end of a sentence. Tokens are not stored, and
a copy of the database makes none: the tag needs the settings. 40 bits of it suffice where the id itself is on no page of
others; the id of a person is on many, so that a link about one has a tag of 136 bits (`is_public`). A person who changes
their number loses its links. The row decides how long a link is valid.
"""

import base64
import binascii
import hmac
import uuid
from dataclasses import dataclass

from hampa.platform.security.crypto import keyed_hashes

TAG_BYTES, PUBLIC_TAG_BYTES = 5, 17
LENGTH, PUBLIC_LENGTH = 29, 45
"""The characters of a token: 21 or 33 bytes in base64, and the letter."""


@dataclass(frozen=True)
class Link:
    """The content of a token, which is genuine only if `is_valid_for` says so."""

    purpose: str
    subject_id: uuid.UUID
    tag: bytes

    def is_valid_for(self, phone: str) -> bool:
        """Return whether we made the link for the holder of a number (E.164)."""
        tags = _tags(self.purpose, self.subject_id, phone, len(self.tag))
        return any(hmac.compare_digest(self.tag, tag) for tag in tags)

    @property
    def is_public(self) -> bool:
        """Return whether the tag is long enough for an id that others know."""
        return len(self.tag) == PUBLIC_TAG_BYTES


def make_token(purpose: str, subject_id: uuid.UUID | str, phone: str, *, is_public: bool = False) -> str:
    """Return the token of a link for the holder of a number (E.164); `purpose` is one lower-case letter.

    `is_public` says that others know the id, which alone then keeps nobody from guessing.
    """
    subject = uuid.UUID(str(subject_id))
    tag = _tags(purpose, subject, phone, PUBLIC_TAG_BYTES if is_public else TAG_BYTES)[0]
    return base64.urlsafe_b64encode(subject.bytes + tag).decode() + purpose


def parse_token(text: str) -> Link | None:
    """Return the content of a token, or None if the text cannot be one."""
    if len(text) not in (LENGTH, PUBLIC_LENGTH) or not text.isascii() or not text[-1].islower():
        return None
    try:
        content = base64.b64decode(text[:-1], altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    return Link(text[-1], uuid.UUID(bytes=content[:16]), content[16:])


def _tags(purpose: str, subject_id: uuid.UUID, phone: str, size: int) -> list[bytes]:
    """Return the tag of a link, and those that it had with secret keys of before."""
    return [bytes.fromhex(one)[:size] for one in keyed_hashes("links", purpose, subject_id.hex, phone)]
