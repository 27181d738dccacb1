"""Giving a run pictures and taking them away again."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import IO

from sqlalchemy import select

from hampa.people.models.person import Person
from hampa.platform import pictures as files, storage
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, Refused
from hampa.platform.i18n import gettext as _, ngettext
from hampa.platform.images import Rendition
from hampa.platform.jobs import enqueue
from hampa.runs.actions.notices import touch_listing
from hampa.runs.models.picture import COVER, PHOTO, RunPicture
from hampa.runs.models.run import Run
from hampa.runs.queries import pictures, runs


def give_cover(organiser: Person, run: Run, source: IO[bytes]) -> RunPicture:
    """Have the worker make a cover; until it has, the one before stays. Raises `storage.Full`, and Refused
    while too many of this person's wait.
    """
    for other in _covers(run.id):
        if other.widths is None:
            files.remove(other)
    _refuse_flood(organiser, 1, "cover")
    return _give(organiser, run, COVER, source)


def remove_covers(run: Run) -> None:
    """The run has no cover any more."""
    for cover in _covers(run.id):
        files.remove(cover)
    touch_listing()


def add_photos(person: Person, run_id: uuid.UUID, sources: Sequence[IO[bytes]]) -> None:
    """Have the worker make photos of what somebody who was there sent.

    Raises Forbidden for who was not there, Refused before the run begins and when they are too many, NotFound.
    """
    run = runs.locked(run_id, person)  # two forms at once are counted one after the other
    if not pictures.was_there(person, run):
        raise Forbidden(_("Photos are for those who were there."))
    if not pictures.takes_photos(run):
        raise Refused(_("Photos can be added once the run has begun."), "photos")
    left = pictures.photos_left(person, run)
    if len(sources) > left:
        raise Refused(
            ngettext("You can add %(num)d more photo.", "You can add %(num)d more photos.", left)
            if left
            else _("You have added as many photos as one person can. Remove one first."),
            "photos",
        )
    _refuse_flood(person, len(sources), "photos")
    for source in sources:
        _give(person, run, PHOTO, source)


def remove_photo(person: Person, run_id: uuid.UUID, picture_id: uuid.UUID) -> None:
    """Take a photo away. Raises NotFound, and Forbidden for who neither gave it nor organises the run."""
    files.remove(pictures.photo_of(person, runs.run_for(person, run_id), picture_id))


def finish_picture(picture_id: uuid.UUID, upload: str, made: Sequence[Rendition] | str) -> None:
    """Write down what was made of an upload, or why nothing could be. Raises NotFound when the picture is gone."""
    picture = files.finish(RunPicture, picture_id, upload, made)
    if picture.kind == COVER and picture.widths:
        for other in _covers(picture.run_id):
            if other.created_at < picture.created_at:
                files.remove(other)
        touch_listing()


def forget_files(run_id: uuid.UUID) -> None:
    """Delete all files of a run once this transaction, which deletes the run, is committed."""
    storage.forget(f"runs/{run_id}")


def _covers(run_id: uuid.UUID) -> Sequence[RunPicture]:
    return db.session.scalars(select(RunPicture).where(RunPicture.run_id == run_id, RunPicture.kind == COVER)).all()


def _refuse_flood(person: Person, more: int, field: str) -> None:
    """What is refused does not count against anybody's photos: without this, one person could keep the worker from all else."""
    if pictures.waiting_of(person) + more > pictures.MOST_WAITING:
        raise Refused(_("Your last pictures are still being looked at. Try again in a moment."), field)


def _give(person: Person, run: Run, kind: str, source: IO[bytes]) -> RunPicture:
    picture = RunPicture(run_id=run.id, person_id=person.id, kind=kind)
    upload = files.give(picture, source)
    enqueue("runs.read_picture", picture_id=picture.id, upload=upload)
    return picture
