"""Pictures of people, and who may have their files."""

from __future__ import annotations

import uuid

from sqlalchemy import exists, or_, select

from hampa.people.models.person import Person
from hampa.people.queries.blocks import hidden_from
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.media import pictures
from hampa.profile.models.picture import WIDTHS, PersonPicture, file_of
from hampa.runs.models.run import Run


def newest_picture(person: Person) -> PersonPicture | None:
    """Return the picture that the person added last: finished, waiting to be read, or refused."""
    return pictures.newest_picture(PersonPicture, PersonPicture.person_id == person.id)


def face_file(viewer: Person | None, person_id: uuid.UUID, picture: str, width: int) -> str:
    """The name of a face's file. Raises `NotFound`.

    Its address, which nobody can guess, stands where the person's name does; beside that, blocks count here, and
    visitors see who organises runs or is open to everyone, as in lists.
    """
    seen = select(Person.id).where(Person.id == person_id, Person.avatar == picture, Person.state == "active")
    if viewer is None:
        seen = seen.where(or_(Person.profile_visibility == "everyone", exists().where(Run.organiser_id == Person.id)))
    else:
        seen = seen.where(Person.id.not_in(hidden_from(viewer.id)))
    if width not in WIDTHS or db.session.scalar(seen) is None:
        raise NotFound
    return file_of(person_id, picture, width)
