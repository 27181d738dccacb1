"""Passkeys, and the challenges that they sign."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import Changing, Record, db, one_of

CHALLENGE_LIFETIME = timedelta(minutes=5)
PURPOSES = ("add", "sign_in", "prove")
MOST_PASSKEYS = 20
"""The most that one person has."""
LONGEST_NAME = 60


class Passkey(Record, Changing, db.Model):
    """The public half of a key that an authenticator holds for a person.

    `user_handle` is what the authenticator knows the person by: random, and the same for all of their passkeys.
    `sign_count` is the authenticator's counter at its last use, 0 where it has none. `is_synced` says that the key is
    copied to other devices of the person, by Apple, Google or a password manager. A passkey whose counter went back may
    be a copy: it is stopped (`stopped_at`) and opens nothing.
    """

    __tablename__ = "passkeys"
    __table_args__ = (Index("ix_passkeys_person_id_created_at_id", "person_id", "created_at", "id"),)

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    user_handle: Mapped[bytes]
    name: Mapped[str]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    is_synced: Mapped[bool]
    transports: Mapped[list[str]]
    last_used_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]


class PasskeyChallenge(Record, db.Model):
    """Random bytes that an authenticator has to sign within `CHALLENGE_LIFETIME`.

    Its use deletes the row. It is for one purpose and one browser, which holds the secret of `browser_hash`; unless it is
    for signing in, it is for one person too. `user_handle` is that of the passkey to be added.
    """

    __tablename__ = "passkey_challenges"
    __table_args__ = (
        CheckConstraint(one_of("purpose", PURPOSES), name="purpose"),
        Index("ix_passkey_challenges_created_at", "created_at"),
    )

    purpose: Mapped[str]
    challenge: Mapped[bytes] = mapped_column(unique=True)
    browser_hash: Mapped[str]
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    user_handle: Mapped[bytes | None]
