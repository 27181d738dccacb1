"""Questions about passwords: whether the site has them, whose a name is, what is too common."""

import gzip
import unicodedata
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import and_, exists, func, select

from hampa.auth.models import Device
from hampa.auth.queries import device_token_hash
from hampa.passwords.models import Password, PasswordTries
from hampa.people.models import Person
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.security.crypto import keyed_hash
from hampa.platform.statements import built_once
from hampa.platform.texts.cleaning import to_latin_digits

COMMON = Path(__file__).with_name("data") / "common.txt.gz"
FEWEST_SIGNS = 4
"""A password of fewer different characters is as good as none."""


@dataclass(frozen=True)
class NameOwner:
    """The owner of a number or address as seen from one browser; all None if nobody has it.

    `device_id` is set if the owner has signed in in this browser before, `hash` if they have a password.
    """

    person_id: uuid.UUID | None = None
    hash: str | None = None
    device_id: uuid.UUID | None = None


def passwords_are_on() -> bool:
    """Return whether people may have passwords here."""
    return settings().passwords


def has_password(person: Person) -> bool:
    """Return whether the person has a password."""
    return bool(_has_password(person.id).scalar_one())


@built_once
def _has_password(person_id: uuid.UUID) -> Any:
    return select(exists().where(Password.person_id == person_id))


def name_hash(name: str) -> str:
    """Return under what wrong passwords for a number or address are counted."""
    return keyed_hash("password name", name)


def owner_of(name: str, device_token: str | None) -> NameOwner:
    """Return who has this number (E.164), or has verified this address (in lower case).

    It is one statement, the same whether anybody has it or not.
    """
    device = and_(Device.person_id == Person.id, Device.token_hash == device_token_hash(device_token or ""))
    mail = and_(func.lower(Person.email) == name, Person.email_verified_at.is_not(None))
    row = db.session.execute(
        select(Person.id, Password.hash, Device.id.label("device_id"))
        .select_from(Person)
        .outerjoin(Password, Password.person_id == Person.id)
        .outerjoin(Device, device)
        .where(mail if "@" in name else Person.phone == name)
    ).one_or_none()
    return NameOwner(*row) if row else NameOwner()


def is_still(owner: NameOwner) -> bool:
    """Return whether the password of an owner, whose row is locked, is the one that was hashed with no lock held."""
    query = select(Password.hash).where(Password.person_id == owner.person_id)
    return bool(owner.hash is not None and db.session.scalar(query) == owner.hash)


def wrong_passwords(name: str) -> PasswordTries | None:
    """Return the count of wrong passwords of strangers for a number or address."""
    query = select(PasswordTries).where(PasswordTries.name_hash == name_hash(name))
    return db.session.scalar(query.execution_options(populate_existing=True))


def normalised(password: str) -> str:
    """Return a password as it is hashed: the same however a keyboard composes its letters and digits (NFKC)."""
    return to_latin_digits(unicodedata.normalize("NFKC", password))


def is_easily_guessed(password: str, person: Person | None) -> bool:
    """Return whether a password (normalised) is one that is tried first.

    That is one of those most used, also with digits and signs at its ends; one of very few different characters or of a
    row of digits; and one that is little more than the person's own number, name or address, or the site's name.
    """
    lower = password.casefold()
    stem = lower.strip("0123456789.,;:!?@#$%&*+-=_~()[]{}<>/\\|'\"` ")
    own = ["hampa", "همپا"]
    if person is not None:
        own += [person.phone.lstrip("+")[2:], person.name or "", (person.email or "").split("@")[0]]
    rest = lower
    for word in own:
        rest = rest.replace(word.casefold(), "") if len(word) > 2 else rest
    common = most_used_passwords()
    return bool(
        {lower, stem} & common
        or len(set(lower)) < FEWEST_SIGNS
        or lower in "01234567890123456789"
        or lower in "98765432109876543210"
        or (rest != lower and len(rest) < len(lower) / 2)
    )


@cache
def most_used_passwords() -> frozenset[str]:
    """Return the passwords that are most used, in lower case; read when first asked for."""
    return frozenset(gzip.decompress(COMMON.read_bytes()).decode().split())
