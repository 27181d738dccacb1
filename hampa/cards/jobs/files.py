"""The slow half of giving a card a picture, and tidying up behind files."""

from __future__ import annotations

import uuid
from datetime import timedelta

from hampa.cards.actions import pictures as actions
from hampa.cards.models.picture import CardPicture
from hampa.platform import clock, pictures
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.jobs import job

WIDTHS = (1280, 640, 320)
RATIO = 1.6


@job("cards.read_picture", lease=timedelta(minutes=5))
def read_picture(picture_id: uuid.UUID, upload: str) -> None:
    """Make a picture of what somebody sent, or write down why not."""
    picture = pictures.waiting(CardPicture, picture_id, upload)
    if picture is None:
        return
    folder = picture.folder
    db.session.commit()  # no connection is held while it is decoded
    made = pictures.make(upload, folder, WIDTHS, RATIO)
    try:
        actions.finish_picture(picture_id, upload, made)
    except NotFound:  # it was taken away meanwhile, or another worker was quicker
        pictures.throw_away(CardPicture, picture_id, folder)
    db.session.commit()


@job("cards.sweep_files", every=timedelta(hours=6), lease=timedelta(minutes=30))
def sweep_files() -> None:
    """Delete files that belong to no card any more, and let go of uploads that nobody could read."""
    actions.give_up_on_old_uploads(clock.now())
    db.session.commit()
    actions.delete_strays(clock.now())
