"""Writing jobs, and handing them to RQ's queues after the commit."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from redis import Redis
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job as RQJob
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, SessionTransaction

from hampa.platform import redis
from hampa.platform.db import db
from hampa.platform.jobs.leases import db_now
from hampa.platform.jobs.models import NORMAL, Job
from hampa.platform.jobs.registry import get_job, to_json
from hampa.platform.jobs.running import WAKEUP, DurableJob

RESULT_TTL = 600
"""Seconds for which RQ's tools show a job that is done."""
FAILURE_TTL = 30 * 24 * 3600
_ENQUEUED = "hampa.jobs.enqueued"
_NOTIFIED = "hampa.jobs.notified"


class QueueItem(NamedTuple):
    """A row of `jobs` as RQ gets it; the arguments are for RQ's tools, the function is called with those of the row."""

    id: UUID
    name: str
    args: dict[str, Any]


def job_queue(name: str, client: Redis) -> Queue:
    """Return the RQ queue of the jobs of one of our queues."""
    return _queue(redis.key(name), client)


def wakeup_queue(name: str, client: Redis) -> Queue:
    """Return the RQ queue that carries the wake-ups of one of our queues."""
    return _queue(redis.key(f"wakeup-{name}"), client)


@lru_cache(maxsize=64)
def _queue(full_name: str, client: Redis) -> Queue:
    # Cached, since each new one asks Redis for its version.
    return Queue(full_name, connection=client, job_class=DurableJob)


def enqueue_wakeup(name: str, client: Redis) -> None:
    """Enqueue a wake-up unless one waits already, which will see all that is committed by now."""
    queue = wakeup_queue(name, client)
    if queue.count == 0:
        # -1: pollers limit their own time, and must not be interrupted between a gateway's answer and our commit.
        queue.enqueue(WAKEUP, name, job_timeout=-1, result_ttl=0, failure_ttl=3600, description=f"wake-up {name}")


def push(name: str, client: Redis, items: Iterable[QueueItem]) -> None:
    """Enqueue jobs in the RQ queue of one of our queues, except those that have no definition."""
    data = [
        Queue.prepare_data(
            definition.path,
            kwargs=item.args,
            timeout=int(definition.timeout.total_seconds()),
            result_ttl=RESULT_TTL,
            failure_ttl=FAILURE_TTL,
            description=f"{item.name}({', '.join(f'{key}={value!r}' for key, value in item.args.items())})",
            job_id=str(item.id),
        )
        for item in items
        if (definition := get_job(item.name)) is not None
    ]
    if data:
        job_queue(name, client).enqueue_many(data)


def forget(*job_ids: UUID) -> None:
    """Delete the jobs from RQ, if Redis is there."""
    redis.quietly(lambda client: _forget(client, [str(job_id) for job_id in job_ids]), otherwise=None)


def _forget(client: Redis, job_ids: list[str]) -> None:
    with client.pipeline(transaction=False) as pipeline:
        for job_id in job_ids:
            pipeline.exists(RQJob.key_for(job_id))
        known = [job_id for job_id, exists in zip(job_ids, pipeline.execute(), strict=True) if exists]
    for job_id in known:
        try:
            DurableJob.fetch(job_id, connection=client).delete()
        except (NoSuchJobError, ValueError):  # half of a job: it is just ending, or Redis was flushed while it ran
            client.delete(RQJob.key_for(job_id))


def enqueue(
    name: str, /, *, key: str | None = None, at: datetime | None = None, queue: str = NORMAL, **args: Any
) -> bool:
    """Enqueue the job `name`, to run once this transaction is committed, or not before `at`.

    Only the first job with a `key` is enqueued; return false for others. Arguments are what JSON can hold, and ids,
    times and dates. Raise `LookupError` when no job has this name.
    """
    if get_job(name) is None:
        raise LookupError(f"there is no job named {name}")
    json_args = {argument: to_json(value) for argument, value in args.items()}
    job_id = db.session.scalar(
        insert(Job)
        .values(name=name, args=json_args, key=key, queue=queue, due_at=db_now() if at is None else at)
        .on_conflict_do_nothing(index_elements=[Job.key])
        .returning(Job.id)
    )
    if job_id is not None and at is None:
        push_after_commit(queue, QueueItem(job_id, name, json_args))
    return job_id is not None


def push_after_commit(queue: str, item: QueueItem) -> None:
    """Hand the job to RQ after the outermost commit."""
    db.session.info.setdefault(_ENQUEUED, {}).setdefault(queue, []).append(item)


def notify_workers(queue: str) -> None:
    """Notify the workers of a queue, once, after the outermost commit: one of them polls it."""
    db.session.info.setdefault(_NOTIFIED, set()).add(queue)


def notify_now(queue: str) -> None:
    """Notify the workers of a queue, if Redis is there."""
    redis.quietly(lambda client: enqueue_wakeup(queue, client), otherwise=None)


def listen_to_commits() -> None:
    """Hand over and notify after each commit from now on.

    The session is shared by all apps of a process: listening once is enough.
    """
    if not event.contains(db.session, "after_commit", _after_commit):
        event.listen(db.session, "after_commit", _after_commit)
        event.listen(db.session, "after_soft_rollback", _after_rollback)


def _after_commit(session: Session) -> None:
    # SQLAlchemy calls this for the end of a savepoint too.
    if session.in_nested_transaction():
        return
    enqueued: dict[str, list[QueueItem]] = session.info.pop(_ENQUEUED, {})
    for queue, items in enqueued.items():
        redis.quietly(lambda client, queue=queue, items=items: push(queue, client, items), otherwise=None)  # type: ignore[misc]
    for queue in sorted(session.info.pop(_NOTIFIED, ())):
        notify_now(queue)


def _after_rollback(session: Session, ended: SessionTransaction) -> None:
    if not ended.nested:
        session.info.pop(_ENQUEUED, None)
        session.info.pop(_NOTIFIED, None)
