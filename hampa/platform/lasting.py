"""Hashes of what is kept for good, which outlive a change of the secret key: numbers without SMS, links of calendars.

They are made with the first secret key that this site had, as all of them were from the beginning. It is kept encrypted
with the present one; after a change, with the key of before in `HAMPA_OLD_SECRET_KEYS`, the first process that needs it
encrypts it anew. Without the key of before it can't be read, which `flask hampa doctor` tells of.
"""

import hashlib
import hmac
import logging
from typing import NamedTuple, cast

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from hampa.platform import clock, ids
from hampa.platform.config import settings
from hampa.platform.db import Record, db
from hampa.platform.security import crypto

NAME = "first"
PURPOSE = "first secret"
_KEPT = "hampa.first_secret"

log = logging.getLogger(__name__)


class KeptSecret(Record, db.Model):
    """A secret that outlives the secret key, encrypted; `fingerprint` tells whether a key of the settings is it."""

    __tablename__ = "kept_secrets"

    name: Mapped[str] = mapped_column(unique=True)
    fingerprint: Mapped[str]
    encrypted: Mapped[bytes]


class FirstSecret(NamedTuple):
    """The first secret key, or the present one in its place where that could not be read."""

    secret: str
    is_known: bool


def lasting_hash(purpose: str, *parts: str) -> str:
    """Return the hex digest to store of a value that is looked for as long as the site lasts."""
    secret = first_secret().secret.encode()
    key = hmac.digest(secret, f"hampa/{purpose}".encode(), hashlib.sha256)
    return hmac.new(key, "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()


def lasting_hashes(purpose: str, *parts: str) -> list[str]:
    """Return `lasting_hash`, and what it was while the first secret key could not be read: one of them is stored."""
    return list(dict.fromkeys([lasting_hash(purpose, *parts), *crypto.keyed_hashes(purpose, *parts)]))


def first_secret() -> FirstSecret:
    """Return the first secret key of this site, which is read once a process and secret key."""
    secrets = _secrets()
    kept = current_app.extensions.get(_KEPT)
    if kept is None or kept[0] != secrets:
        kept = current_app.extensions[_KEPT] = secrets, _read_or_keep(secrets)
    return cast(FirstSecret, kept[1])


def _secrets() -> tuple[str, ...]:
    return settings().secret_key, *settings().old_secret_keys


def _read_or_keep(secrets: tuple[str, ...]) -> FirstSecret:
    # A session of its own: the secret stays when what needs it is rolled back.
    with Session(db.engine, join_transaction_mode="create_savepoint") as session, session.begin():
        query = select(KeptSecret.fingerprint, KeptSecret.encrypted).where(KeptSecret.name == NAME)
        row = session.execute(query).one_or_none()
        if row is None:
            _keep(session, secrets[-1])
            row = session.execute(query).one()
        return _read(session, row.fingerprint, row.encrypted, secrets)


def _read(session: Session, fingerprint: str, encrypted: bytes, secrets: tuple[str, ...]) -> FirstSecret:
    if fingerprint == _fingerprint(secrets[0]):
        return FirstSecret(secrets[0], is_known=True)
    first = next((secret for secret in secrets if _fingerprint(secret) == fingerprint), None)
    try:
        first = first or crypto.decrypt(encrypted, PURPOSE)
    except crypto.DecryptionError:
        log.error("the first secret key can't be read: HAMPA_OLD_SECRET_KEYS lacks the key of before")
        return FirstSecret(secrets[0], is_known=False)
    if not crypto.is_current(encrypted, PURPOSE):
        values = {"encrypted": crypto.encrypt(first, PURPOSE)}
        session.execute(update(KeptSecret).where(KeptSecret.name == NAME).values(values))
    return FirstSecret(first, is_known=True)


def _keep(session: Session, secret: str) -> None:
    """Keep the oldest key that is known: with it everything was hashed that is there."""
    values = {
        "id": ids.new_id(),
        "created_at": clock.now(),
        "name": NAME,
        "fingerprint": _fingerprint(secret),
        "encrypted": crypto.encrypt(secret, PURPOSE),
    }
    session.execute(insert(KeptSecret).values(values).on_conflict_do_nothing(index_elements=[KeptSecret.name]))


def _fingerprint(secret: str) -> str:
    return hmac.new(secret.encode(), b"hampa/fingerprint", hashlib.sha256).hexdigest()[:32]
