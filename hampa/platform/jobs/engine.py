"""What RQ knows of our jobs: its queues, how jobs are handed to it, and how its worker runs one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from hampa.platform.jobs.registry import JobDefinition, get_job
from hampa.platform.jobs.running import claim_by_id, run

WAKEUP = "hampa.platform.jobs.polling.handle_wakeup"
RESULT_TTL = 600
"""Seconds for which RQ's tools show a job that is done."""
FAILURE_TTL = int(timedelta(days=30).total_seconds())
ONE_SECOND = timedelta(seconds=1)


class HandedJob(NamedTuple):
    """What RQ is told of a row in `jobs`; the arguments are for its tools, the row's are those that count."""

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
    # Kept, since RQ asks Redis for its version for each new one.
    return Queue(full_name, connection=client, job_class=DurableJob)


def wake_up(name: str, client: Redis) -> None:
    """Enqueue a wake-up, unless one waits that no worker has heard yet: that one will see what is committed by now."""
    queue = wakeup_queue(name, client)
    if queue.count == 0:
        # -1: pollers mind their own time, and must not be interrupted between a gateway's answer and our commit.
        queue.enqueue(WAKEUP, name, job_timeout=-1, result_ttl=0, failure_ttl=3600, description=f"wake-up {name}")


def hand_over(name: str, client: Redis, jobs: Iterable[HandedJob]) -> None:
    """Enqueue jobs in the RQ queue of one of our queues."""
    queue = job_queue(name, client)
    data = [_data(job, definition) for job in jobs if (definition := get_job(job.name)) is not None]
    if data:
        queue.enqueue_many(data)


def _data(job: HandedJob, definition: JobDefinition) -> Any:
    arguments = ", ".join(f"{name}={value!r}" for name, value in job.args.items())
    return Queue.prepare_data(
        definition.path,
        kwargs=job.args,
        timeout=int(definition.timeout.total_seconds()),
        result_ttl=RESULT_TTL,
        failure_ttl=FAILURE_TTL,
        description=f"{job.name}({arguments})",
        job_id=str(job.id),
    )


def missing_jobs(name: str, client: Redis, jobs: Sequence[HandedJob]) -> list[HandedJob]:
    """Return those of the jobs that do not wait in RQ's queue."""
    waiting = set(job_queue(name, client).get_job_ids())
    return [job for job in jobs if str(job.id) not in waiting]


def hand_over_again(name: str, client: Redis, jobs: Sequence[HandedJob]) -> None:
    """Enqueue jobs that RQ may remember from an earlier execution, which was killed or failed."""
    forget(client, *(job.id for job in jobs))
    hand_over(name, client, jobs)


def forget(client: Redis, *job_ids: UUID) -> None:
    """Delete what RQ remembers of some jobs."""
    with client.pipeline(transaction=False) as pipeline:
        for job_id in job_ids:
            pipeline.exists(RQJob.key_for(str(job_id)))
        known = [str(job_id) for job_id, exists in zip(job_ids, pipeline.execute(), strict=True) if exists]
    for known_id in known:
        try:
            DurableJob.fetch(known_id, connection=client).delete()
        except (NoSuchJobError, ValueError):  # half of a job: it is just ending, or Redis was flushed while it ran
            client.delete(RQJob.key_for(known_id))


class DurableJob(RQJob):
    """An RQ job that is run by its row: claimed there first, and its result recorded there."""

    def _execute(self) -> Any:
        with current_app.app_context():
            if self.func_name == WAKEUP:
                return super()._execute()
            claimed = claim_by_id(UUID(self.id))
            if claimed is None:
                return "not due: ended, or held by another worker"
            result = run(claimed)
        if result.error is not None:
            if result.again_in is not None:
                # RQ shows the job among its scheduled ones. The sweeper hands it over when the row is due.
                self.retries_left = 1
                self.retry_intervals = [max(1, round(result.again_in / ONE_SECOND))]
            raise result.error
        return None
