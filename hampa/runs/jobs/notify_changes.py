"""The slow half of changing and cancelling a run: telling everybody."""

from __future__ import annotations

import uuid

from sqlalchemy import Select

from hampa.notifications.actions import notify
from hampa.notifications.models import APP_AND_SMS, APP_ONLY, Channel
from hampa.platform.db import db
from hampa.platform.jobs import job
from hampa.runs.actions.snapshots import personal_links, run_snapshot
from hampa.runs.models.participation import INTERESTED, WANTS_TO_GO
from hampa.runs.queries.organisers import organiser_ids
from hampa.runs.queries.people import participant_ids
from hampa.runs.queries.runs import existing_run

MOVED = {"starts_local", "timezone", "place", "latitude", "longitude"}
"""Changes for which those who come get an SMS: they would stand elsewhere, or at another time."""


@job("runs.tell_changed")
def notify_changed(
    run_id: uuid.UUID, sequence: int, changed: list[str], by: uuid.UUID | None = None, beside: str = ""
) -> None:
    """Tell those concerned what an edit changed: by SMS where or when of who comes, else in the app; in the app the
    other organisers too. `by` is who edited it; `beside` tells a change that no edit counts from the edit itself.

    A run that is cancelled by now is told of as cancelled, not as changed.
    """
    run = existing_run(run_id)
    if run is not None and run.cancelled_at is None:
        moved = not MOVED.isdisjoint(changed)
        for people, channels in _concerned(run.id, moved):
            notify(
                people,
                "run_changed",
                actor_id=by or run.organiser_id,
                subject_id=run.id,
                data={**run_snapshot(run), "changes": changed},
                event=f"{run.id}:{beside or sequence}",
                channels=channels,
                expires_at=run.ends_at,
                personal_sms_data=personal_links(run),
            )
    db.session.commit()


@job("runs.tell_cancelled")
def notify_cancelled(run_id: uuid.UUID, by: uuid.UUID | None = None) -> None:
    """Tell all who take part that the run is called off, by SMS who would have come; and the other organisers.
    `by` is who called it off.
    """
    run = existing_run(run_id)
    if run is not None:
        for people, channels in _concerned(run.id, True):
            notify(
                people,
                "run_cancelled",
                actor_id=by or run.organiser_id,
                subject_id=run.id,
                data={**run_snapshot(run), "reason": run.cancel_reason},
                event=run.id,
                channels=channels,
                expires_at=run.ends_at,
            )
    db.session.commit()


def _concerned(run_id: uuid.UUID, urgent: bool) -> list[tuple[Select[uuid.UUID], tuple[Channel, ...]]]:
    """Whom to notify, and by which channels: those who come or want to, then who is interested or organises."""
    return [
        (participant_ids(run_id, *WANTS_TO_GO), APP_AND_SMS if urgent else APP_ONLY),
        (participant_ids(run_id, INTERESTED), APP_ONLY),
        (organiser_ids(run_id), APP_ONLY),
    ]
