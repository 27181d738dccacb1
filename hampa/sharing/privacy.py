"""Erasure of posters, which name the organiser."""

from sqlalchemy import select

from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.media import storage
from hampa.runs.models.run import Run
from hampa.sharing.actions import posters


@privacy_registry.erases
def erase_posters(person: Person) -> None:
    """Delete the posters of the person's runs once the transaction is committed."""
    for run in db.session.scalars(select(Run).where(Run.organiser_id == person.id)):
        storage.delete_after_commit(posters.folder_of(run))
