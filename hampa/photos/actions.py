"""Adding pictures to a run and removing them."""

import uuid
from collections.abc import Sequence
from typing import IO

from sqlalchemy import select

from hampa.people.models import Person
from hampa.photos import queries
from hampa.photos.models import COVER, PHOTO, RunPicture
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, Refused
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.platform.media.pictures import PicturePipeline, PictureSizes, register_pictures, remove_picture
from hampa.runs.actions.listing import invalidate_listing
from hampa.runs.models.run import Run
from hampa.runs.queries import runs

SIZES = {COVER: PictureSizes((1600, 960, 480), ratio=2.0), PHOTO: PictureSizes((1600, 400))}


def add_cover(organiser: Person, run: Run, source: IO[bytes]) -> RunPicture:
    """Add a cover, which replaces the one before when the worker has made it. Raise StorageFull and Refused."""
    cover = RunPicture(run_id=run.id, person_id=organiser.id, kind=COVER)
    pipeline.remove_unfinished(cover)  # a cover that is replaced does not count
    _refuse_flood(organiser, 1, "cover")
    pipeline.add(cover, source)
    return cover


def remove_covers(run: Run) -> None:
    """Remove the cover of a run."""
    for cover in db.session.scalars(select(RunPicture).where(queries.is_cover_of(run.id))):
        remove_picture(cover)
    invalidate_listing()


def add_photos(person: Person, run_id: uuid.UUID, sources: Sequence[IO[bytes]]) -> list[RunPicture]:
    """Add photos, which the worker makes, and return them. Raise Forbidden if the person was not there, Refused and NotFound."""
    run = runs.locked_run(run_id, person)  # two forms at once are counted one after the other
    if not queries.took_part(person, run):
        raise Forbidden(_("Photos are for those who were there."))
    if not queries.takes_photos(run):
        raise Refused(_("Photos can be added once the run has begun."), "photos")
    left = queries.photos_left(person, run)
    if len(sources) > left:
        raise Refused(
            ngettext("You can add %(num)d more photo.", "You can add %(num)d more photos.", left)
            if left
            else _("You have added as many photos as one person can. Remove one first."),
            "photos",
        )
    _refuse_flood(person, len(sources), "photos")
    photos = [RunPicture(run_id=run.id, person_id=person.id, kind=PHOTO) for _source in sources]
    for photo, source in zip(photos, sources, strict=True):
        pipeline.add(photo, source)
    return photos


def remove_photo(person: Person, run_id: uuid.UUID, picture_id: uuid.UUID) -> None:
    """Remove a photo. Raise `NotFound`, and `Forbidden` if the person neither added it nor organises the run."""
    remove_picture(queries.removable_photo(person, run_id, picture_id))


def _refuse_flood(person: Person, more: int, field: str) -> None:
    """Raise Refused if too many uploads would wait; those that fail do not count as photos."""
    if queries.count_waiting(person) + more > queries.MOST_WAITING:
        raise Refused(_("Your last pictures are still being looked at. Try again in a moment."), field)


def _on_finished(picture: RunPicture) -> None:
    if picture.kind == COVER:
        invalidate_listing()


pipeline = register_pictures(
    PicturePipeline(
        table=RunPicture,
        folder="runs",
        owner_id=Run.id,
        sizes=lambda picture: SIZES[picture.kind],
        rivals=lambda picture: queries.is_cover_of(picture.run_id) if picture.kind == COVER else None,
        on_finished=_on_finished,
    )
)
