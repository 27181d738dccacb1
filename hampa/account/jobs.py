"""Background work for accounts: exports, deletion, housekeeping."""

import uuid
from datetime import timedelta

from flask import current_app

from hampa.account import queries
from hampa.account.actions import account_deletion, archive, exports, phone
from hampa.people import queries as people
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import enqueue, job
from hampa.platform.locale import i18n
from hampa.platform.media import storage


@job("account.make_export", lease=timedelta(minutes=15))
def make_export(export_id: uuid.UUID) -> None:
    """Write an export's file and notify its person; a second try overwrites the file of the first."""
    row = queries.waiting_export(export_id)
    if row is None:
        return
    export, person = row
    readme = current_app.jinja_env.get_template("account/readme.txt")
    with (
        i18n.use_locale(person.locale, person.timezone, person.calendar, person.units),
        storage.open_for_writing(export.file) as file,
    ):
        archive.write_archive(file, person, readme)
        size = file.tell()
    exports.finish_export(export_id, size)
    db.session.commit()


@job("account.depart", lease=timedelta(minutes=30))
def withdraw(person_id: uuid.UUID, heirs: dict[str, str | None]) -> None:
    """Take a person out of their runs step by step; after a crash it goes on where it was.

    `heirs` are the successors; the name is stored with the job.
    """
    while account_deletion.withdraw(person_id, heirs):
        db.session.commit()
    db.session.commit()


@job("account.erase_due", every=timedelta(hours=1))
def erase_due() -> None:
    """Enqueue the erasure of everybody whose time to come back is over, one job each: a failure stops nobody else's."""
    hour = int(clock.now().timestamp() // 3600)
    for person_id in people.due_for_erasure():
        enqueue("account.erase", key=f"account.erase:{person_id}@{hour}", person_id=person_id)
    db.session.commit()


@job("account.erase", lease=timedelta(minutes=30))
def erase(person_id: uuid.UUID) -> None:
    """Erase one person."""
    account_deletion.erase_account(person_id)
    db.session.commit()


@job("account.sweep", every=timedelta(hours=1))
def sweep() -> None:
    """Expire exports, and delete the changes of numbers that can't be undone any more."""
    exports.expire_exports()
    phone.delete_old_changes()
    db.session.commit()
