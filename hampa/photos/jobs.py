"""Reports of photos: how a moderator sees a photo and removes it."""

import uuid

from sqlalchemy import select

from hampa.moderation.subjects import SubjectSnapshot, subject
from hampa.people.models import Person
from hampa.people.queries import is_visible_to
from hampa.photos.models import PHOTO, RunPicture
from hampa.platform.db import db, scalar_or_404
from hampa.platform.jobs import enqueue, job
from hampa.platform.media.pictures import remove_picture
from hampa.runs.queries import runs


@subject("photo", remove=lambda picture_id: enqueue("runs.remove_reported_photo", subject_id=picture_id))
def reportable_photo(person: Person, picture_id: uuid.UUID) -> SubjectSnapshot:
    """Return the photo as a subject of a report. Raise NotFound if the person may not see it."""
    visible = is_visible_to(person, RunPicture.person_id)
    picture = scalar_or_404(select(RunPicture).where(RunPicture.id == picture_id, RunPicture.kind == PHOTO, visible))
    run = runs.run_for(person, picture.run_id)
    return SubjectSnapshot(picture.person_id, run.title, f"/runs/{run.id}/photos", {"picture": str(picture.id)})


@job("runs.remove_reported_photo")
def remove_reported_photo(subject_id: uuid.UUID) -> None:
    """Delete a reported photo and its files."""
    picture = db.session.get(RunPicture, subject_id)
    if picture is not None:
        remove_picture(picture)
    db.session.commit()
