"""Pictures of a run, and who may see, add and remove them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, false, func, literal, or_, select, tuple_

from hampa.people.models import PEOPLE, Person
from hampa.people.queries import hidden_ids, is_none_of, is_not_shut_out, is_visible_to, names_people
from hampa.photos.models import COVER, PHOTO, RunPicture, file_of
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.kept import kept
from hampa.platform.media.pictures import finished_picture, unfinished_picture
from hampa.platform.statements import built_once
from hampa.platform.web import paging
from hampa.runs.admission import admission_status
from hampa.runs.models.participation import CAME, Participation
from hampa.runs.models.run import ALL_RUN_PAGES, Run, page_version
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organises
from hampa.runs.queries.runs import visible_to

MOST_PHOTOS = 10
"""Of one person on one run; pictures that could not be read don't count."""
MOST_WAITING = 20
"""Pictures of one person that wait for the worker, which has other things to do as well."""
PHOTOS_PAGE = 24
PHOTOS_SHOWN = 6
MOST_COVERS = 6
"""Of one run: the one that is shown, and those of organisers that wait or failed."""


@names_people
def is_named_by_photos(viewer: Person | None) -> ColumnElement[bool]:
    """Return the condition that a `Person` gave a photo that the viewer may see."""
    if viewer is None:
        return false()
    photo = RunPicture.person_id == Person.id, RunPicture.kind == PHOTO
    return exists().where(*photo, Run.id == RunPicture.run_id, visible_to(viewer))


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture on the page of a run; an unfinished one has no `widths`, and a `reason` if it failed."""

    id: uuid.UUID
    kind: str
    person_id: uuid.UUID
    by: str
    widths: tuple[int, ...]
    height: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class PicturesOfRun:
    """The covers of a run, the newest first, and its first photos."""

    covers: tuple[Picture, ...]
    photos: tuple[Picture, ...]


def pictures_of_page(viewer: Person | None, run: Run) -> PicturesOfRun:
    """Return the pictures on the page of a run.

    Visitors get covers alone. A cover that is not finished is returned to whoever gave it.
    """
    pictures = _pictures_of(viewer, run)
    covers = [one for one in pictures if one.kind == COVER and (one.widths or (viewer and viewer.id == one.person_id))]
    photos = [one for one in pictures if one.kind == PHOTO] if viewer else []
    return PicturesOfRun(tuple(covers[::-1]), tuple(photos[:PHOTOS_SHOWN]))


def _pictures_of(viewer: Person | None, run: Run) -> Sequence[Picture]:
    """Return the covers of a run and its first photos; they are read anew for whom a block hides one who gave them."""
    is_operator = viewer is not None and viewer.is_operator
    pictures = kept(
        ("photos.pictures", run.id, is_operator),
        (page_version(run.id), ALL_RUN_PAGES, PEOPLE),
        lambda: _read_pictures(run, [], is_operator=is_operator),
    )
    hidden = hidden_ids(viewer)
    if hidden and any(one.person_id in hidden for one in pictures):
        return _read_pictures(run, hidden, is_operator=is_operator)
    return pictures


def _read_pictures(run: Run, hidden: list[uuid.UUID], *, is_operator: bool) -> Sequence[Picture]:
    rows = _first_pictures(run.id, hidden, is_operator=is_operator)
    return [
        Picture(row.id, row.kind, row.person_id, row.by, tuple(row.widths or ()), row.height, row.reason)
        for row in rows
    ]


@built_once
def _first_pictures(run_id: uuid.UUID, hidden: list[uuid.UUID], *, is_operator: bool) -> Any:
    shown = is_none_of(RunPicture.person_id, hidden)
    if not is_operator:
        shown = and_(shown, is_not_shut_out(RunPicture.person_id))
    return (
        select(
            RunPicture.id,
            RunPicture.kind,
            RunPicture.person_id,
            Person.name.label("by"),
            RunPicture.widths,
            RunPicture.height,
            RunPicture.reason,
        )
        .join(Person, Person.id == RunPicture.person_id)
        .where(RunPicture.run_id == run_id, or_(RunPicture.kind == COVER, and_(RunPicture.widths.is_not(None), shown)))
        .order_by(RunPicture.kind, RunPicture.created_at, RunPicture.id)
        .limit(PHOTOS_SHOWN + MOST_COVERS)
    )


def photos(
    viewer: Person, run: Run, after: str | None = None, size: int = PHOTOS_PAGE
) -> paging.Page[Row[*tuple[Any, ...]]]:
    """Return a page of the photos of a run, the oldest first, with those of the viewer that are not shown yet."""
    seen = or_(RunPicture.widths.is_not(None), RunPicture.person_id == viewer.id)
    query = _select_pictures(viewer, run).where(RunPicture.kind == PHOTO, seen)
    query = paging.select_page(query, after, size, RunPicture.created_at, RunPicture.id)
    return paging.Page.of(db.session.execute(query).all(), size, lambda row: (row.created_at, row.id))


def photo_of(viewer: Person, run: Run, picture_id: uuid.UUID) -> tuple[Row[*tuple[Any, ...]], Any, Any]:
    """Return a finished photo of a run with the ids of the one before and the one after it. Raise NotFound."""
    shown = _select_pictures(viewer, run).where(RunPicture.kind == PHOTO, RunPicture.widths.is_not(None))
    photo = db.session.execute(shown.where(RunPicture.id == picture_id)).one_or_none()
    if photo is None:
        raise NotFound
    place, here = tuple_(RunPicture.created_at, RunPicture.id), tuple_(literal(photo.created_at), literal(photo.id))
    ids = shown.with_only_columns(RunPicture.id).limit(1)
    before = ids.where(place < here).order_by(RunPicture.created_at.desc(), RunPicture.id.desc())
    after = ids.where(place > here).order_by(RunPicture.created_at, RunPicture.id)
    neighbours = db.session.execute(select(before.scalar_subquery(), after.scalar_subquery())).one()
    return photo, *neighbours


def _select_pictures(viewer: Person | None, run: Run) -> Select[*tuple[Any, ...]]:
    """Select the pictures of a run; an unfinished one has no `widths`, and a `reason` if it failed."""
    return (
        select(
            RunPicture.id,
            RunPicture.kind,
            RunPicture.created_at,
            RunPicture.updated_at,
            RunPicture.version,
            RunPicture.person_id,
            Person.name.label("by"),
            RunPicture.widths,
            RunPicture.height,
            RunPicture.reason,
        )
        .join(Person, Person.id == RunPicture.person_id)
        .where(RunPicture.run_id == run.id, _is_seen_by(viewer))
    )


def cover_of(run_id: uuid.UUID) -> RunPicture | None:
    """Return the cover that is shown."""
    return finished_picture(RunPicture, is_cover_of(run_id))


def has_cover(run_id: uuid.UUID) -> bool:
    """Return whether the run has a cover, shown or not yet."""
    return bool(db.session.scalar(select(exists().where(is_cover_of(run_id)))))


def unfinished_cover(run: Run) -> RunPicture | None:
    """Return the newest cover if it waits to be read or could not be read."""
    return unfinished_picture(RunPicture, is_cover_of(run.id))


def is_cover_of(run_id: uuid.UUID) -> ColumnElement[bool]:
    """Return a condition on `RunPicture`: it is a cover of the run."""
    return (RunPicture.run_id == run_id) & (RunPicture.kind == COVER)


def picture_file(viewer: Person | None, run: Run, picture_id: uuid.UUID, width: int) -> tuple[str, str]:
    """Return the name and the kind of a picture's file. Raise NotFound, to visitors for photos too."""
    query = select(RunPicture.kind, RunPicture.widths)
    row = db.session.execute(
        query.where(RunPicture.id == picture_id, RunPicture.run_id == run.id, _is_seen_by(viewer))
    ).first()
    if row is None or width not in (row.widths or ()) or (row.kind == PHOTO and viewer is None):
        raise NotFound
    return file_of(run.id, picture_id, width), row.kind


def took_part(person: Person, run: Run) -> bool:
    """Return whether the person came to the run, as far as is known, or organises it."""
    came = exists().where(
        Participation.run_id == run.id, Participation.person_id == person.id, Participation.status.in_(CAME)
    )
    return organises(person, run) or bool(db.session.scalar(select(came)))


def takes_photos(run: Run) -> bool:
    """Return whether photos can be added: the run has begun, and is not cancelled."""
    return admission_status(run) in ("started", "over")


def photos_left(person: Person, run: Run) -> int:
    """Return how many more photos the person may add."""
    query = select(func.count()).where(
        RunPicture.run_id == run.id,
        RunPicture.kind == PHOTO,
        RunPicture.person_id == person.id,
        RunPicture.reason.is_(None),
    )
    return max(0, MOST_PHOTOS - db.session.scalars(query).one())


def count_waiting(person: Person) -> int:
    """Return how many pictures of this person, of all runs, wait for the worker."""
    query = select(func.count()).where(RunPicture.person_id == person.id, RunPicture.upload.is_not(None))
    return db.session.scalars(query).one()


def removable_photo(person: Person, run_id: uuid.UUID, picture_id: uuid.UUID) -> RunPicture:
    """Return a photo of the person, also of a run that they do not see any more, or of a run that they organise.

    Raise NotFound and Forbidden.
    """
    photo = db.session.get(RunPicture, picture_id)
    is_photo = photo is not None and photo.run_id == run_id and photo.kind == PHOTO
    if photo is not None and is_photo and photo.person_id == person.id:
        return photo
    run = runs.run_for(person, run_id)
    if photo is None or not is_photo:
        raise NotFound
    if not organises(person, run):
        raise Forbidden
    return photo


def _is_seen_by(viewer: Person | None) -> ColumnElement[bool]:
    """Return a condition: everybody sees covers; photos are hidden where their giver is hidden from the viewer."""
    return or_(RunPicture.kind == COVER, is_visible_to(viewer, RunPicture.person_id))
