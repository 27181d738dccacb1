"""What operators see of jobs, and do about those that failed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select, tuple_

from hampa.platform import redis
from hampa.platform.db import db
from hampa.platform.errors import Conflict, NotFound
from hampa.platform.jobs import engine
from hampa.platform.jobs.engine import HandedJob
from hampa.platform.jobs.enqueueing import hand_over_after_commit
from hampa.platform.jobs.leases import db_now
from hampa.platform.jobs.models import Job

STATUSES = ("waiting", "running", "done", "failed")


class JobRow(NamedTuple):
    """One line of a list of jobs."""

    id: uuid.UUID
    name: str
    status: str
    attempts: int
    due_at: datetime
    updated_at: datetime
    last_error: str | None


def latest_jobs(
    status: str | None = None, after: tuple[datetime, uuid.UUID] | None = None, limit: int = 50
) -> Sequence[JobRow]:
    """Return jobs, those that changed last first; `after` is the key (updated_at, id) of the last one seen."""
    columns = (getattr(Job, name) for name in JobRow._fields)
    statement = select(*columns).order_by(Job.updated_at.desc(), Job.id.desc()).limit(limit)
    if status is not None:
        statement = statement.where(Job.status == status)
    if after is not None:
        statement = statement.where(tuple_(Job.updated_at, Job.id) < tuple_(*after))
    return [JobRow(*row) for row in db.session.execute(statement)]


def job_counts() -> dict[str, int]:
    """Return how many jobs of each status there are."""
    rows = db.session.execute(select(Job.status, func.count()).group_by(Job.status))
    return {status: number for status, number in rows}  # noqa: C416 - rows are no pairs for the type checker


def retry_job(job_id: uuid.UUID) -> None:
    """Run a failed job again, from its first try. Raise `NotFound` or, when the job has not failed, `Conflict`."""
    job = _failed_job(job_id)
    job.status, job.attempts, job.due_at, job.last_error = "waiting", 0, db_now(), None
    _forget_in_rq(job_id)
    hand_over_after_commit(job.queue, HandedJob(job.id, job.name, job.args))


def drop_job(job_id: uuid.UUID) -> None:
    """Delete a failed job. Raise `NotFound` or, when the job has not failed, `Conflict`."""
    db.session.delete(_failed_job(job_id))
    _forget_in_rq(job_id)


def _failed_job(job_id: uuid.UUID) -> Job:
    job = db.session.get(Job, job_id, with_for_update=True)
    if job is None:
        raise NotFound("There is no such job.")
    if job.status != "failed":
        raise Conflict(f"It is {job.status}: only failed jobs are run again or dropped.")
    return job


def _forget_in_rq(job_id: uuid.UUID) -> None:
    redis.quietly(lambda client: engine.forget(client, job_id), otherwise=None)
