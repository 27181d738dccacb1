"""Claiming a job, running it under its policy, and recording how it ended. All of it needs PostgreSQL alone."""

from __future__ import annotations

import logging
import os
import random
import socket
import threading
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from flask import current_app
from rq.timeouts import BaseDeathPenalty, JobTimeoutException, TimerDeathPenalty, UnixSignalDeathPenalty
from sqlalchemy import Interval, Select, bindparam, func, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from hampa.platform import logs
from hampa.platform.db import db
from hampa.platform.jobs.leases import LeasedTable, db_now_plus, record
from hampa.platform.jobs.models import Job
from hampa.platform.jobs.registry import DEFAULT_LEASE, JobDefinition, Stopping, get_job

FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=1)
PAUSE_GROWS = 4

JOBS = LeasedTable(Job, Job.due_at, waiting="waiting", held="running")

log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another worker has claimed the job that this one runs: nothing more of it may be committed here."""


class JobError(Exception):
    """A job that can't be run; the message is for operators."""


@dataclass(frozen=True)
class ClaimedJob:
    """A job that this worker holds. `version` is the proof: a later claim has a higher one."""

    id: uuid.UUID
    version: int
    name: str
    args: dict[str, Any]
    attempts: int
    previous_worker: str | None
    left_over: bool


@dataclass(frozen=True)
class JobResult:
    """How a run ended: without error, or with one, and then perhaps to be tried again."""

    error: Exception | None = None
    again_in: timedelta | None = None


_current: ContextVar[ClaimedJob | None] = ContextVar("job", default=None)


def run_due(queue: str, stopping: Stopping, claimed_here: Callable[[uuid.UUID], None] = lambda _job_id: None) -> int:
    """Run the jobs of a queue that are due, one after the other; return how many. Each id is given to `claimed_here`."""
    count = 0
    while not stopping():
        claimed = claim_next(queue)
        if claimed is None:
            break
        claimed_here(claimed.id)
        run(claimed)
        count += 1
    return count


def claim_next(queue: str) -> ClaimedJob | None:
    """Claim the job of a queue that has been due longest, and commit; None when none is due."""
    return _claim(_claim_next_statement(), {"in_queue": queue})


def claim_by_id(job_id: uuid.UUID) -> ClaimedJob | None:
    """Claim a certain job and commit; None when it has ended, is not due yet or is held by another worker."""
    return _claim(_claim_by_id_statement(), {"of_id": job_id})


@cache
def _claim_next_statement() -> ReturningUpdate[Any]:
    return _claim_statement(select(Job).where(Job.queue == bindparam("in_queue"), JOBS.is_due()))


@cache
def _claim_by_id_statement() -> ReturningUpdate[Any]:
    return _claim_statement(select(Job).where(Job.id == bindparam("of_id"), JOBS.is_due()))


def _claim_statement(due: Select[*tuple[Any, ...]]) -> ReturningUpdate[Any]:
    first = due.with_only_columns(Job.id, Job.status, Job.worker.label("previous_worker")).order_by(Job.due_at).limit(1)
    returning = (Job.id, Job.version, Job.name, Job.args, Job.attempts)
    return JOBS.claim(first, DEFAULT_LEASE, *returning, worker=bindparam("by_worker"))


def _claim(statement: ReturningUpdate[Any], parameters: dict[str, Any]) -> ClaimedJob | None:
    row = db.session.execute(statement, parameters | {"by_worker": worker_name()}).first()
    claimed = ClaimedJob(**row._mapping) if row is not None else None
    if claimed is not None:
        if claimed.left_over:
            log.warning("job %s (%s): the lease of %s ran out", claimed.name, claimed.id, claimed.previous_worker)
        definition = get_job(claimed.name)
        if definition is not None and definition.lease != DEFAULT_LEASE:
            _extend_lease(claimed, definition.lease)
    db.session.commit()
    return claimed


def worker_name() -> str:
    """Return the name by which this process stands in the rows that it holds."""
    return f"{socket.gethostname()}:{os.getpid()}"


def renew_lease() -> None:
    """Begin the lease of the job that is running anew; takes effect when the job commits.

    For jobs that work in slices: called before each slice's commit, it also makes sure that only the worker that holds
    the job commits anything. Raise `LeaseLost` when another worker has it. Outside a job, do nothing.
    """
    claimed = _current.get()
    if claimed is None:
        return
    definition = get_job(claimed.name)
    if definition is None or not _extend_lease(claimed, definition.lease):
        raise LeaseLost(f"{claimed.name} ({claimed.id})")


def _extend_lease(claimed: ClaimedJob, lease: timedelta) -> bool:
    # Seen by no other worker before the commit: they skip locked rows.
    parameters = {"held_id": claimed.id, "held_version": claimed.version, "for_time": lease}
    return db.session.execute(_extend_statement(), parameters).first() is not None


@cache
def _extend_statement() -> ReturningUpdate[Any]:
    return _update_held(due_at=db_now_plus(bindparam("for_time", type_=Interval)))


def run(claimed: ClaimedJob) -> JobResult:
    """Run a job in a context of its own, and record how it ended."""
    definition = get_job(claimed.name)
    if definition is None:
        log.error("job %s (%s): no job has this name", claimed.name, claimed.id)
        return _fail(claimed, JobError("no job has this name"))
    if claimed.attempts > definition.tries:
        # Only the death of a worker leads here: each failure that could be caught has been counted below.
        log.error("job %s (%s): its workers died", claimed.name, claimed.id)
        return _fail(claimed, JobError(f"the worker died each of the {definition.tries} times"))
    try:
        _call(claimed, definition)
    except LeaseLost:
        return JobResult()
    except Exception as error:  # logs.job has written it, with its stack
        if claimed.attempts < definition.tries:
            return _try_again(claimed, error)
        return _fail(claimed, error)
    _record(claimed, "done")
    return JobResult()


def _call(claimed: ClaimedJob, definition: JobDefinition) -> None:
    token = _current.set(claimed)
    try:
        with (
            current_app.app_context(),
            logs.job(claimed.name, job_id=str(claimed.id), attempt=claimed.attempts),
            time_limit(definition.timeout),
        ):
            definition.run(claimed.args)
    finally:
        _current.reset(token)


@contextmanager
def time_limit(limit: timedelta) -> Iterator[None]:
    """Raise RQ's `JobTimeoutException` in what takes longer than `limit`.

    It covers the function alone, so that it can't fall between the function's end and the record of it.
    """
    main = threading.current_thread() is threading.main_thread()
    penalty: type[BaseDeathPenalty] = UnixSignalDeathPenalty if main else TimerDeathPenalty
    with penalty(int(limit.total_seconds()), JobTimeoutException):
        yield


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after so many failures: four times as long each time, a fifth more or less."""
    pause = min(FIRST_PAUSE * PAUSE_GROWS ** (attempts - 1), LONGEST_PAUSE)
    return pause * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load


def _try_again(claimed: ClaimedJob, error: Exception) -> JobResult:
    pause = pause_after(claimed.attempts)
    _record(claimed, "waiting", describe(error), pause)
    return JobResult(error, pause)


def _fail(claimed: ClaimedJob, error: Exception) -> JobResult:
    _record(claimed, "failed", describe(error))
    return JobResult(error)


def describe(error: Exception) -> str:
    """Return the last line of a stack, as `last_error` holds it."""
    return str(error) if isinstance(error, JobError) else "".join(traceback.format_exception_only(error)).strip()


def _record(claimed: ClaimedJob, status: str, error: str | None = None, pause: timedelta | None = None) -> None:
    parameters = {
        "held_id": claimed.id,
        "held_version": claimed.version,
        "new_status": status,
        "error": error,
        "pause": pause,
    }
    if not record(lambda: db.session.execute(_record_statement(), parameters).first() is not None):
        log.warning("job %s (%s) ended after its lease: another worker has it", claimed.name, claimed.id)


@cache
def _record_statement() -> ReturningUpdate[Any]:
    later = db_now_plus(bindparam("pause", type_=Interval))
    return _update_held(
        status=bindparam("new_status"),
        last_error=bindparam("error"),
        version=Job.version + 1,
        due_at=func.coalesce(later, Job.due_at),
    )


def _update_held(**values: Any) -> ReturningUpdate[Any]:
    statement = update(Job).where(JOBS.is_held()).values(**values).returning(Job.id)
    return statement.execution_options(synchronize_session=False)
