"""Jobs of training: timers that were forgotten."""

from datetime import timedelta

from hampa.platform.db import db
from hampa.platform.jobs import job, renew_lease
from hampa.training.actions.watching import ask_about_timers, stop_forgotten_timers


@job("training.watch_timers", every=timedelta(minutes=10), lease=timedelta(minutes=5))
def watch_timers() -> None:
    """Ask about timers that have run for hours, and stop those that have run for a day, some at a time."""
    while ask_about_timers() + stop_forgotten_timers():
        renew_lease()
        db.session.commit()
    db.session.commit()
