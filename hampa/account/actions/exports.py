"""Having a copy made of all that is ours of a person, and letting it go."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from hampa.account.models import FAILED, OVER, READY, WAITING, Export
from hampa.account.queries import exports as queries
from hampa.notifications.actions import notify
from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.jobs import enqueue
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import ngettext
from hampa.platform.media import storage


def ask_for_export(person: Person) -> Export:
    """Have a copy made. While one is being made, asking again is asking once.

    Raises Refused when the person had as many today as one may have.
    """
    # One at a time for each person, so that two requests at once are one copy.
    db.session.execute(select(Person.id).where(Person.id == person.id).with_for_update(key_share=True))
    latest = queries.latest_of(person)
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


def waiting(export_id: uuid.UUID) -> tuple[Export, Person] | None:
    """An export that is to be made, and for whom; None when there is nothing to do any more."""
    row = db.session.execute(
        select(Export, Person)
        .join(Person, Person.id == Export.person_id)
        .where(Export.id == export_id, Export.status == WAITING, Person.state == "active")
    ).first()
    return (row[0], row[1]) if row else None


def finish_export(export_id: uuid.UUID, size: int) -> None:
    """Its file is there: tell whose it is. When nobody waits for it any more, the file goes."""
    export = db.session.scalar(
        select(Export).where(Export.id == export_id).with_for_update().execution_options(populate_existing=True)
    )
    if export is None or export.status != WAITING:
        if export is None or export.status != READY:
            storage.forget(f"exports/{export_id}.zip")
        return
    export.status, export.size, export.ready_at = READY, size, clock.now()
    db.session.flush()
    notify(
        [export.person_id],
        "export_ready",
        subject_id=export.id,
        data={},
        event=export.id,
        expires_at=export.ends_at,
    )


def sweep() -> None:
    """Let go of copies whose day is over, and of what should have been made long ago."""
    for export in queries.over():
        export.status = OVER
        storage.forget(export.file)
    for export in queries.given_up():
        export.status = FAILED
