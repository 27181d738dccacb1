"""The steps towards a runner who is not home, at their time."""

from __future__ import annotations

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
def take_steps(name: str, stopping: Stopping) -> int:
    """Take each step that is due, in a transaction of its own; how many those were.

    No job is enqueued for them, so that there is no lease to wait for when a worker dies: what it began is rolled back,
    and the step is due as before. One that fails is left to the next look, and keeps nobody else's from being taken.
    """
    taken = 0
    failed: list[uuid.UUID] = []
    while name == jobs.URGENT and not stopping():
        watch = queries.next_due(failed)
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
    """Delete those that ended some months ago."""
    actions.forget_watches(clock.now() - KEEP)
    db.session.commit()
