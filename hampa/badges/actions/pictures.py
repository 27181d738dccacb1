"""Uploaded pictures of badges."""

import uuid
from typing import IO

from sqlalchemy import select, update

from hampa.badges.models import PICTURE_WIDTHS, Badge, BadgePicture
from hampa.badges.queries.badges import managed_badge
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import TooFast
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.media.pictures import PicturePipeline, PictureSizes, register_pictures, remove_picture

PICTURES_A_DAY = 20
SIZES = PictureSizes(PICTURE_WIDTHS, ratio=1.0, fill=True)


def add_picture(person: Person, badge_id: uuid.UUID, source: IO[bytes]) -> uuid.UUID:
    """Add a picture, which the worker processes, and return its id; the one before stays until then.

    Raise Forbidden, NotFound, TooFast and `storage.StorageFull`.
    """
    badge = managed_badge(person, badge_id)
    limit(person, "badges.picture", PICTURES_A_DAY, per="day", error=_too_many)
    picture = BadgePicture(badge_id=badge.id)
    pipeline.add(picture, source)
    return picture.id


def remove_pictures(person: Person, badge_id: uuid.UUID) -> None:
    """Show the drawing of a badge again. Raise Forbidden and NotFound."""
    drop_pictures(managed_badge(person, badge_id).id)


def drop_pictures(badge_id: uuid.UUID) -> None:
    """Delete the pictures of a badge with their files."""
    pictures = db.session.scalars(select(BadgePicture).where(BadgePicture.badge_id == badge_id)).all()
    for picture in pictures:
        remove_picture(picture)
    if pictures:
        _show(badge_id, None)


def _show(badge_id: uuid.UUID, picture: str | None) -> None:
    values = {"picture": picture, "version": Badge.version + 1, "updated_at": clock.now()}
    statement = update(Badge).where(Badge.id == badge_id).values(values)
    db.session.execute(statement.execution_options(synchronize_session=False))


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("You've sent a lot of pictures today. Try again tomorrow."), seconds, "picture")


pipeline = register_pictures(
    PicturePipeline(
        table=BadgePicture,
        folder="badges",
        owner_id=Badge.id,
        sizes=lambda picture: SIZES,
        rivals=lambda picture: BadgePicture.badge_id == picture.badge_id,
        on_finished=lambda picture: _show(picture.badge_id, str(picture.id)),
    )
)
