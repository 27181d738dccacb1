"""What moderation needs to know of photos: how one is seen, and how it is taken away."""

from __future__ import annotations

import uuid

from hampa.moderation.subjects import Seen, subject
from hampa.people.models.person import Person
from hampa.people.queries.blocks import are_hidden
from hampa.photos.actions import remove_photo
from hampa.photos.models import PHOTO, RunPicture
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.jobs import enqueue, job
from hampa.runs.queries import runs


@subject("photo", remove=lambda found: enqueue("runs.remove_reported_photo", subject_id=found))
def seen_photo(person: Person, picture_id: uuid.UUID) -> Seen:
    """A photo of a run that this person may see."""
    picture = db.session.get(RunPicture, picture_id)
    if picture is None or picture.kind != PHOTO or are_hidden(person.id, picture.person_id):
        raise NotFound
    run = runs.run_for(person, picture.run_id)
    return Seen(picture.person_id, run.title, f"/runs/{run.id}/photos", {"picture": str(picture.id)})


@job("runs.remove_reported_photo")
def remove_reported_photo(subject_id: uuid.UUID) -> None:
    """Take a photo away, with its files."""
    picture = db.session.get(RunPicture, subject_id)
    if picture is not None:
        remove_photo(db.session.get_one(Person, picture.person_id), picture.run_id, picture.id)
    db.session.commit()
