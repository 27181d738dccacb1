"""Jobs that come round, among them the tidying of the table of jobs."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select

from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs.enqueueing import enqueue
from hampa.platform.jobs.models import Job
from hampa.platform.jobs.registry import job, job_definitions

KEEP_DONE = timedelta(days=3)
KEEP_FAILED = timedelta(days=30)
DELETED_AT_ONCE = 5_000


def enqueue_periodic(enqueued: dict[str, int]) -> None:
    """Enqueue each periodic job once for the present period, and commit.

    The job's key names the period, so that any number of workers enqueue it once. `enqueued` is the caller's memory of
    what it has enqueued, which saves statements.
    """
    for definition in job_definitions():
        if definition.every is None:
            continue
        period = int(clock.now().timestamp() // definition.every.total_seconds())
        if enqueued.get(definition.name) != period:
            enqueue(definition.name, key=f"{definition.name}@{period}")
            db.session.commit()
            enqueued[definition.name] = period


@job("queue.forget_jobs", every=timedelta(hours=1))
def delete_old_jobs() -> None:
    """Delete jobs that ended some days ago, some thousands at a time."""
    for status, keep in (("done", KEEP_DONE), ("failed", KEEP_FAILED)):
        old = select(Job.id).where(Job.status == status, Job.updated_at < clock.now() - keep).limit(DELETED_AT_ONCE)
        db.session.execute(delete(Job).where(Job.id.in_(old)), execution_options={"synchronize_session": False})
    db.session.commit()
