"""Adding and removing the picture of a person."""

from __future__ import annotations

import uuid
from typing import IO

from sqlalchemy import case, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB

from hampa.cards.actions import search_index as cards
from hampa.people.models.person import Person
from hampa.platform.db import db
from hampa.platform.media.pipeline import PictureSizes, register_pictures, remove
from hampa.profile.models.picture import WIDTHS, PersonPicture
from hampa.runs.actions import snapshots as runs

SIZES = PictureSizes(WIDTHS, ratio=1.0, fill=True)


def give_picture(person: Person, source: IO[bytes]) -> None:
    """Give a person a picture, which the worker makes; the one before stays until then. Raises `storage.Full`."""
    pipeline.add(PersonPicture(person_id=person.id), source)


def remove_pictures(person: Person) -> None:
    """Remove the picture of a person."""
    for picture in db.session.scalars(select(PersonPicture).where(PersonPicture.person_id == person.id)):
        remove(picture)
    _show(person.id, None)


def _show(person_id: uuid.UUID, avatar: str | None) -> None:
    """Set the avatar of a person, by a statement because their row may be changing just now, and renew cached lists.

    The avatar of a person who is leaving is put aside with their name until they come back.
    """
    away = Person.put_aside.is_not(None)
    later = Person.put_aside.op("||", return_type=JSONB)(literal({"avatar": avatar}, JSONB))
    values = {"avatar": case((~away, avatar)), "put_aside": case((away, later))}
    db.session.execute(update(Person).where(Person.id == person_id).values(values))
    runs.invalidate_listing()
    cards.invalidate_listing()


pipeline = register_pictures(
    PersonPicture,
    folder="people",
    owner_id=PersonPicture.person_id,
    sizes=lambda picture: SIZES,
    rivals=lambda picture: PersonPicture.person_id == picture.person_id,
    on_finished=lambda picture: _show(picture.person_id, str(picture.id)),
)
