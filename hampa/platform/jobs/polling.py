"""What workers do besides RQ's jobs: poll the tables, and sweep up jobs that RQ does not have."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import count

from redis import Redis
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from hampa.platform import clock, redis
from hampa.platform.database_errors import severity_of, trouble_of
from hampa.platform.db import db
from hampa.platform.jobs import engine
from hampa.platform.jobs.engine import HandedJob
from hampa.platform.jobs.enqueueing import notify_now
from hampa.platform.jobs.models import Job
from hampa.platform.jobs.registry import Poller, Stopping, pollers
from hampa.platform.jobs.running import JOBS, run_due

SLICE_SECONDS = 5.0
"""How long a worker polls at most before it turns to another queue."""
RQ_TAKES_SECONDS = 10.0
"""When RQ's workers take no job for so long, the sweeper runs them: the workers are busy, or none is there."""
HANDED_AT_ONCE = 2_000

stop = threading.Event()
"""Set when this process is to end."""
log = logging.getLogger(__name__)
_turns: defaultdict[str, Iterator[int]] = defaultdict(count)
"""How often each queue was polled."""
_missing: defaultdict[str, set[uuid.UUID]] = defaultdict(set)
"""Due jobs that were not in RQ's queue when it was swept last: then they may just have been on their way."""
_first_jobs: dict[str, tuple[str, float]] = {}
"""The first job that was seen in each of RQ's queues, and since when."""


def poll(queue: str, stopping: Stopping) -> int:
    """Do all that is due in a queue by its pollers; return how much that was."""
    return _take_turns(pollers(), queue, stopping)


def poll_and_sweep(queue: str, stopping: Stopping) -> int:
    """Poll a queue, and see to it that its due jobs are run; return how much was done here."""
    sync_clock()
    return _take_turns((sweep, *pollers()), queue, stopping)


def _take_turns(steps: Sequence[Poller], queue: str, stopping: Stopping) -> int:
    """Call each step, beginning with another one each time: one with much to do leaves the next slice to others."""
    if not steps:
        return 0
    first = next(_turns[queue]) % len(steps)
    return sum(step(queue, stopping) for step in (*steps[first:], *steps[:first]))


def sweep(queue: str, stopping: Stopping) -> int:
    """Hand due jobs to RQ that it lacks the second time running; return how many were handed over or run here.

    When RQ has jobs and no worker takes any for some seconds, they are run here; while Redis is away, all due jobs are.
    """
    handed = redis.quietly(lambda client: _hand_over_due(queue, client), otherwise=None)
    if handed is None:
        return run_due(queue, stopping)
    if not handed and redis.quietly(lambda client: _is_stuck(queue, client), otherwise=True):
        return run_due(queue, stopping, _forget_in_rq)
    return handed


def _forget_in_rq(job_id: uuid.UUID) -> None:
    redis.quietly(lambda client: engine.forget(client, job_id), otherwise=None)


def _is_stuck(queue: str, client: Redis) -> bool:
    """Return whether the first job of RQ's queue has been the same for longer than `RQ_TAKES_SECONDS`."""
    first = next(iter(engine.job_queue(queue, client).get_job_ids(0, 1)), None)
    now = time.monotonic()
    if first is None or _first_jobs.get(queue, ("", 0.0))[0] != first:
        _first_jobs[queue] = (first or "", now)
    return first is not None and now - _first_jobs[queue][1] >= RQ_TAKES_SECONDS


def _hand_over_due(queue: str, client: Redis) -> int:
    due = select(Job.id, Job.name, Job.args).where(Job.queue == queue, JOBS.is_due())
    jobs = [HandedJob(*row) for row in db.session.execute(due.order_by(Job.due_at).limit(HANDED_AT_ONCE))]
    db.session.rollback()
    missing = engine.missing_jobs(queue, client, jobs) if jobs else []
    lost = [job for job in missing if job.id in _missing[queue]]
    _missing[queue] = {job.id for job in missing} - {job.id for job in lost}
    if lost:
        engine.hand_over_again(queue, client, lost)
    return len(lost)


def handle_wakeup(queue: str) -> None:
    """Poll a queue because something in it was committed. RQ calls this."""
    stopping = until_slice_ends()
    try:
        sync_clock()
        done = poll(queue, stopping)
    except SQLAlchemyError as error:
        log.log(severity_of(error), "%s: leaving the queue to the sweeper", trouble_of(error).value, exc_info=True)
        return
    if done and stopping():
        notify_now(queue)  # the slice is over, the work perhaps is not


def until_slice_ends() -> Stopping:
    """Return a function that says whether to stop: the slice is over, or the process is to end."""
    latest = time.monotonic() + SLICE_SECONDS
    return lambda: stop.is_set() or time.monotonic() > latest


def sync_clock() -> None:
    """Let this process's clock run by the database's, so that one that is an hour off does nothing early or late."""
    began = time.monotonic()
    moment = db.session.scalar(select(func.clock_timestamp()))
    db.session.rollback()
    doubt = timedelta(seconds=time.monotonic() - began)
    if moment is not None and clock.keep_to(moment, doubt):
        log.warning("this machine's clock and the database's have parted or met: the database's counts, %s", moment)
