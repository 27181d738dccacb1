"""The slow half of one's account: copies of it, and going."""

from __future__ import annotations

import uuid
from datetime import timedelta

from hampa.account import archive
from hampa.account.actions import exports, leaving, phone
from hampa.people.queries import people
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import enqueue, job
from hampa.platform.locale import i18n
from hampa.platform.media import storage


@job("account.make_export", lease=timedelta(minutes=15))
def make_export(export_id: uuid.UUID) -> None:
    """Write a person's copy, and tell them. Begun anew, it is written over."""
    found = exports.waiting(export_id)
    if found is None:
        return
    export, person = found
    with (
        i18n.use_locale(person.locale, person.timezone, person.calendar, person.units),
        storage.writing(export.file) as file,
    ):
        archive.write(file, person)
        size = file.tell()
    exports.finish_export(export_id, size)
    db.session.commit()


@job("account.depart", lease=timedelta(minutes=30))
def depart(person_id: uuid.UUID, heirs: dict[str, str | None]) -> None:
    """Step by step out of what somebody who leaves has to do with others; killed, it goes on where it was."""
    while leaving.depart(person_id, heirs):
        db.session.commit()
    db.session.commit()


@job("account.erase_due", every=timedelta(hours=1))
def erase_due() -> None:
    """Have everybody forgotten whose time to come back is over; one who can't be keeps nobody else."""
    hour = int(clock.now().timestamp() // 3600)
    for person_id in people.to_be_erased():
        enqueue("account.erase", key=f"account.erase:{person_id}@{hour}", person_id=person_id)
    db.session.commit()


@job("account.erase", lease=timedelta(minutes=30))
def erase(person_id: uuid.UUID) -> None:
    """Forget one of them."""
    leaving.erase(person_id)
    db.session.commit()


@job("account.sweep", every=timedelta(hours=1))
def sweep() -> None:
    """Let go of copies whose day is over, and of numbers that nobody can take back any more."""
    exports.sweep()
    phone.forget_changes()
    db.session.commit()
