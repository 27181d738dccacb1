"""Background work for watches."""

from datetime import timedelta

from hampa.platform import clock, jobs
from hampa.platform.db import db
from hampa.platform.jobs import Stopping, job
from hampa.safety import actions, queries

KEEP = timedelta(days=90)


@jobs.register_poller
def advance_due_watches(name: str, stopping: Stopping) -> int:
    """Take each step that is due in a transaction of its own, and return how many were taken."""
    return jobs.take_due_steps(name, stopping, queries.next_due_watch, actions.advance_watch)


@job("safety.forget_watches", every=timedelta(days=1))
def forget_watches() -> None:
    """Delete the watches that ended some months ago."""
    actions.forget_watches(clock.now() - KEEP)
    db.session.commit()
