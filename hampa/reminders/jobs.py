"""Reminders of runs, sent the evening before and two hours before."""

from datetime import timedelta

from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import job
from hampa.reminders import actions, queries
from hampa.runs.models.run import Run

KEEP = timedelta(days=14)
"""Far longer than a reminder could be due again."""


@job("runs.remind", every=timedelta(minutes=1))
def remind() -> None:
    """Send the reminders that are due now.

    Nothing is planned ahead: participants, settings and start are read at the moment itself, so that a moved start, a
    cancelled run or a changed mind needs no further code.
    """
    for reminder in queries.due_reminders():
        run = db.session.get(Run, reminder.run_id)
        # The reminders before this one took their time: the run may have been moved or cancelled meanwhile.
        if run is not None and run.cancelled_at is None and run.starts_at == reminder.starts_at:
            actions.remind(run, reminder)
        db.session.commit()


@job("runs.forget_reminders", every=timedelta(days=1))
def delete_old_reminders() -> None:
    """Delete reminders whose runs are over."""
    actions.delete_reminders(clock.now() - KEEP)
    db.session.commit()
