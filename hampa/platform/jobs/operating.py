"""Listing jobs, running failed ones again, dropping them, and deleting old ones."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, func, select, tuple_

from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Conflict, NotFound
from hampa.platform.jobs import enqueueing
from hampa.platform.jobs.enqueueing import QueueItem, push_after_commit
from hampa.platform.jobs.leases import db_now
from hampa.platform.jobs.models import NORMAL, URGENT, Job
from hampa.platform.jobs.registry import job

STATUSES = ("waiting", "running", "done", "failed")
KEEP = {"done": timedelta(days=3), "failed": timedelta(days=30)}
DELETED_AT_ONCE = 5_000


def latest_jobs(
    status: str | None = None, after: tuple[datetime, uuid.UUID] | None = None, limit: int = 50
) -> Sequence[Job]:
    """Return jobs, the last changed first; `after` is the key (updated_at, id) of the last one seen."""
    statement = select(Job).order_by(Job.updated_at.desc(), Job.id.desc()).limit(limit)
    if status is not None:
        statement = statement.where(Job.status == status)
    if after is not None:
        statement = statement.where(tuple_(Job.updated_at, Job.id) < tuple_(*after))
    return db.session.scalars(statement).all()


def job_counts() -> dict[str, int]:
    """Return the number of jobs by status."""
    rows = db.session.execute(select(Job.status, func.count()).group_by(Job.status))
    return {status: number for status, number in rows}  # noqa: C416 - rows are no pairs for the type checker


def count_failed(most: int) -> int:
    """Return the number of failed jobs, `most` at most."""
    return db.session.scalars(select(func.count()).select_from(failed_jobs().limit(most).subquery())).one()


def failed_jobs() -> Select[Any]:
    """Return a SELECT of the failed jobs, to be counted."""
    return select(Job.id).where(Job.status == "failed")


@dataclass(frozen=True)
class QueueDepth:
    """How many jobs of a queue are due and run, and since when the oldest is due."""

    queue: str
    due: int
    running: int
    oldest: datetime | None


def queue_depths() -> list[QueueDepth]:
    """Return what waits in each queue."""
    is_due = (Job.status == "waiting") & (Job.due_at <= db_now())
    statement = (
        select(
            Job.queue,
            func.count().filter(is_due),
            func.count().filter(Job.status == "running"),
            func.min(Job.due_at).filter(is_due),
        )
        .where(Job.status.in_(("waiting", "running")))
        .group_by(Job.queue)
    )
    rows = {row[0]: row[1:] for row in db.session.execute(statement)}
    return [QueueDepth(queue, *rows.get(queue, (0, 0, None))) for queue in (URGENT, NORMAL)]


_listeners: list[Callable[..., None]] = []


def when_operated(function: Callable[..., None]) -> None:
    """Call a function with who acted, the job and `is_dropped`, in the transaction in which a failed job is changed."""
    _listeners.append(function)


def retry_job(job_id: uuid.UUID, operator: Any = None) -> None:
    """Run a failed job again, from its first try. Raise `NotFound` or, when the job has not failed, `Conflict`.

    `operator` is who says so, None at the command line.
    """
    row = _failed_job(job_id)
    for listener in _listeners:
        listener(operator, row, is_dropped=False)
    row.status, row.attempts, row.due_at, row.last_error = "waiting", 0, db_now(), None
    enqueueing.forget(job_id)
    push_after_commit(row.queue, QueueItem(row.id, row.name, row.args))


def drop_job(job_id: uuid.UUID, operator: Any = None) -> None:
    """Delete a failed job. Raise `NotFound` or, when the job has not failed, `Conflict`."""
    row = _failed_job(job_id)
    for listener in _listeners:
        listener(operator, row, is_dropped=True)
    db.session.delete(row)
    enqueueing.forget(job_id)


def _failed_job(job_id: uuid.UUID) -> Job:
    row = db.session.get(Job, job_id, with_for_update=True)
    if row is None:
        raise NotFound("There is no such job.")
    if row.status != "failed":
        raise Conflict(f"It is {row.status}: only failed jobs are run again or dropped.")
    return row


@job("queue.forget_jobs", every=timedelta(hours=1))
def delete_old_jobs() -> None:
    """Delete jobs that ended some days ago, some thousands at a time."""
    for status, keep in KEEP.items():
        old = select(Job.id).where(Job.status == status, Job.updated_at < clock.now() - keep).limit(DELETED_AT_ONCE)
        db.session.execute(delete(Job).where(Job.id.in_(old)), execution_options={"synchronize_session": False})
    db.session.commit()
