"""Passwords, and wrong ones."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from hampa.auth.models import Tries
from hampa.platform.db import Changing, Record, db

SHORTEST = 10
LONGEST = 1000
"""Characters; a bound for what is read, far above what anybody types."""


class Password(Record, Changing, db.Model):
    """The password of a person, as an argon2id hash in PHC's form, which names its parameters."""

    __tablename__ = "passwords"

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), unique=True)
    hash: Mapped[str]


class PasswordTries(Record, Changing, Tries, db.Model):
    """Wrong passwords for a number or an address, somebody's or nobody's, from devices that are not its owner's.

    `name_hash` is a keyed hash of the number or the address. They are counted apart from wrong codes: who guesses
    passwords must not keep the owner from signing in with a code. `owner_told_at` is the time at which the owner was
    notified that there are far too many.
    """

    __tablename__ = "password_tries"
    __table_args__ = (Index("ix_password_tries_updated_at", "updated_at"),)

    name_hash: Mapped[str] = mapped_column(unique=True)
    owner_told_at: Mapped[datetime | None]
