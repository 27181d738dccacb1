"""The site's key pair for web push: the one of the settings, or one that is made when it is first needed and kept.

All processes have the same: of two that make one at the same time, the database keeps the first.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from hampa.platform import clock, ids
from hampa.platform.config import settings
from hampa.platform.db import Record, db
from hampa.platform.security import crypto

if TYPE_CHECKING:
    from hampa.platform.push.vapid import VapidKey

KEY_PURPOSE = "push"
"""The purpose of the key that encrypts the private key."""
NAME = "vapid"
_KEPT = "hampa.push_key"


class PushKey(Record, db.Model):
    """A key pair in base64url, the private key encrypted."""

    __tablename__ = "push_keys"

    name: Mapped[str] = mapped_column(unique=True)
    public_key: Mapped[str]
    private_key: Mapped[bytes]


@dataclass(frozen=True)
class SiteKey:
    """The site's key pair; `private` is a secret."""

    public: str
    private: str


def site_key() -> SiteKey:
    """Return the site's key pair, which is read once a process."""
    kept = current_app.extensions.get(_KEPT)
    if kept is None:
        given = settings().push_private_key
        kept = current_app.extensions[_KEPT] = _pair_of(given) if given else _stored_or_new()
    return cast(SiteKey, kept)


def vapid_key() -> "VapidKey":
    """Return the key that signs requests to push services; only the worker needs it."""
    from hampa.platform.push.vapid import VapidKey

    return VapidKey(site_key().private)


def _pair_of(private: str) -> SiteKey:
    from hampa.platform.push.vapid import VapidKey  # cryptography is 2 MB a process

    return SiteKey(VapidKey(private).public, private)


def _stored_or_new() -> SiteKey:
    # A session of its own: the key stays when what needs it is rolled back.
    with Session(db.engine, join_transaction_mode="create_savepoint") as session, session.begin():
        return _stored(session) or _made(session)


def _stored(session: Session) -> SiteKey | None:
    row = session.execute(select(PushKey.public_key, PushKey.private_key).where(PushKey.name == NAME)).one_or_none()
    if row is None:
        return None
    try:
        pair = SiteKey(row.public_key, crypto.decrypt(row.private_key, KEY_PURPOSE))
        if settings().old_secret_keys and not crypto.is_current(row.private_key, KEY_PURPOSE):
            anew = crypto.encrypt(pair.private, KEY_PURPOSE)
            session.execute(update(PushKey).where(PushKey.name == NAME).values(private_key=anew))
        return pair
    except crypto.DecryptionError:
        # The secret of the settings is another: nobody is signed in any more, and no subscription is used.
        pair = _new_pair()
        values = {"public_key": pair.public, "private_key": crypto.encrypt(pair.private, KEY_PURPOSE)}
        unread = PushKey.name == NAME, PushKey.private_key == row.private_key
        replaced = session.execute(update(PushKey).where(*unread).values(values).returning(PushKey.id)).first()
        return pair if replaced else _stored(session)


def _made(session: Session) -> SiteKey:
    pair = _new_pair()
    values = {
        "id": ids.new_id(),
        "created_at": clock.now(),
        "name": NAME,
        "public_key": pair.public,
        "private_key": crypto.encrypt(pair.private, KEY_PURPOSE),
    }
    session.execute(insert(PushKey).values(values).on_conflict_do_nothing(index_elements=[PushKey.name]))
    return cast(SiteKey, _stored(session))


def _new_pair() -> SiteKey:
    from hampa.platform.push.vapid import new_private_key

    return _pair_of(new_private_key())
