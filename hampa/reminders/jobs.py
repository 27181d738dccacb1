"""Reminding those who go, the evening before and two hours before."""

from __future__ import annotations

from datetime import timedelta

from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import job
from hampa.reminders import actions, queries
from hampa.runs.models.run import Run

KEEP = timedelta(days=14)
"""Far longer than any reminder could be due again."""


@job("runs.remind", every=timedelta(minutes=1))
def remind() -> None:
    """Remind whoever is to be reminded now.

    Nothing is planned ahead: who goes, who wants it and when the run starts is asked at the moment itself, so that a
    moved start, a cancelled run or a changed mind need nothing done about them.
    """
    for due in queries.due():
        run = db.session.get(Run, due.run_id)
        # The rounds before this one took their time: the run may have been moved or called off meanwhile.
        if run is not None and run.cancelled_at is None and run.starts_at == due.starts_at:
            actions.remind(run, due)
        db.session.commit()


@job("runs.forget_reminders", every=timedelta(days=1))
def forget_reminders() -> None:
    """Delete the notes of reminders whose runs are over."""
    actions.forget_reminders(clock.now() - KEEP)
    db.session.commit()
