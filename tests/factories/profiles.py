"""Pictures of people, and links that verify an address."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.media import storage
from hampa.platform.security.crypto import keyed_hash
from hampa.profile.models import WIDTHS, EmailVerification, PersonPicture
from tests.factories.base import made


def make_face(person: Person) -> PersonPicture:
    """Make a visible picture of the person, with its files."""
    picture = made(PersonPicture, person_id=person.id, widths=list(WIDTHS), height=WIDTHS[0])
    for width in WIDTHS:
        storage.put(f"{picture.folder}/{width}.webp", b"RIFF....WEBP")
    person.avatar = str(picture.id)
    return picture


def make_email_link(person: Person, address: str, token: str, **given: Any) -> EmailVerification:
    """Make a link that was mailed just now."""
    values: dict[str, Any] = {
        "person_id": person.id,
        "address": address,
        "token_hash": keyed_hash("email", token),
        "expires_at": clock.now() + timedelta(hours=24),
    }
    return made(EmailVerification, **(values | given))
