"""Passwords, in the export of a person and at their erasure."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete

from hampa.passwords.models import Password, PasswordTries
from hampa.passwords.queries import name_hash
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l

privacy_registry.holds(Password.person_id, noun="passwords", fate="delete")


@privacy_registry.exports("passwords", _l("When you set your password, without it"))
def passwords(person: Person) -> Iterable[dict[str, Any]]:
    """Return when the password was set and changed."""
    return privacy_registry.rows_of(person, Password.person_id, "id created_at updated_at")


@privacy_registry.erases
def erase_tries(person: Person) -> None:
    """Delete the counts of wrong passwords for the person's number and address, which are kept by these."""
    names = [name_hash(name) for name in (person.phone, (person.email or "").lower()) if name]
    db.session.execute(
        delete(PasswordTries).where(PasswordTries.name_hash.in_(names)).execution_options(synchronize_session=False)
    )
