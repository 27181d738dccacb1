"""A person's exports and former phone numbers, in their export and at their erasure."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, or_, select

from hampa.account.models import Export, PhoneChange
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.media import storage

privacy_registry.holds(Export.person_id, noun="exports", fate="delete")
privacy_registry.holds(PhoneChange.person_id, noun="phone_changes", fate="delete")


@privacy_registry.exports("exports", _l("When you had copies like this one made"))
def exports(person: Person) -> Iterable[dict[str, Any]]:
    """Return the person's exports, including the one that is being written."""
    return privacy_registry.rows_of(person, Export.person_id, "id created_at status size ready_at")


@privacy_registry.exports(
    "phone_changes", _l("Numbers that you signed in with before, for as long as the change can be taken back")
)
def phone_changes(person: Person) -> Iterable[dict[str, Any]]:
    """Return the person's changes of phone number."""
    return privacy_registry.rows_of(person, PhoneChange.person_id, "id created_at old_phone new_phone undone_at")


@privacy_registry.erases
def erase_account(person: Person) -> None:
    """Delete the files of exports, and the person's number where somebody else had it before them or has it since."""
    for export in db.session.scalars(select(Export).where(Export.person_id == person.id)):
        storage.delete_after_commit(export.file)
    numbers = or_(PhoneChange.old_phone == person.phone, PhoneChange.new_phone == person.phone)
    db.session.execute(delete(PhoneChange).where(numbers).execution_options(synchronize_session=False))
