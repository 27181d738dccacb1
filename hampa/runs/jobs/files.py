"""The slow half of giving a run pictures, and tidying up behind files."""

from __future__ import annotations

import uuid
from datetime import timedelta

from hampa.platform import clock, pictures
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.jobs import job
from hampa.runs.actions import files
from hampa.runs.actions.pictures import finish_picture
from hampa.runs.models.picture import COVER, RunPicture

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


@job("runs.sweep_files", every=timedelta(hours=6), lease=timedelta(minutes=30))
def sweep_files() -> None:
    """Delete files that belong to nothing any more, and let go of uploads that nobody could read."""
    files.give_up_on_old_uploads(clock.now())
    db.session.commit()
    files.delete_strays(clock.now())
