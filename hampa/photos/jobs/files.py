"""Making the pictures of runs from uploads."""

from __future__ import annotations

import uuid
from datetime import timedelta

from hampa.photos.actions import finish_picture
from hampa.photos.models import COVER, RunPicture
from hampa.platform import clock, pictures
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.queue import job

WIDTHS = {COVER: (1600, 960, 480), "photo": (1600, 400)}
COVER_RATIO = 2.0


@job("runs.read_picture", lease=timedelta(minutes=5))
def read_picture(picture_id: uuid.UUID, upload: str) -> None:
    """Make a picture of what somebody sent, or write down why not."""
    picture = pictures.waiting(RunPicture, picture_id, upload)
    if picture is None:
        return
    kind, folder = picture.kind, picture.folder
    db.session.commit()  # no connection is held while it is decoded
    made = pictures.make(upload, folder, WIDTHS[kind], COVER_RATIO if kind == COVER else None)
    try:
        finish_picture(picture_id, upload, made)
    except NotFound:  # it was taken away meanwhile, or another worker was quicker
        pictures.throw_away(RunPicture, picture_id, folder)
    db.session.commit()


@job("photos.give_up_uploads", every=timedelta(hours=6))
def give_up_uploads() -> None:
    """Mark uploads that wait for too long as failed, so that people can try again."""
    pictures.give_up(RunPicture, clock.now())
    db.session.commit()
