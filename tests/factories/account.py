"""Copies of what is a person's."""

from __future__ import annotations

from typing import Any

from hampa.account.models import Export, PhoneChange
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.media import storage
from tests.factories.base import made


def make_export(person: Person, **given: Any) -> Export:
    """Make an export that can be downloaded."""
    values: dict[str, Any] = {"status": "ready", "size": 4, "ready_at": clock.now()}
    export = made(Export, person_id=person.id, **(values | given))
    if export.ready_at is not None:
        storage.put(export.file, b"PK\x05\x06" + bytes(18))
    return export


def make_change(person: Person, **given: Any) -> PhoneChange:
    """Make a change of number: the person signed in with another one before."""
    values = {"old_phone": "+989121119991", "new_phone": person.phone}
    return made(PhoneChange, person_id=person.id, **(values | given))
