"""Questions about passkeys: whether the site can have them, which a person has, whose one is."""

import ipaddress
import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import exists, select

from hampa.passkeys.models import MOST_PASSKEYS, Passkey
from hampa.people.models import Person
from hampa.platform.config import settings
from hampa.platform.db import db, scalar_or_404
from hampa.platform.statements import built_once


def passkeys_are_possible() -> bool:
    """Return whether browsers make passkeys for the site: its address has a name, not a number, and is secure."""
    address = urlsplit(settings().base_url)
    try:
        ipaddress.ip_address(site_id())
    except ValueError:
        return address.scheme == "https" or site_id() == "localhost"
    return False


def site_id() -> str:
    """Return the name of the site that its passkeys are bound to: the host of its address."""
    return urlsplit(settings().base_url).hostname or ""


def passkeys_of(person: Person) -> Sequence[Passkey]:
    """Return the person's passkeys, the newest first."""
    return _passkeys(person.id).scalars().all()


@built_once
def _passkeys(person_id: uuid.UUID) -> Any:
    query = select(Passkey).where(Passkey.person_id == person_id)
    return query.order_by(Passkey.created_at.desc(), Passkey.id.desc()).limit(MOST_PASSKEYS)


def has_passkeys(person: Person) -> bool:
    """Return whether the person has a passkey that opens something."""
    query = select(exists().where(Passkey.person_id == person.id, Passkey.stopped_at.is_(None)))
    return bool(db.session.scalar(query))


def passkey_of(person: Person, passkey_id: uuid.UUID) -> Passkey:
    """Return one of the person's passkeys, or raise NotFound."""
    return scalar_or_404(select(Passkey).where(Passkey.person_id == person.id, Passkey.id == passkey_id))


def passkey_by_credential(credential_id: bytes, *, lock: bool = False) -> Passkey | None:
    """Return the passkey with the id that its authenticator gave it, locked until the transaction ends if `lock`."""
    query = select(Passkey).where(Passkey.credential_id == credential_id)
    if lock:
        query = query.with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=True))
