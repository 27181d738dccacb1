"""The sweeper's work: enqueue periodic jobs, poll the tables, and hand over jobs that RQ does not have."""

import logging
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import count

from redis import Redis
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from hampa.platform import clock, redis
from hampa.platform.database_errors import severity_of, trouble_of
from hampa.platform.db import db
from hampa.platform.jobs import enqueueing
from hampa.platform.jobs.enqueueing import QueueItem, enqueue, notify_now
from hampa.platform.jobs.models import Job
from hampa.platform.jobs.registry import Poller, Stopping, job_definitions, pollers
from hampa.platform.jobs.running import JOBS, run_due

SLICE_SECONDS = 5.0
"""How long a worker polls at most before it turns to another queue."""
RQ_STALL_SECONDS = 10.0
"""When RQ's workers take no job for so long, the sweeper runs them: the workers are busy, or none is there."""
PUSHED_AT_ONCE = 2_000

stop = threading.Event()
"""Set when this process is to end."""
log = logging.getLogger(__name__)
_turns: defaultdict[str, Iterator[int]] = defaultdict(count)
"""How often each queue was polled."""
_missing: defaultdict[str, set[uuid.UUID]] = defaultdict(set)
"""Due jobs that were not in RQ's queue at the last sweep: they may have been on their way."""
_first_jobs: dict[str, tuple[str, float]] = {}
"""The first job that was seen in each of RQ's queues, and since when."""


def poll(queue: str, stopping: Stopping, *more: Poller) -> int:
    """Call the pollers for a queue, and `more` of them, and return how much they did.

    Another one begins each time, so that one with much to do leaves the next slice to others.
    """
    steps = (*more, *pollers())
    first = next(_turns[queue]) % max(len(steps), 1)
    return sum(step(queue, stopping) for step in (*steps[first:], *steps[:first]))


def poll_and_sweep(queue: str, stopping: Stopping) -> int:
    """Poll and sweep a queue, and return how much was done."""
    sync_clock()
    return poll(queue, stopping, sweep)


def sweep(queue: str, stopping: Stopping) -> int:
    """Hand over due jobs that two sweeps running did not find in RQ; return how many were handed over or run here.

    When RQ has jobs and no worker takes any for some seconds, they are run here; while Redis is away, all due jobs are.
    """
    pushed = redis.quietly(lambda client: _push_missing(queue, client), otherwise=None)
    if pushed is None:
        return run_due(queue, stopping)
    if not pushed and redis.quietly(lambda client: _is_stalled(queue, client), otherwise=True):
        return run_due(queue, stopping, enqueueing.forget)
    return pushed


def _push_missing(queue: str, client: Redis) -> int:
    due = select(Job.id, Job.name, Job.args).where(Job.queue == queue, JOBS.is_due())
    items = [QueueItem(*row) for row in db.session.execute(due.order_by(Job.due_at).limit(PUSHED_AT_ONCE))]
    db.session.rollback()
    in_rq = set(enqueueing.job_queue(queue, client).get_job_ids()) if items else set()
    missing = [item for item in items if str(item.id) not in in_rq]
    lost = [item for item in missing if item.id in _missing[queue]]
    _missing[queue] = {item.id for item in missing} - {item.id for item in lost}
    if lost:
        enqueueing.forget(*(item.id for item in lost))  # RQ may remember an execution that was killed or failed
        enqueueing.push(queue, client, lost)
    return len(lost)


def _is_stalled(queue: str, client: Redis) -> bool:
    """Return whether the first job of RQ's queue has been the same for `RQ_STALL_SECONDS`."""
    first = next(iter(enqueueing.job_queue(queue, client).get_job_ids(0, 1)), None)
    now = time.monotonic()
    if first is None or _first_jobs.get(queue, ("", 0.0))[0] != first:
        _first_jobs[queue] = (first or "", now)
    return first is not None and now - _first_jobs[queue][1] >= RQ_STALL_SECONDS


def handle_wakeup(queue: str) -> None:
    """Poll a queue in which something was committed; RQ calls this."""
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
    """Return a function that returns whether to stop: the slice is over, or the process is to end."""
    deadline = time.monotonic() + SLICE_SECONDS
    return lambda: stop.is_set() or time.monotonic() > deadline


def sync_clock() -> None:
    """Set this process's clock by the database's, so that a machine that is an hour off does nothing early or late."""
    began = time.monotonic()
    moment = db.session.scalar(select(func.clock_timestamp()))
    db.session.rollback()
    doubt = timedelta(seconds=time.monotonic() - began)
    if moment is not None and clock.keep_to(moment, doubt):
        log.warning("this machine's clock and the database's have parted or met: the database's counts, %s", moment)


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
