"""The worker's processes: RQ workers, which run the jobs; one process that sweeps and polls; and their supervisor.

The sweeping process needs no Redis: every second or two it looks in each queue for jobs that RQ lacks, that became due,
or that a killed worker left. Any number of workers may run, on any number of machines.

On SIGTERM or SIGINT nothing new is begun, what has been begun is ended, and all is over within `GRACE_SECONDS`; a
process that takes longer is killed, and its leases run out. A process whose parent is gone ends in the same way.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask
from redis import RedisError
from redis.client import Pipeline
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job as RQJob
from rq.queue import Queue
from rq.timeouts import BaseDeathPenalty
from rq.utils import now as utc_now
from sqlalchemy.exc import SQLAlchemyError

from hampa.platform import logs, redis
from hampa.platform.database_errors import severity_of, trouble_of
from hampa.platform.jobs import enqueueing, running
from hampa.platform.jobs.models import NORMAL, URGENT
from hampa.platform.jobs.polling import enqueue_periodic, poll_and_sweep, stop, until_slice_ends
from hampa.platform.supervisor import Program, StopSignal, handle_nothing, stop_on_signals, supervise

GRACE_SECONDS = 18.0
AWAY_SECONDS = 2.0
"""The pause before trying a database or a Redis again that did not answer."""
POLL_SECONDS = {URGENT: 1.0, NORMAL: 2.0}
PARENT_SECONDS = 0.5
WORKER_TTL = 30
HEARTBEAT_EVERY = timedelta(seconds=5)

log = logging.getLogger(__name__)

AppFactory = Callable[[], Flask]


def run(create_app: AppFactory, concurrency: int) -> None:
    """Keep `concurrency` RQ workers and the sweeping process running until told to end."""
    parent = os.getpid()
    programs = [
        Program(main.__name__, lambda main=main: _run_process(main, create_app, parent))  # type: ignore[misc]
        for main in [serve_queues] * concurrency + [poll_forever]
    ]
    log.info("worker %d begins, with %d RQ workers", parent, concurrency)
    with stop_on_signals() as stopping:
        supervise(programs, os.environ, stopping, grace_seconds=GRACE_SECONDS)
    log.info("worker %d has ended", parent)


def _run_process(main: Callable[[Flask], None], create_app: AppFactory, parent: int) -> None:
    with stop_on_signals() as stopping:
        threading.Thread(target=watch_parent, args=(stopping, parent), daemon=True).start()
        # Each process has an app of its own, made after the fork: no connection, lock or thread is shared.
        main(create_app())


def watch_parent(stopping: StopSignal, parent: int) -> None:
    """Set `stop` on a stop signal, or when the parent was killed; end the process if it still runs after the grace."""
    while not stopping.wait(PARENT_SECONDS):
        if os.getppid() != parent:
            stopping.send()  # what waits at Redis wakes up too
    stop.set()
    time.sleep(GRACE_SECONDS)
    os._exit(1)


# The sweeping process


def poll_forever(app: Flask) -> None:
    """Poll and sweep each queue again and again, and enqueue periodic jobs."""
    threads = [threading.Thread(target=_poll_queue, args=(app, *item), name=item[0]) for item in POLL_SECONDS.items()]
    for thread in threads:
        thread.start()
    enqueued: dict[str, int] = {}
    while not stop.is_set():
        with_retry(app, lambda: enqueue_periodic(enqueued))
        stop.wait(1.0)
    for thread in threads:
        thread.join()


def _poll_queue(app: Flask, queue: str, seconds: float) -> None:
    while not stop.is_set():
        if not with_retry(app, lambda: poll_and_sweep(queue, until_slice_ends())):
            stop.wait(seconds)


def with_retry(app: Flask, function: Callable[[], Any]) -> Any:
    """Call a function in an app context of its own; on an error, log it, wait and return None: the caller calls again."""
    try:
        with app.app_context():
            return function()
    except SQLAlchemyError as error:
        log.log(severity_of(error), "%s: trying again", trouble_of(error).value, exc_info=True)
    except Exception:
        log.exception("polling failed")
    stop.wait(AWAY_SECONDS)
    return None


# RQ workers


class NoDeathPenalty(BaseDeathPenalty):
    """No time limit: RQ's signal could fall between a gateway's yes and our commit.

    `running.time_limit` limits the functions of jobs alone.
    """

    def setup_death_penalty(self) -> None:
        """Set no timer."""

    def cancel_death_penalty(self) -> None:
        """Do nothing."""


class JobWorker(SimpleWorker):
    """An RQ worker that runs jobs by their rows, in its own process: a fork for each would cost more than most jobs."""

    death_penalty_class = NoDeathPenalty
    job_class = running.DurableJob
    max_connection_wait_time = 5 * AWAY_SECONDS
    log_result_lifespan = False

    def check_for_suspension(self, burst: bool) -> None:
        """Stop before waiting at Redis when a signal came before RQ's handlers were in place."""
        if stop.is_set():
            raise StopRequested
        super().check_for_suspension(burst)

    def subscribe(self) -> None:
        """Do without RQ's remote commands, which saves a thread and a connection."""

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Send a heartbeat every few seconds, where RQ would send three a job."""
        due = self.last_heartbeat is None or utc_now() - self.last_heartbeat > HEARTBEAT_EVERY
        if due or pipeline is not None or timeout is not None:
            super().heartbeat(timeout, pipeline)

    def handle_exception(self, job: RQJob, *exc_info: Any) -> None:
        """Log an error from outside a job's function; others have been logged already."""
        if job.func_name == running.WAKEUP or isinstance(exc_info[1], SQLAlchemyError | RedisError):
            super().handle_exception(job, *exc_info)

    def handle_job_failure(
        self, job: RQJob, queue: Queue, started_job_registry: Any = None, exc_string: str = ""
    ) -> None:
        """Record a failure in RQ without phone numbers and codes, and without markup, which rq-dashboard does not escape."""
        super().handle_job_failure(job, queue, started_job_registry, logs.masked(exc_string).replace("<", "‹"))


def serve_queues(app: Flask) -> None:
    """Run jobs from RQ's queues, urgent ones first. While Redis is away the sweeping process runs them."""
    with app.app_context():
        while not stop.is_set():
            try:
                client = redis.patient()
                queues = [
                    enqueueing.wakeup_queue(URGENT, client),
                    enqueueing.job_queue(URGENT, client),
                    enqueueing.job_queue(NORMAL, client),
                    enqueueing.wakeup_queue(NORMAL, client),
                ]
                worker = JobWorker(queues, connection=client, worker_ttl=WORKER_TTL, log_job_description=False)
                worker.work(logging_level="WARNING")
            except RedisError as error:
                log.warning("Redis does not answer (%s): no jobs from RQ until it does", type(error).__name__)
            handle_nothing()  # RQ has put its own handlers in their place
            stop.wait(AWAY_SECONDS)
