"""Links to the content of a file: signed for one person, for a few minutes."""

import base64
import binascii
import hmac
import struct
import uuid
from datetime import UTC, datetime, timedelta

from hampa.people.models import Person
from hampa.people.queries import by_id
from hampa.platform import clock
from hampa.platform.errors import Gone, NotFound
from hampa.platform.security.crypto import keyed_hashes

LASTING = timedelta(minutes=5)
TAG_BYTES = 16


def make_link(person: Person, file_id: uuid.UUID) -> tuple[str, datetime]:
    """Return the token of a link that hands a file to a person, and when it ends."""
    ends_at = (clock.now() + LASTING).replace(microsecond=0)
    content = person.id.bytes + struct.pack(">I", int(ends_at.timestamp()))
    return base64.urlsafe_b64encode(content + _tags(file_id, content)[0]).decode().rstrip("="), ends_at


def holder_of(token: str, file_id: uuid.UUID) -> Person:
    """Return for whom a link was made. Raise NotFound for one that we did not make, and Gone for one that has ended."""
    try:
        data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise NotFound from None
    content, tag = data[:20], data[20:]
    if len(data) != 20 + TAG_BYTES or not any(hmac.compare_digest(tag, one) for one in _tags(file_id, content)):
        raise NotFound
    if datetime.fromtimestamp(struct.unpack(">I", content[16:])[0], UTC) <= clock.now():
        raise Gone
    person = by_id(uuid.UUID(bytes=content[:16]))
    if person is None or person.state != "active":
        raise NotFound
    return person


def _tags(file_id: uuid.UUID, content: bytes) -> list[bytes]:
    return [bytes.fromhex(one)[:TAG_BYTES] for one in keyed_hashes("files", file_id.hex, content.hex())]
