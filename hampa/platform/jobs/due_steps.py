"""Steps that are due at a moment: one after another, each in a transaction of its own."""

import logging
import uuid
from collections.abc import Callable, Collection
from typing import Any, Protocol, TypeVar

from hampa.platform.db import db
from hampa.platform.jobs.models import URGENT
from hampa.platform.jobs.registry import Stopping

log = logging.getLogger(__name__)


class Stepped(Protocol):
    """A row that has steps."""

    id: Any


Row = TypeVar("Row", bound=Stepped)


def take_due_steps(
    queue: str,
    stopping: Stopping,
    next_due: Callable[[Collection[uuid.UUID]], Row | None],
    take: Callable[[Row], object],
) -> int:
    """Take the steps of all rows that are due, for a poller of the urgent queue, and return how many were taken.

    `next_due` returns a locked row, except those that failed, and `take` does its step. There are no jobs for them, so
    that nobody waits for a lease when a worker dies: its transaction is rolled back and the step is due as before. A step
    that fails is left to the next poll and does not stop the others.
    """
    taken = 0
    failed: list[uuid.UUID] = []
    while queue == URGENT and not stopping():
        row = next_due(failed)
        if row is None:
            db.session.rollback()
            break
        row_id = row.id
        try:
            take(row)
            db.session.commit()
            taken += 1
        except Exception:
            log.exception("the step of %s %s failed", type(row).__name__, row_id)
            db.session.rollback()
            failed.append(row_id)
    return taken
