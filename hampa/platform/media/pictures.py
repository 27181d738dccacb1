"""What all tables of uploaded pictures have in common; `pipeline` turns their uploads into pictures."""

from __future__ import annotations

import uuid
from typing import Any, TypeVar

from sqlalchemy import ARRAY, CheckConstraint, ColumnElement, Integer, select
from sqlalchemy.orm import Mapped, mapped_column

from hampa.platform.db import db, one_of
from hampa.platform.media.images import REASONS


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
