"""Jobs of training: timers that were forgotten, and gear that is worn out."""

from datetime import timedelta

from hampa.platform.db import db
from hampa.platform.jobs import job, renew_lease
from hampa.training.actions.gear import warn_of_worn_gear
from hampa.training.actions.watching import ask_about_timers, stop_forgotten_timers


@job("training.watch_timers", every=timedelta(minutes=10), lease=timedelta(minutes=5))
def watch_timers() -> None:
    """Ask about timers that have run for hours, and stop those that have run for a day, some at a time."""
    while ask_about_timers() + stop_forgotten_timers():
        renew_lease()
        db.session.commit()
    db.session.commit()


@job("training.watch_gear", every=timedelta(minutes=10), lease=timedelta(minutes=5))
def watch_gear() -> None:
    """Tell of gear that has come further than its limit, some at a time."""
    while warn_of_worn_gear():
        renew_lease()
        db.session.commit()
    db.session.commit()
