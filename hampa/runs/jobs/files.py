"""The slow half of giving a run pictures, and tidying up behind files."""

from __future__ import annotations

import uuid
from datetime import timedelta

from hampa.platform import clock, images, storage
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.queue import job
from hampa.runs.actions import files, pictures
from hampa.runs.models.picture import COVER, RunPicture

WIDTHS = {COVER: (1600, 960, 480), "photo": (1600, 400)}
COVER_RATIO = 2.0


@job("runs.read_picture", lease=timedelta(minutes=5))
def read_picture(picture_id: uuid.UUID, upload: str) -> None:
    """Make a picture of what somebody sent, or write down why not."""
    picture = db.session.get(RunPicture, picture_id)
    if picture is None or picture.upload != upload:
        return
    run_id, kind, folder = picture.run_id, picture.kind, picture.folder
    db.session.commit()  # no connection is held while it is decoded
    found: list[images.Rendition] | str
    try:
        ratio = COVER_RATIO if kind == COVER else None
        found = images.renditions(storage.path(upload), WIDTHS[kind], ratio)
        pictures.keep_renditions(run_id, picture_id, found)
    except images.UnreadableImage as refused:
        found = refused.reason
    try:
        pictures.finish_picture(picture_id, upload, found)
    except NotFound:  # it was taken away meanwhile
        storage.delete_now(folder)
    db.session.commit()


@job("runs.sweep_files", every=timedelta(hours=6), lease=timedelta(minutes=30))
def sweep_files() -> None:
    """Delete files that belong to nothing any more, and let go of uploads that nobody could read."""
    files.give_up_on_old_uploads(clock.now())
    db.session.commit()
    files.delete_strays(clock.now())
