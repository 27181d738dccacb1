"""Background work for watches."""

import logging
import uuid
from datetime import timedelta

from hampa.platform import clock, jobs
from hampa.platform.db import db
from hampa.platform.jobs import Stopping, job
from hampa.safety import actions, queries

KEEP = timedelta(days=90)

log = logging.getLogger(__name__)


@jobs.register_poller
def advance_due_watches(name: str, stopping: Stopping) -> int:
    """Take each step that is due in a transaction of its own, and return how many were taken.

    There are no jobs for them, so that nobody waits for a lease when a worker dies: its transaction is rolled back and
    the step is due as before. A step that fails is left to the next poll and does not stop the others.
    """
    taken = 0
    failed: list[uuid.UUID] = []
    while name == jobs.URGENT and not stopping():
        watch = queries.next_due_watch(failed)
        if watch is None:
            db.session.rollback()
            break
        watch_id = watch.id
        try:
            actions.advance_watch(watch)
            db.session.commit()
            taken += 1
        except Exception:
            log.exception("the step of watch %s failed", watch_id)
            db.session.rollback()
            failed.append(watch_id)
    return taken


@job("safety.forget_watches", every=timedelta(days=1))
def forget_watches() -> None:
    """Delete the watches that ended some months ago."""
    actions.forget_watches(clock.now() - KEEP)
    db.session.commit()
