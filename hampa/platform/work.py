"""What a worker does when it looks: the jobs that are due, and those that come round.

All of it needs PostgreSQL alone, and any number of workers may do it at once. What is due is decided by the database's
clock, which they share, whatever their own say.
"""

from __future__ import annotations

import logging
import os
import random
import socket
import time
import traceback
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from flask import current_app
from sqlalchemy import delete, func, select, update

from hampa.platform import clock, logs, queue
from hampa.platform.db import db
from hampa.platform.queue import Job, Stopping

FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=1)
PAUSE_GROWS = 4

KEEP_DONE = timedelta(days=3)
KEEP_FAILED = timedelta(days=30)
FORGET_AT_ONCE = 5_000

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Taken:
    """A job that this worker holds. `version` is the proof: who takes it over later has a higher one."""

    id: uuid.UUID
    version: int
    name: str
    args: dict[str, Any]
    attempts: int


_turns: defaultdict[str, Iterator[int]] = defaultdict(count)
"""How often each queue was looked into."""


def look(name: str, stopping: Stopping) -> int:
    """Do all that is due in a queue, in everything that can have something due; how much that was.

    They take turns at being first: what has more to do than there is time for leaves none to those after it.
    """
    keep_time()
    steps = list(queue.looks())
    first = next(_turns[name]) % len(steps)
    return sum(step(name, stopping) for step in (*steps[first:], *steps[:first]))


def keep_time() -> None:
    """Let this process's clock run by the database's: one that is an hour off does nothing too early or too late."""
    asked = time.monotonic()
    moment = db.session.scalar(select(func.clock_timestamp()))
    db.session.rollback()
    doubt = timedelta(seconds=time.monotonic() - asked)
    if moment is not None and clock.keep_to(moment, doubt):
        log.warning("this machine's clock and the database's have parted or met: the database's counts, %s", moment)


@queue.on_look
def run_due(name: str, stopping: Stopping) -> int:
    """Run the jobs of a queue that are due, one after the other."""
    done = 0
    while not stopping():
        taken = take(name, worker=_me())
        if taken is None:
            break
        run(taken)
        done += 1
    return done


def take(name: str, *, worker: str) -> Taken | None:
    """Take the job that has been due longest, and commit, so that no other worker sees it until the lease ends."""
    now = clock.now()
    job = db.session.scalar(
        select(Job)
        .where(Job.queue == name, Job.status.in_(("waiting", "running")), Job.due_at <= now)
        .order_by(Job.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if job is None:
        db.session.rollback()
        return None
    if job.status == "running":
        log.warning("job %s (%s): the lease of %s ran out", job.name, job.id, job.worker)
    work = queue.work_named(job.name)
    job.status, job.worker, job.attempts = "running", worker, job.attempts + 1
    job.due_at = now + (work.lease if work else FIRST_PAUSE)
    db.session.flush()
    taken = Taken(job.id, job.version, job.name, job.args, job.attempts)
    db.session.commit()
    return taken


def run(taken: Taken) -> None:
    """Run a job in a context of its own, and write down how it ended."""
    work = queue.work_named(taken.name)
    if work is None:
        log.error("job %s (%s): no job has this name", taken.name, taken.id)
        _end(taken, "failed", "no job has this name")
    elif taken.attempts > work.tries:
        # Only a worker that died gets here: each failure that could be caught has been counted below.
        log.error("job %s (%s): its workers died", taken.name, taken.id)
        _end(taken, "failed", f"the worker died each of the {work.tries} times")
    else:
        _run(taken, work)


def _run(taken: Taken, work: queue.Work) -> None:
    try:
        with current_app.app_context(), logs.job(taken.name, job_id=str(taken.id), attempt=taken.attempts):
            work.run(taken.args)
    except Exception as reason:  # its line, with the stack, has been written
        error = "".join(traceback.format_exception_only(reason)).strip()
        if taken.attempts < work.tries:
            _end(taken, "waiting", error, clock.now() + pause_after(taken.attempts))
        else:
            _end(taken, "failed", error)
    else:
        _end(taken, "done")


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many failures: four times as long each time, and a fifth more or less."""
    pause = min(FIRST_PAUSE * PAUSE_GROWS ** (attempts - 1), LONGEST_PAUSE)
    return pause * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load


def _end(taken: Taken, status: str, error: str | None = None, due_at: datetime | None = None) -> None:
    values: dict[str, Any] = {"status": status, "last_error": error, "version": Job.version + 1}
    if due_at is not None:
        values["due_at"] = due_at
    ended = db.session.execute(
        update(Job)
        .where(Job.id == taken.id, Job.version == taken.version)
        .values(**values)
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    )
    if ended.first() is None:
        log.warning("job %s (%s) ended after its lease: another worker has it", taken.name, taken.id)
    db.session.commit()


def defer_what_comes_round(already: dict[str, int]) -> None:
    """Queue each periodic job once for the present stretch of time, and commit.

    The stretch is the job's key, so that any number of workers queue it once. `already` is the caller's memory of
    what it has queued, which saves asking.
    """
    for work in queue.works():
        if work.every is None:
            continue
        stretch = int(clock.now().timestamp() // work.every.total_seconds())
        if already.get(work.name) != stretch:
            queue.defer(work.name, key=f"{work.name}@{stretch}")
            db.session.commit()
            already[work.name] = stretch


@queue.job("queue.forget_jobs", every=timedelta(hours=1))
def forget_jobs() -> None:
    """Delete jobs that ended some days ago, some thousands at a time."""
    for status, keep in (("done", KEEP_DONE), ("failed", KEEP_FAILED)):
        old = select(Job.id).where(Job.status == status, Job.updated_at < clock.now() - keep).limit(FORGET_AT_ONCE)
        db.session.execute(delete(Job).where(Job.id.in_(old)), execution_options={"synchronize_session": False})
    db.session.commit()


def _me() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
