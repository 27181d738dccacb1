"""The slow half of one's account: copies of it, and going."""

from __future__ import annotations

import uuid
from datetime import timedelta

from hampa.account import archive
from hampa.account.actions import exports
from hampa.platform import i18n, storage
from hampa.platform.db import db
from hampa.platform.queue import job


@job("account.make_export", lease=timedelta(minutes=15))
def make_export(export_id: uuid.UUID) -> None:
    """Write a person's copy, and tell them. Begun anew, it is written over."""
    found = exports.waiting(export_id)
    if found is None:
        return
    export, person = found
    with (
        i18n.speaking(person.locale, person.timezone, person.calendar, person.units),
        storage.writing(export.file) as file,
    ):
        archive.write(file, person)
        size = file.tell()
    exports.finish_export(export_id, size)
    db.session.commit()


@job("account.sweep", every=timedelta(hours=1))
def sweep() -> None:
    """Let go of copies whose day is over."""
    exports.sweep()
    db.session.commit()
