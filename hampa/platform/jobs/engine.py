"""The RQ side of jobs: its queues, how jobs get into them, and how its worker runs one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from flask import current_app
from redis import Redis
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job as RQJob

from hampa.platform import redis
from hampa.platform.jobs.registry import get_job
from hampa.platform.jobs.running import claim_by_id, run

WAKEUP = "hampa.platform.jobs.polling.handle_wakeup"
RESULT_TTL = 600
"""Seconds for which RQ's tools show a job that is done."""
FAILURE_TTL = int(timedelta(days=30).total_seconds())


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


class DurableJob(RQJob):
    """An RQ job that claims its row, runs it, and records the result in the row."""

    def _execute(self) -> Any:
        with current_app.app_context():
            if self.func_name == WAKEUP:
                return super()._execute()
            claimed = claim_by_id(UUID(self.id))
            if claimed is None:
                return "not due: ended, or held by another worker"
            result = run(claimed)
        if result.retry_in is not None:
            # RQ shows the job among its scheduled ones. The sweeper hands it over when the row is due.
            self.retries_left = 1
            self.retry_intervals = [max(1, round(result.retry_in.total_seconds()))]
        if result.error is not None:
            raise result.error
        return None
