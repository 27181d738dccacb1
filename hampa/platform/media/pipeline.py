"""The pipeline from an upload to a finished picture.

A feature registers its table of pictures once (`register_pictures`) and uses the `PicturePipeline` it gets: `add` stores
an upload and enqueues `process_picture`, which decodes the upload and calls `finish`. `sweep_files` gives up on uploads
that could not be read and deletes the files of deleted rows.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any, Generic

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import InstrumentedAttribute

from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.jobs import enqueue, job
from hampa.platform.media import images, storage
from hampa.platform.media.images import Rendition
from hampa.platform.media.pictures import Picture, PictureMixin

READ_WITHIN = timedelta(hours=6)
"""An upload that is older has failed in each try of its job."""

_pipelines: dict[str, PicturePipeline[Any]] = {}
_upload_tables: list[Any] = []


@dataclass(frozen=True)
class PictureSizes:
    """The WebP files to make of an upload, by width in pixels, the largest first.

    With `ratio` (width by height) the middle of the picture is cut out. With `fill`, a picture that is smaller than
    some of the widths is stored under those too, in the largest size it has.
    """

    widths: tuple[int, ...]
    ratio: float | None = None
    fill: bool = False


@dataclass(frozen=True, kw_only=True)
class PicturePipeline(Generic[Picture]):
    """A registered table of pictures.

    The files of a picture are below `folder`/<id of its owner>, and `owner_id` is the column of ids of existing owners.
    `rivals` is the condition of the pictures of which only the newest is kept, None where all are kept.
    """

    table: type[Picture]
    folder: str
    owner_id: InstrumentedAttribute[uuid.UUID]
    sizes: Callable[[Picture], PictureSizes]
    rivals: Callable[[Picture], ColumnElement[bool] | None]
    on_finished: Callable[[Picture], None]

    def add(self, picture: Picture, source: IO[bytes]) -> None:
        """Store a new picture, which the worker makes of the upload; a finished rival stays until then.

        Raises `storage.Full`.
        """
        self.remove_unfinished(picture)
        picture.upload = storage.keep_upload(source)
        db.session.add(picture)
        db.session.flush()
        enqueue("media.process_picture", table=_name(self.table), picture_id=picture.id, upload=picture.upload)

    def remove_unfinished(self, picture: Picture) -> None:
        """Remove the rivals of a picture that wait to be read or could not be read."""
        for rival in self._rivals_of(picture):
            if rival.widths is None:
                remove(rival)

    def finish(self, picture_id: uuid.UUID, upload: str, result: Sequence[Rendition] | str) -> None:
        """Store what was made of an upload, or the reason why nothing could be, and remove older rivals.

        Raises `NotFound` when the picture is gone or finished already.
        """
        picture = db.session.scalar(
            select(self.table)
            .where(self.table.id == picture_id, self.table.upload == upload)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if picture is None:
            raise NotFound
        picture.upload = None
        if isinstance(result, str):
            picture.reason = result
        else:
            picture.widths, picture.height = [rendition.width for rendition in result], result[0].height
        storage.forget(upload)
        if picture.widths:
            self._replace_rivals(picture)

    def existing_owners(self, ids: Sequence[uuid.UUID]) -> Sequence[uuid.UUID]:
        """Return those of the ids that an owner still has."""
        return db.session.scalars(select(self.owner_id).where(self.owner_id.in_(ids))).all()

    def _replace_rivals(self, picture: Any) -> None:
        rivals: list[Any] = [rival for rival in self._rivals_of(picture) if rival.id != picture.id]
        if any(rival.widths and rival.created_at > picture.created_at for rival in rivals):
            remove(picture)
            return
        for rival in rivals:
            if rival.created_at < picture.created_at:
                remove(rival)
        self.on_finished(picture)

    def _rivals_of(self, picture: Picture) -> Sequence[Picture]:
        condition = self.rivals(picture)
        return db.session.scalars(select(self.table).where(condition)).all() if condition is not None else ()


def register_pictures(
    table: type[Picture],
    *,
    folder: str,
    owner_id: InstrumentedAttribute[uuid.UUID],
    sizes: Callable[[Picture], PictureSizes],
    rivals: Callable[[Picture], ColumnElement[bool] | None],
    on_finished: Callable[[Picture], None] = lambda picture: None,
) -> PicturePipeline[Picture]:
    """Return the pipeline of a table of pictures, and let the jobs know of it."""
    pipeline = PicturePipeline(
        table=table, folder=folder, owner_id=owner_id, sizes=sizes, rivals=rivals, on_finished=on_finished
    )
    _pipelines[_name(table)] = pipeline
    register_uploads(table)
    return pipeline


def register_uploads(table: type[Any]) -> None:
    """Let `sweep_files` give up on old uploads of a table with the columns `upload` and `reason` and `Changing`."""
    _upload_tables.append(table)


def remove(picture: PictureMixin) -> None:
    """Delete a picture and its files."""
    if picture.upload:
        storage.forget(picture.upload)
    storage.forget(picture.folder)
    db.session.delete(picture)


def make(upload: str, folder: str, sizes: PictureSizes) -> list[Rendition] | str:
    """Decode an upload and store its renditions in a folder; return them, or the reason why there are none."""
    try:
        renditions = images.renditions(storage.open_file(upload).stream, sizes.widths, sizes.ratio)
    except FileNotFoundError:
        return "failed"
    except images.UnreadableImage as error:
        return error.reason
    contents = {rendition.width: rendition.content for rendition in renditions}
    if sizes.fill:
        for width in sizes.widths:
            contents.setdefault(width, contents[max((w for w in contents if w < width), default=min(contents))])
    for width, content in contents.items():
        storage.put(f"{folder}/{width}.webp", content)
    return renditions


@job("media.process_picture", lease=timedelta(minutes=5))
def process_picture(table: str, picture_id: uuid.UUID, upload: str) -> None:
    """Make a picture of an upload, or store the reason why none can be made."""
    pipeline = _pipelines[table]
    picture = db.session.get(pipeline.table, picture_id)
    if picture is None or picture.upload != upload:
        return
    folder, sizes = picture.folder, pipeline.sizes(picture)
    db.session.commit()  # no connection is held while the upload is decoded
    result = make(upload, folder, sizes)
    try:
        pipeline.finish(picture_id, upload, result)
    except NotFound:
        picture = db.session.get(pipeline.table, picture_id, populate_existing=True)
        if picture is None or picture.widths is None:  # otherwise another worker was quicker: the files are in use
            storage.delete_now(folder)
    db.session.commit()


@job("media.sweep_files", every=timedelta(hours=6), lease=timedelta(minutes=30))
def sweep_files() -> None:
    """Give up on uploads that could not be read, and delete files of owners that are gone."""
    now = clock.now()
    for table in _upload_tables:
        give_up(table, now)
    db.session.commit()
    storage.delete_strays(storage.UPLOADS, now, lambda names: set())
    for pipeline in _pipelines.values():
        storage.delete_orphans(pipeline.folder, now, pipeline.existing_owners)


def give_up(table: Any, now: datetime) -> None:
    """Set the reason of uploads that are older than `READ_WITHIN` to "failed", so that people can try again."""
    db.session.execute(
        update(table)
        .where(table.upload.is_not(None), table.updated_at < now - READ_WITHIN)
        .values(upload=None, reason="failed", version=table.version + 1, updated_at=now)
        .execution_options(synchronize_session=False)
    )


def _name(table: Any) -> str:
    return str(table.__tablename__)
