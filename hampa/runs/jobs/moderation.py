"""What moderation has to know of runs, comments and photos: how they are seen, and how they are taken away."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from hampa.moderation.subjects import Seen, subject
from hampa.people.models.person import Person
from hampa.people.queries.blocks import are_hidden
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.i18n import gettext as _, speaking
from hampa.platform.jobs import enqueue, job
from hampa.runs.actions.notices import touch_listing
from hampa.runs.actions.pictures import remove_photo
from hampa.runs.actions.plan import call_off
from hampa.runs.models.comment import Comment
from hampa.runs.models.picture import PHOTO, RunPicture
from hampa.runs.models.run import Run
from hampa.runs.queries import runs


@subject("run", remove=lambda found: enqueue("runs.remove_reported_run", subject_id=found))
def seen_run(person: Person, run_id: uuid.UUID) -> Seen:
    """A run that this person may see."""
    run = runs.run_for(person, run_id)
    says = {"place": run.place, "description": run.description}
    return Seen(run.organiser_id, run.title, f"/runs/{run.id}", says)


@subject("comment", remove=lambda found: enqueue("runs.remove_reported_comment", subject_id=found))
def seen_comment(person: Person, comment_id: uuid.UUID) -> Seen:
    """A comment under a run that this person may see."""
    comment = db.session.get(Comment, comment_id)
    if comment is None or are_hidden(person.id, comment.author_id):
        raise NotFound
    run = runs.run_for(person, comment.run_id)
    return Seen(comment.author_id, run.title, f"/runs/{run.id}/comments", {"text": comment.text})


@subject("photo", remove=lambda found: enqueue("runs.remove_reported_photo", subject_id=found))
def seen_photo(person: Person, picture_id: uuid.UUID) -> Seen:
    """A photo of a run that this person may see."""
    picture = db.session.get(RunPicture, picture_id)
    if picture is None or picture.kind != PHOTO or are_hidden(person.id, picture.person_id):
        raise NotFound
    run = runs.run_for(person, picture.run_id)
    return Seen(picture.person_id, run.title, f"/runs/{run.id}/photos", {"picture": str(picture.id)})


@job("runs.remove_reported_run")
def remove_run(subject_id: uuid.UUID) -> None:
    """Take a run out of all lists and call it off; who takes part is told. Twice is once."""
    _take_down(subject_id, cancel=True)
    db.session.commit()


@job("runs.remove_reported_comment")
def remove_comment(subject_id: uuid.UUID) -> None:
    """Take a comment away for good."""
    comment = db.session.get(Comment, subject_id)
    if comment is not None:
        db.session.delete(comment)
    db.session.commit()


@job("runs.remove_reported_photo")
def remove_reported_photo(subject_id: uuid.UUID) -> None:
    """Take a photo away, with its files."""
    picture = db.session.get(RunPicture, subject_id)
    if picture is not None:
        remove_photo(db.session.get_one(Person, picture.person_id), picture.run_id, picture.id)
    db.session.commit()


@job("runs.hide_runs_of")
def hide_runs_of(person_id: uuid.UUID, cancel: bool) -> None:
    """Take the runs to come of somebody who was shut out of all lists; with `cancel` they are called off too. A run and a
    transaction at a time, as `runs.follow_organiser` does.
    """
    to_come = select(Run.id).where(
        Run.organiser_id == person_id, Run.cancelled_at.is_(None), Run.starts_at > clock.now()
    )
    for run_id in db.session.scalars(to_come.order_by(Run.starts_at)).all():
        _take_down(run_id, cancel=cancel)
        db.session.commit()


def _take_down(run_id: uuid.UUID, *, cancel: bool) -> None:
    try:
        run = runs.locked(run_id)
    except NotFound:
        return
    run.visibility = "link"
    if cancel and run.cancelled_at is None and run.starts_at > clock.now():
        organiser = db.session.get_one(Person, run.organiser_id)
        with speaking(organiser.locale, organiser.timezone, organiser.calendar, organiser.units):
            call_off(run, _("The people who run this place called it off."))
        enqueue("runs.tell_cancelled", run_id=run.id)
    touch_listing()
