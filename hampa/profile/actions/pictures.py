"""Pictures of people: given, made by the worker, taken away."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import IO

from sqlalchemy import case, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB

from hampa.cards.actions import finding as cards
from hampa.people.models.person import Person
from hampa.platform import pictures as files, storage
from hampa.platform.db import db
from hampa.platform.images import Rendition
from hampa.platform.jobs import enqueue
from hampa.profile.models.picture import WIDTHS, PersonPicture
from hampa.runs.actions import notices as runs


def give_picture(person: Person, source: IO[bytes]) -> None:
    """Have the worker make a picture of the person; until it has, the one before stays. Raises `storage.Full`."""
    for other in _pictures_of(person.id):
        if other.widths is None:
            files.remove(other)
    picture = PersonPicture(person_id=person.id)
    upload = files.give(picture, source)
    enqueue("profile.read_picture", picture_id=picture.id, upload=upload)


def remove_pictures(person: Person) -> None:
    """There is no picture of the person any more."""
    for picture in _pictures_of(person.id):
        files.remove(picture)
    _show(person.id, None)


def keep_every_width(folder: str, made: Sequence[Rendition]) -> None:
    """Have a file for each of `WIDTHS`: of a small picture the largest that there is, under a wider name."""
    for width in set(WIDTHS) - {one.width for one in made}:
        nearest = next((one for one in made if one.width < width), made[-1])
        storage.put(f"{folder}/{width}.webp", nearest.content)


def finish_picture(picture_id: uuid.UUID, upload: str, made: Sequence[Rendition] | str) -> None:
    """Show what was made of an upload, or write down why nothing could be. Raises NotFound when the picture is gone."""
    picture = files.finish(PersonPicture, picture_id, upload, made)
    if not picture.widths:
        return
    others = [other for other in _pictures_of(picture.person_id) if other.id != picture.id]
    if any(other.widths and other.created_at > picture.created_at for other in others):
        files.remove(picture)
        return
    for other in others:
        if other.created_at < picture.created_at:
            files.remove(other)
    _show(picture.person_id, str(picture.id))


def give_up_on_old_uploads(now: datetime) -> None:
    """Say of what waits for long that it could not be read, so that its people can try again."""
    files.give_up(PersonPicture, now)


def delete_strays(now: datetime) -> None:
    """Delete all files of people who are gone, as after a restored backup."""
    storage.delete_orphans("people", now, _with_pictures)


def _with_pictures(ids: Sequence[uuid.UUID]) -> Sequence[uuid.UUID]:
    return db.session.scalars(select(PersonPicture.person_id).where(PersonPicture.person_id.in_(ids))).all()


def _pictures_of(person_id: uuid.UUID) -> Sequence[PersonPicture]:
    return db.session.scalars(select(PersonPicture).where(PersonPicture.person_id == person_id)).all()


def _show(person_id: uuid.UUID, avatar: str | None) -> None:
    """Not through the person, who may be changing their name, or leaving, just now; lists with their face are made anew.
    Of who is leaving nothing is shown: the picture waits with their name until they come back."""
    away = Person.put_aside.is_not(None)
    later = Person.put_aside.op("||", return_type=JSONB)(literal({"avatar": avatar}, JSONB))
    values = {"avatar": case((~away, avatar)), "put_aside": case((away, later))}
    db.session.execute(update(Person).where(Person.id == person_id).values(values))
    runs.touch_listing()
    cards.touch_listing()
