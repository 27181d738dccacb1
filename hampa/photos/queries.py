"""Pictures of a run, and who may see, add and remove them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, tuple_

from hampa.people.models.person import Person
from hampa.people.queries.blocks import is_visible_to
from hampa.photos.models import COVER, PHOTO, RunPicture, file_of
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.media.pictures import finished_picture, unfinished_picture
from hampa.platform.web import paging
from hampa.runs.admission import admission_status
from hampa.runs.models.participation import CAME, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.organisers import organises

MOST_PHOTOS = 10
"""Of one person on one run; those that could not be read don't count."""
MOST_WAITING = 20
"""Pictures of one person that wait for the worker, which has other things to do as well."""
PHOTOS_PAGE = 24
PHOTOS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that can be shown: `widths` it is there in, the largest first, which is `height` high; or, to who
    gave it, the `reason` why it can't be shown, None while it is being read.
    """

    id: uuid.UUID
    kind: str
    created_at: datetime
    person_id: uuid.UUID
    by: str
    widths: Sequence[int] | None
    height: int | None
    reason: str | None


_columns = (
    RunPicture.id,
    RunPicture.kind,
    RunPicture.created_at,
    RunPicture.person_id,
    Person.name,
    RunPicture.widths,
    RunPicture.height,
    RunPicture.reason,
)


def pictures_of_page(viewer: Person | None, run: Run) -> tuple[Picture | None, list[Picture]]:
    """The cover of a run and its first photos, one more than are shown; visitors see the cover alone."""
    kinds = (COVER, PHOTO) if viewer else (COVER,)
    rows = db.session.execute(
        select(*_columns)
        .join(Person, Person.id == RunPicture.person_id)
        .where(RunPicture.run_id == run.id, RunPicture.kind.in_(kinds), RunPicture.widths.is_not(None), _seen(viewer))
        .order_by(RunPicture.kind, RunPicture.created_at, RunPicture.id)
        .limit(PHOTOS_SHOWN + 2)
    )
    found = [Picture(*row) for row in rows]
    cover = next((picture for picture in found if picture.kind == COVER), None)
    return cover, [picture for picture in found if picture.kind == PHOTO][: PHOTOS_SHOWN + 1]


def photos(viewer: Person, run: Run, after: str | None = None) -> paging.Page[Picture]:
    """The photos of a run in the order in which they came, with those of the viewer that can't be shown yet."""
    query = (
        select(*_columns)
        .join(Person, Person.id == RunPicture.person_id)
        .where(
            RunPicture.run_id == run.id,
            RunPicture.kind == PHOTO,
            or_(RunPicture.widths.is_not(None), RunPicture.person_id == viewer.id),
            _seen(viewer),
        )
        .order_by(RunPicture.created_at, RunPicture.id)
        .limit(PHOTOS_PAGE + 1)
    )
    key = paging.decode(after, datetime, uuid.UUID)
    if key is not None:
        query = query.where(tuple_(RunPicture.created_at, RunPicture.id) > key)
    rows = [Picture(*row) for row in db.session.execute(query)]
    return paging.Page.of(rows, PHOTOS_PAGE, lambda row: (row.created_at, row.id))


def cover_of(run_id: uuid.UUID) -> RunPicture | None:
    """Return the cover that is shown."""
    return finished_picture(RunPicture, RunPicture.run_id == run_id, RunPicture.kind == COVER)


def has_cover(run_id: uuid.UUID) -> bool:
    """Whether the run was given a cover, seen or not yet."""
    given = select(RunPicture.id).where(RunPicture.run_id == run_id, RunPicture.kind == COVER)
    return db.session.scalar(given.limit(1)) is not None


def unseen_cover(run: Run) -> RunPicture | None:
    """Return the newest cover if it waits to be read or could not be read."""
    return unfinished_picture(RunPicture, RunPicture.run_id == run.id, RunPicture.kind == COVER)


def picture_file(viewer: Person | None, run: Run, picture_id: uuid.UUID, width: int) -> tuple[str, str]:
    """The name and the kind of a picture's file. Raises NotFound, to visitors for photos too."""
    row = db.session.execute(
        select(RunPicture.kind, RunPicture.widths).where(
            RunPicture.id == picture_id, RunPicture.run_id == run.id, _seen(viewer)
        )
    ).first()
    if row is None or width not in (row.widths or ()) or (row.kind == PHOTO and viewer is None):
        raise NotFound
    return file_of(run.id, picture_id, width), row.kind


def was_there(person: Person, run: Run) -> bool:
    """Whether the person came to the run, as far as anybody knows, or organises it."""
    came = select(Participation.id).where(
        Participation.run_id == run.id, Participation.person_id == person.id, Participation.status.in_(CAME)
    )
    return organises(person, run) or db.session.scalar(came) is not None


def takes_photos(run: Run) -> bool:
    """Whether there can be photos of the run yet: it has begun, and was not cancelled."""
    return admission_status(run) in ("started", "over")


def photos_left(person: Person, run: Run) -> int:
    """How many more photos the person may add."""
    own = select(func.count()).where(
        RunPicture.run_id == run.id,
        RunPicture.kind == PHOTO,
        RunPicture.person_id == person.id,
        RunPicture.reason.is_(None),
    )
    return max(0, MOST_PHOTOS - (db.session.scalar(own) or 0))


def waiting_of(person: Person) -> int:
    """How many pictures of this person, of all runs, nobody has looked at yet."""
    waiting = select(func.count()).where(RunPicture.person_id == person.id, RunPicture.upload.is_not(None))
    return db.session.scalar(waiting) or 0


def photo_of(person: Person, run: Run, picture_id: uuid.UUID) -> RunPicture:
    """A photo, to be removed by who gave it or who organises the run. Raises NotFound, and Forbidden for others."""
    found = db.session.get(RunPicture, picture_id)
    if found is None or found.run_id != run.id or found.kind != PHOTO:
        raise NotFound
    if found.person_id != person.id and not organises(person, run):
        raise Forbidden
    return found


def _seen(viewer: Person | None) -> ColumnElement[bool]:
    """A cover is the run's; a photo is not for those from whom who gave it is hidden."""
    return or_(RunPicture.kind == COVER, is_visible_to(viewer, RunPicture.person_id))
