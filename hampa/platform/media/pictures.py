"""Uploaded pictures: their tables, and the pipeline from an upload to WebP files.

A feature registers its table of pictures once (`register_pictures`) and uses the `PicturePipeline`: `add` stores an upload
and enqueues `process_picture`, which decodes the upload and calls `finish`. `sweep_files` gives up on uploads that could
not be read and deletes the files of deleted rows.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, Generic, TypeVar

from sqlalchemy import ARRAY, CheckConstraint, ColumnElement, Integer, select, update
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from hampa.platform import clock
from hampa.platform.db import db, one_of, scalar_or_404
from hampa.platform.errors import NotFound
from hampa.platform.jobs import enqueue, job
from hampa.platform.media import storage

CHECKOUT = Path(__file__).parents[3]
DECODER_TIMEOUT_SECONDS = 60
DECODER_ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": "65536"}
"""The whole environment of the decoder, without settings; glibc returns memory that is freed at once."""
REASONS = (
    "not_a_picture",
    "heic",
    "too_large",
    "too_small",
    "broken",
    "failed",
    "avif",
    "tiff",
    "gif",
    "bmp",
    "jpeg_xl",
    "jpeg_2000",
    "svg",
    "pdf",
    "video",
)
"""The reasons why no picture could be made of a file; "failed" if the file could not be examined."""
READ_WITHIN = timedelta(hours=6)
"""The age at which an upload has failed in each try of its job."""

_pipelines: dict[str, PicturePipeline[Any]] = {}
_upload_tables: list[Any] = []


class PictureMixin:
    """The columns of a table of pictures beside `Record` and `Changing`; use with `picture_constraints()`.

    `upload` names the file that waits to be read, None afterwards. Then either `reason` says why no picture could be
    made of it, or there is a WebP for each of `widths`, the largest first, and `height` is that of the largest.
    """

    id: Mapped[uuid.UUID]
    upload: Mapped[str | None]
    reason: Mapped[str | None]
    widths: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    height: Mapped[int | None]

    @property
    def folder(self) -> str:
        """Return the folder of this picture's files, which holds nothing else."""
        raise NotImplementedError


Picture = TypeVar("Picture", bound=PictureMixin)


def picture_constraints() -> tuple[CheckConstraint, ...]:
    """Return the constraints of a table of pictures."""
    return (
        CheckConstraint(one_of("reason", REASONS), name="reason"),
        CheckConstraint("(widths IS NULL) = (height IS NULL)", name="size"),
        CheckConstraint("num_nonnulls(upload, reason, widths) = 1", name="one_state"),
    )


def newest_picture(table: type[Picture], *conditions: ColumnElement[bool]) -> Picture | None:
    """Return the newest picture that meets the conditions, in whatever state."""
    record: Any = table
    query = select(table).where(*conditions).order_by(record.created_at.desc(), record.id.desc()).limit(1)
    return db.session.scalar(query)


def finished_picture(table: type[Picture], *conditions: ColumnElement[bool]) -> Picture | None:
    """Return the newest finished picture that meets the conditions."""
    return newest_picture(table, *conditions, table.widths.is_not(None))


def unfinished_picture(table: type[Picture], *conditions: ColumnElement[bool]) -> Picture | None:
    """Return the newest picture that meets the conditions if it waits to be read or could not be read."""
    picture = newest_picture(table, *conditions)
    return picture if picture is not None and picture.widths is None else None


@dataclass(frozen=True)
class PictureSizes:
    """The WebP files to make of an upload, by width in pixels, the largest first.

    With `ratio` (width by height) the middle of the picture is cut out. With `fill`, a picture that is smaller than
    some of the widths is stored under those too, in the largest size it has.
    """

    widths: tuple[int, ...]
    ratio: float | None = None
    fill: bool = False


@dataclass(frozen=True)
class Rendition:
    """One size of a picture, as WebP."""

    width: int
    height: int
    content: bytes


class UnreadableImage(Exception):
    """A file that no picture can be made of; `reason` is one of `REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def decode_picture(file: IO[bytes], widths: Sequence[int], ratio: float | None = None) -> list[Rendition]:
    """Return the picture in these widths, the largest first; a smaller picture is not enlarged.

    With `ratio` (width by height) the middle of it is cut out. Raise UnreadableImage if no picture can be made of it.

    A process without settings or database and with little memory and time decodes the file (`decoding`), so that a
    hostile file can do no more. It returns pixels alone: no place, and nothing else that was hidden in the file.
    """
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source")
        with source.open("wb") as copied:
            shutil.copyfileobj(file, copied)
        arguments = (source, folder, ratio or 0, *widths)
        command = [sys.executable, "-m", "hampa.platform.media.decoding", *map(str, arguments)]
        try:
            process = subprocess.run(
                command,
                cwd=CHECKOUT,
                env=DECODER_ENVIRONMENT,
                capture_output=True,
                timeout=DECODER_TIMEOUT_SECONDS,
                check=False,
            )
            if process.returncode == -signal.SIGXCPU:
                raise UnreadableImage("too_large")
            result = json.loads(process.stdout)
        except (subprocess.TimeoutExpired, ValueError):  # ValueError: the process was killed or has crashed
            raise UnreadableImage("broken") from None
        if "refused" in result:
            raise UnreadableImage(result["refused"])
        return [
            Rendition(width, height, Path(folder, f"{width}.webp").read_bytes()) for width, height in result["made"]
        ]


@dataclass(frozen=True, kw_only=True)
class PicturePipeline(Generic[Picture]):
    """A table of pictures with the rules for its uploads.

    The files of a picture are below `folder`/<id of its owner>, and `owner_id` is the column of ids of existing owners.
    `rivals` is the condition of the pictures of which only the newest is kept, None where all are kept.
    """

    table: type[Picture]
    folder: str
    owner_id: InstrumentedAttribute[uuid.UUID]
    sizes: Callable[[Picture], PictureSizes]
    rivals: Callable[[Picture], ColumnElement[bool] | None]
    on_finished: Callable[[Picture], None] = lambda picture: None

    def add(self, picture: Picture, source: IO[bytes]) -> None:
        """Store a new picture, which the worker makes of the upload; a finished rival stays until then.

        Raise StorageFull if there is no room for the upload.
        """
        self.remove_unfinished(picture)
        picture.upload = storage.save_upload(source)
        db.session.add(picture)
        db.session.flush()
        enqueue("media.process_picture", table=_name(self.table), picture_id=picture.id, upload=picture.upload)

    def remove_unfinished(self, picture: Picture) -> None:
        """Remove the rivals of a picture that wait to be read or could not be read."""
        for rival in self._rivals_of(picture):
            if rival.widths is None:
                remove_picture(rival)

    def finish(self, picture_id: uuid.UUID, upload: str, result: Sequence[Rendition] | str) -> None:
        """Store the sizes of a decoded picture, or the reason why there are none, and remove older rivals.

        Raise NotFound if the picture has been deleted or finished already.
        """
        picture = scalar_or_404(
            select(self.table)
            .where(self.table.id == picture_id, self.table.upload == upload)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        picture.upload = None
        if isinstance(result, str):
            picture.reason = result
        else:
            picture.widths, picture.height = [rendition.width for rendition in result], result[0].height
        storage.delete_after_commit(upload)
        if picture.widths:
            self._replace_rivals(picture)

    def existing_owners(self, ids: Sequence[uuid.UUID]) -> Sequence[uuid.UUID]:
        """Return those of the ids that an owner still has."""
        return db.session.scalars(select(self.owner_id).where(self.owner_id.in_(ids))).all()

    def _replace_rivals(self, picture: Any) -> None:
        rivals: list[Any] = [rival for rival in self._rivals_of(picture) if rival.id != picture.id]
        if any(rival.widths and rival.created_at > picture.created_at for rival in rivals):
            remove_picture(picture)
            return
        for rival in rivals:
            if rival.created_at < picture.created_at:
                remove_picture(rival)
        self.on_finished(picture)

    def _rivals_of(self, picture: Picture) -> Sequence[Picture]:
        condition = self.rivals(picture)
        return db.session.scalars(select(self.table).where(condition)).all() if condition is not None else ()


def register_pictures(pipeline: PicturePipeline[Picture]) -> PicturePipeline[Picture]:
    """Register a table of pictures for the jobs."""
    _pipelines[_name(pipeline.table)] = pipeline
    register_uploads(pipeline.table)
    return pipeline


def register_uploads(table: type[Any]) -> None:
    """Make `sweep_files` give up on old uploads of a table with the columns `upload` and `reason` and `Changing`."""
    _upload_tables.append(table)


def remove_picture(picture: PictureMixin) -> None:
    """Delete a picture and its files."""
    if picture.upload:
        storage.delete_after_commit(picture.upload)
    storage.delete_after_commit(picture.folder)
    db.session.delete(picture)


def store_renditions(upload: str, folder: str, sizes: PictureSizes) -> list[Rendition] | str:
    """Decode an upload and store its renditions in a folder; return them, or the reason why there are none."""
    try:
        renditions = decode_picture(storage.open_file(upload).stream, sizes.widths, sizes.ratio)
    except FileNotFoundError:
        return "failed"
    except UnreadableImage as error:
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
    result = store_renditions(upload, folder, sizes)
    try:
        pipeline.finish(picture_id, upload, result)
    except NotFound:
        picture = db.session.get(pipeline.table, picture_id, populate_existing=True)
        if picture is None or picture.widths is None:  # otherwise another worker was quicker: the files are in use
            storage.delete_now(folder)
    db.session.commit()


@job("media.sweep_files", every=timedelta(hours=6), lease=timedelta(minutes=30))
def sweep_files() -> None:
    """Give up on old uploads, so that people can try again, and delete files of deleted owners."""
    now = clock.now()
    for table in _upload_tables:
        db.session.execute(
            update(table)
            .where(table.upload.is_not(None), table.updated_at < now - READ_WITHIN)
            .values(upload=None, reason="failed", version=table.version + 1, updated_at=now)
            .execution_options(synchronize_session=False)
        )
    db.session.commit()
    storage.delete_strays(storage.UPLOADS, now, lambda names: set())
    for pipeline in _pipelines.values():
        storage.delete_orphans(pipeline.folder, now, pipeline.existing_owners)


def _name(table: Any) -> str:
    return str(table.__tablename__)
