"""Pictures that people give: rows of any table that is `Pictured`, and their files.

A picture is given, read by the worker, and then there, or refused for a reason. The feature whose table it is has the
job, and says who may give, see and remove one; what lies between stands here once:

    upload = give(picture, stream)                     the action, which defers the feature's job with both
    picture = waiting(Table, picture_id, upload)       the job, which ends its transaction then
    made = make(upload, folder, widths)                the job: decodes, and keeps the files
    finish(Table, picture_id, upload, made)            the action that the job calls then
    throw_away(Table, picture_id, folder)              the job, where that finds nothing to finish
    remove(picture)
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import IO, Any, TypeVar

from sqlalchemy import ARRAY, CheckConstraint, Integer, select, update
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform import clock, images, storage
from hampa.platform.db import db, one_of
from hampa.platform.errors import NotFound
from hampa.platform.images import REASONS, Rendition

READ_WITHIN = timedelta(hours=6)
"""An upload that nobody has read by then is never read: its job has failed each time."""

Table = TypeVar("Table", bound="Pictured")


class Pictured:
    """What a table of pictures has beside `Record` and `Changing`, with `one_state()` among its constraints.

    `upload` names the file that waits to be read, None once that is done; then either `reason` says why no picture
    could be made of it, or there is a WebP for each of `widths`, the largest first, and `height` is that of the
    largest.
    """

    id: Mapped[uuid.UUID]
    upload: Mapped[str | None]
    reason: Mapped[str | None]
    widths: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    height: Mapped[int | None]

    @property
    def folder(self) -> str:
        """Where its files are, and nothing else is."""
        raise NotImplementedError


def one_state() -> tuple[CheckConstraint, ...]:
    """The constraints of a table of pictures."""
    return (
        CheckConstraint(one_of("reason", REASONS), name="reason"),
        CheckConstraint("(widths IS NULL) = (height IS NULL)", name="size"),
        CheckConstraint("num_nonnulls(upload, reason, widths) = 1", name="one_state"),
    )


def give(picture: Pictured, source: IO[bytes]) -> str:
    """Add a new picture, for the worker to make of what was sent; the name of the upload. Raises `storage.Full`."""
    picture.upload = storage.keep_upload(source)
    db.session.add(picture)
    db.session.flush()
    return picture.upload


def waiting(table: type[Table], picture_id: uuid.UUID, upload: str) -> Table | None:
    """The picture, if this upload is still to be read."""
    picture = db.session.get(table, picture_id)
    return picture if picture is not None and picture.upload == upload else None


def make(upload: str, folder: str, widths: Sequence[int], ratio: float | None = None) -> list[Rendition] | str:
    """Decode an upload and keep its renditions in a folder; or the reason why there are none."""
    try:
        made = images.renditions(storage.open_file(upload).stream, widths, ratio)
    except FileNotFoundError:
        return "failed"
    except images.UnreadableImage as refused:
        return refused.reason
    for rendition in made:
        storage.put(f"{folder}/{rendition.width}.webp", rendition.content)
    return made


def finish(table: type[Table], picture_id: uuid.UUID, upload: str, made: Sequence[Rendition] | str) -> Table:
    """Write down what was made of an upload, or why nothing could be. Raises NotFound when the picture is gone."""
    picture = db.session.scalar(
        select(table)
        .where(table.id == picture_id, table.upload == upload)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if picture is None:
        raise NotFound
    picture.upload = None
    if isinstance(made, str):
        picture.reason = made
    else:
        picture.widths, picture.height = [one.width for one in made], made[0].height
    storage.forget(upload)
    return picture


def throw_away(table: type[Table], picture_id: uuid.UUID, folder: str) -> None:
    """Delete what was made of an upload that nobody waits for any more, unless another worker has made the picture of it."""
    picture = db.session.get(table, picture_id, populate_existing=True)
    if picture is None or picture.widths is None:
        storage.delete_now(folder)


def give_up(table: type[Table], now: datetime) -> None:
    """Say of what has waited for longer than `READ_WITHIN` that it could not be read, so that its people can try again."""
    changing: Any = table
    db.session.execute(
        update(table)
        .where(table.upload.is_not(None), changing.updated_at < now - READ_WITHIN)
        .values(upload=None, reason="failed", version=changing.version + 1, updated_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def remove(picture: Pictured) -> None:
    """Delete a picture and its files."""
    if picture.upload:
        storage.forget(picture.upload)
    storage.forget(picture.folder)
    db.session.delete(picture)
