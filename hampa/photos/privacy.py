"""Export and erasure of a person's pictures of runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select

from hampa.people import privacy_registry
from hampa.people.models.person import Person
from hampa.people.privacy_registry import Attachment
from hampa.photos.models import RunPicture, file_of
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.media import storage

privacy_registry.holds(RunPicture.person_id, noun="pictures", fate="delete")


@privacy_registry.exports("pictures", _l("Pictures that you gave to runs; the files lie beside"))
def export_pictures(person: Person) -> Iterable[dict[str, Any]]:
    """Return the pictures; `reason` says why none could be made of an upload."""
    query = select(*privacy_registry.columns(RunPicture, "id run_id created_at kind reason widths height"))
    return privacy_registry.rows_in_order(query.where(RunPicture.person_id == person.id), RunPicture)


@privacy_registry.exports_files
def export_files(person: Person) -> Iterator[Attachment]:
    """Yield each picture in its largest width."""
    query = (
        select(RunPicture.id, RunPicture.run_id, RunPicture.widths[1].label("width"))
        .where(RunPicture.person_id == person.id, RunPicture.widths.is_not(None))
        .order_by(RunPicture.id)
    )
    for picture in privacy_registry.rows(query):
        yield Attachment(f"pictures/{picture['id']}.webp", file_of(picture["run_id"], picture["id"], picture["width"]))


@privacy_registry.erases
def erase_pictures(person: Person) -> None:
    """Delete the files of the person's pictures; the registry deletes the rows."""
    for picture in db.session.scalars(select(RunPicture).where(RunPicture.person_id == person.id)):
        storage.delete_after_commit(picture.folder)
        if picture.upload:
            storage.delete_after_commit(picture.upload)
