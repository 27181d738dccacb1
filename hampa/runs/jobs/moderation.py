"""What moderation needs to know of runs: how a run is seen, and how it is taken away."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from hampa.moderation.subjects import Seen, subject
from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.jobs import enqueue, job
from hampa.platform.locale.i18n import gettext as _, use_locale
from hampa.runs.actions.plan import mark_cancelled
from hampa.runs.actions.snapshots import invalidate_listing
from hampa.runs.models.run import Run
from hampa.runs.queries import runs


@subject("run", remove=lambda found: enqueue("runs.remove_reported_run", subject_id=found))
def seen_run(person: Person, run_id: uuid.UUID) -> Seen:
    """A run that this person may see."""
    run = runs.run_for(person, run_id)
    says = {"place": run.place, "description": run.description}
    return Seen(run.organiser_id, run.title, f"/runs/{run.id}", says)


@job("runs.remove_reported_run")
def remove_run(subject_id: uuid.UUID) -> None:
    """Take a run out of all lists and call it off; who takes part is told. Twice is once."""
    _take_down(subject_id, cancel=True)
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
        run = runs.locked_run(run_id)
    except NotFound:
        return
    run.visibility = "link"
    if cancel and run.cancelled_at is None and run.starts_at > clock.now():
        organiser = db.session.get_one(Person, run.organiser_id)
        with use_locale(organiser.locale, organiser.timezone, organiser.calendar, organiser.units):
            mark_cancelled(run, _("The people who run this place called it off."))
        enqueue("runs.tell_cancelled", run_id=run.id)
    invalidate_listing()
