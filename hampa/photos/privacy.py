"""Export and erasure of a person's pictures of runs."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select

from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.people.privacy_registry import Attachment
from hampa.photos.models import RunPicture, file_of
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.media.pictures import remove_picture

privacy_registry.holds(RunPicture.person_id, noun="pictures", fate="delete")


@privacy_registry.exports("pictures", _l("Pictures that you gave to runs; the files lie beside"))
def export_pictures(person: Person) -> Iterable[dict[str, Any]]:
    """Return the pictures; `reason` says why none could be made of an upload."""
    return privacy_registry.rows_of(person, RunPicture.person_id, "id run_id created_at kind reason widths height")


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
    """Delete the person's pictures with their files."""
    for picture in db.session.scalars(select(RunPicture).where(RunPicture.person_id == person.id)):
        remove_picture(picture)
