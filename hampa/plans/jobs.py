"""Jobs that notify people of changes and cancellations, and runs as a subject of moderation."""

import uuid
from typing import Any

from sqlalchemy import Select, select

from hampa.moderation.subjects import SubjectSnapshot, subject
from hampa.notifications.actions.notifying import notify
from hampa.notifications.models import APP_ONLY, CHANNELS, Channel
from hampa.people.models import Person
from hampa.plans.actions import URGENT_CHANGES, mark_cancelled
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.jobs import enqueue, job
from hampa.platform.locale.i18n import gettext as _, use_locale
from hampa.runs.actions.listing import invalidate_listing
from hampa.runs.models.participation import INTERESTED, WANTS_TO_GO
from hampa.runs.models.run import Run
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organiser_ids
from hampa.runs.queries.people import participant_ids
from hampa.runs.queries.snapshots import personal_link_ids, run_snapshot


@job("runs.tell_changed")
def notify_changed(
    run_id: uuid.UUID, sequence: int, changed: list[str], by: uuid.UUID | None = None, beside: str = ""
) -> None:
    """Notify participants and organisers of the changed columns of a run, unless it is cancelled meanwhile.

    `by` is the person who changed it. `beside` names a change that does not count as an edit (`sequence`).
    """
    run = runs.existing_run(run_id)
    if run is not None and run.cancelled_at is None:
        for people, channels in _recipients(run.id, urgent=not URGENT_CHANGES.isdisjoint(changed)):
            notify(
                people,
                "run_changed",
                actor_id=by or run.organiser_id,
                subject_id=run.id,
                data={**run_snapshot(run), "changes": changed},
                event=f"{run.id}:{beside or sequence}",
                channels=channels,
                expires_at=run.ends_at,
                personal_sms_data=personal_link_ids(run),
            )
    db.session.commit()


@job("runs.tell_cancelled")
def notify_cancelled(run_id: uuid.UUID, by: uuid.UUID | None = None) -> None:
    """Notify participants and organisers that a run is cancelled; `by` is the person who cancelled it."""
    run = runs.existing_run(run_id)
    if run is not None:
        for people, channels in _recipients(run.id, urgent=True):
            notify(
                people,
                "run_cancelled",
                actor_id=by or run.organiser_id,
                subject_id=run.id,
                data=run_snapshot(run),
                event=run.id,
                channels=channels,
                expires_at=run.ends_at,
            )
    db.session.commit()


def _recipients(run_id: uuid.UUID, *, urgent: bool) -> list[tuple[Select[Any], tuple[Channel, ...]]]:
    """Return everybody in the run with their channels: the app, and SMS too for people who want to go if urgent."""
    return [
        (participant_ids(run_id, *WANTS_TO_GO), CHANNELS if urgent else APP_ONLY),
        (participant_ids(run_id, INTERESTED), APP_ONLY),
        (organiser_ids(run_id), APP_ONLY),
    ]


@subject("run", remove=lambda run_id: enqueue("runs.remove_reported_run", subject_id=run_id))
def reported_run(person: Person, run_id: uuid.UUID) -> SubjectSnapshot:
    """Return a run as moderation shows it, if this person may see it."""
    run = runs.run_for(person, run_id)
    texts = {"place": run.place, "description": run.description}
    return SubjectSnapshot(run.organiser_id, run.title, f"/runs/{run.id}", texts)


@job("runs.remove_reported_run")
def remove_reported_run(subject_id: uuid.UUID) -> None:
    """Take a run out of all lists, cancel it and notify its participants."""
    _hide_run(subject_id, cancel=True)
    db.session.commit()


@job("runs.hide_runs_of")
def hide_runs_of(person_id: uuid.UUID, cancel: bool) -> None:
    """Take the upcoming runs of a suspended person out of all lists, and with `cancel` cancel them too.

    Each run has a transaction of its own, as in `reindex_organiser_runs`.
    """
    upcoming = select(Run.id).where(
        Run.organiser_id == person_id, Run.cancelled_at.is_(None), Run.starts_at > clock.now()
    )
    for run_id in db.session.scalars(upcoming.order_by(Run.starts_at)).all():
        _hide_run(run_id, cancel=cancel)
        db.session.commit()


def _hide_run(run_id: uuid.UUID, *, cancel: bool) -> None:
    try:
        run = runs.locked_run(run_id)
    except NotFound:
        return
    run.visibility = "link"
    if cancel and run.cancelled_at is None and run.starts_at > clock.now():
        organiser = db.session.get_one(Person, run.organiser_id)
        with use_locale(organiser.locale, organiser.timezone, organiser.calendar, organiser.units):
            mark_cancelled(run, _("The operators of this site cancelled it."))
        enqueue("runs.tell_cancelled", run_id=run.id)
    invalidate_listing()
