"""The slow half of giving oneself a picture."""

from __future__ import annotations

import uuid
from datetime import timedelta

from hampa.platform import clock, pictures
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.jobs import job
from hampa.profile.actions import handles, pictures as actions
from hampa.profile.models.picture import WIDTHS, PersonPicture

SQUARE = 1.0


@job("profile.read_picture", lease=timedelta(minutes=5))
def read_picture(picture_id: uuid.UUID, upload: str) -> None:
    """Make a picture of what somebody sent, or write down why not."""
    picture = pictures.waiting(PersonPicture, picture_id, upload)
    if picture is None:
        return
    folder = picture.folder
    db.session.commit()  # no connection is held while it is decoded
    made = pictures.make(upload, folder, WIDTHS, SQUARE)
    if not isinstance(made, str):
        actions.keep_every_width(folder, made)
    try:
        actions.finish_picture(picture_id, upload, made)
    except NotFound:  # it was taken away meanwhile, or another worker was quicker
        pictures.throw_away(PersonPicture, picture_id, folder)
    db.session.commit()


@job("profile.sweep_files", every=timedelta(hours=6), lease=timedelta(minutes=30))
def sweep_files() -> None:
    """Delete files that are of nobody any more, and let go of uploads that nobody could read."""
    actions.give_up_on_old_uploads(clock.now())
    db.session.commit()
    actions.delete_strays(clock.now())


@job("profile.forget_rested_handles", every=timedelta(hours=6))
def forget_rested_handles() -> None:
    """Let go of the user names whose rest is over."""
    handles.forget_rested()
    db.session.commit()
