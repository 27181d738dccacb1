"""Request, finish and expire the copies of a person's data."""

import uuid

from sqlalchemy import select

from hampa.account import queries
from hampa.account.models import FAILED, OVER, READY, WAITING, Export
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.jobs import enqueue
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import ngettext
from hampa.platform.media import storage


def request_export(person: Person) -> Export:
    """Enqueue a copy of the person's data, or return the one that is being made.

    Raise Refused when the person has reached the daily limit.
    """
    # One request at a time for each person, so that two at once make one copy.
    db.session.execute(select(Person.id).where(Person.id == person.id).with_for_update(key_share=True))
    latest = queries.latest_export(person)
    if latest is not None and latest.status == WAITING:
        return latest
    limit(person, "account.export", settings().exports_per_person_day, per="day", error=_too_many)
    export = Export(person_id=person.id)
    db.session.add(export)
    db.session.flush()
    enqueue("account.make_export", export_id=export.id)
    return export


def _too_many(_seconds: int) -> Refused:
    most = settings().exports_per_person_day
    return Refused(
        ngettext(
            "One copy a day is made, and you had yours.", "%(num)d copies a day are made, and you had yours.", most
        )
    )


def finish_export(export_id: uuid.UUID, size: int) -> None:
    """Mark an export as ready (`size` in bytes) and notify its person, or delete the file if nobody waits for it."""
    export = db.session.scalar(
        select(Export).where(Export.id == export_id).with_for_update().execution_options(populate_existing=True)
    )
    if export is None or export.status not in (WAITING, READY):
        storage.delete_after_commit(f"exports/{export_id}.zip")
    if export is None or export.status != WAITING:
        return
    export.status, export.size, export.ready_at = READY, size, clock.now()
    db.session.flush()
    notify(
        [export.person_id], "export_ready", subject_id=export.id, data={}, event=export.id, expires_at=export.ends_at
    )


def expire_exports() -> None:
    """End the exports that can't be downloaded any more, and those that were never made."""
    for export in queries.expired_exports():
        export.status = OVER
        storage.delete_after_commit(export.file)
    for export in queries.stuck_exports():
        export.status = FAILED
