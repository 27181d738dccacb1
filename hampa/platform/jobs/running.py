"""Claiming a job, running it under its policy, and recording its result."""

import logging
import os
import random
import socket
import threading
import traceback
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app
from rq.job import Job as RQJob
from rq.timeouts import BaseDeathPenalty, JobTimeoutException, TimerDeathPenalty, UnixSignalDeathPenalty
from sqlalchemy import ColumnElement, Interval, bindparam, func, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from hampa.platform import logs
from hampa.platform.db import db
from hampa.platform.jobs.leases import LeasedTable, db_now_plus, record
from hampa.platform.jobs.models import Job
from hampa.platform.jobs.registry import DEFAULT_LEASE, Stopping, get_job

FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=1)
PAUSE_GROWS = 4

WAKEUP = "hampa.platform.jobs.polling.handle_wakeup"
"""The function of RQ's jobs that are wake-ups."""
JOBS = LeasedTable(Job, Job.due_at, waiting="waiting", held="running")

log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another worker has claimed the running job: this one must commit nothing more of it."""


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
    """The result of a run: its error, if any, and the pause before the next try, if there is to be one."""

    error: Exception | None = None
    retry_in: timedelta | None = None


_current: ContextVar[tuple[ClaimedJob, timedelta] | None] = ContextVar("job", default=None)
"""The job that runs, and its lease."""


# Statements, built once: building them takes longer than running them.


def _claim_statement(condition: ColumnElement[bool]) -> ReturningUpdate[Any]:
    due = select(Job.id, Job.status, Job.worker.label("previous_worker")).where(condition, JOBS.is_due())
    returning = (Job.id, Job.version, Job.name, Job.args, Job.attempts)
    return JOBS.claim(due.order_by(Job.due_at).limit(1), DEFAULT_LEASE, *returning, worker=bindparam("by_worker"))


def _update_held(**values: Any) -> ReturningUpdate[Any]:
    statement = update(Job).where(JOBS.is_held()).values(**values).returning(Job.id)
    return statement.execution_options(synchronize_session=False)


CLAIM_NEXT = _claim_statement(Job.queue == bindparam("in_queue"))
CLAIM_BY_ID = _claim_statement(Job.id == bindparam("of_id"))
EXTEND = _update_held(due_at=db_now_plus(bindparam("lease", type_=Interval)))
RECORD = _update_held(
    status=bindparam("new_status"),
    last_error=bindparam("error"),
    version=Job.version + 1,
    due_at=func.coalesce(db_now_plus(bindparam("pause", type_=Interval)), Job.due_at),
)


def run_due(queue: str, stopping: Stopping, on_claim: Callable[[uuid.UUID], None] = lambda _job_id: None) -> int:
    """Run the due jobs of a queue one after the other, and return how many; `on_claim` is called with each id."""
    count = 0
    while not stopping() and (claimed := claim_next(queue)) is not None:
        on_claim(claimed.id)
        run(claimed)
        count += 1
    return count


def claim_next(queue: str) -> ClaimedJob | None:
    """Claim the job of a queue that has been due longest, and commit; None when none is due."""
    return _claim(CLAIM_NEXT, in_queue=queue)


def claim_by_id(job_id: uuid.UUID) -> ClaimedJob | None:
    """Claim a certain job and commit; None when it has ended, is not due yet or is held by another worker."""
    return _claim(CLAIM_BY_ID, of_id=job_id)


def _claim(statement: ReturningUpdate[Any], **parameters: Any) -> ClaimedJob | None:
    parameters["by_worker"] = f"{socket.gethostname()}:{os.getpid()}"
    row = db.session.execute(statement, parameters).first()
    claimed = ClaimedJob(**row._mapping) if row is not None else None
    if claimed is not None:
        if claimed.left_over:
            log.warning("job %s (%s): the lease of %s ran out", claimed.name, claimed.id, claimed.previous_worker)
        definition = get_job(claimed.name)
        if definition is not None and definition.lease != DEFAULT_LEASE:
            # No other worker sees the default lease before the commit: they skip locked rows.
            _write_held(claimed, EXTEND, lease=definition.lease)
    db.session.commit()
    return claimed


def _write_held(claimed: ClaimedJob, statement: ReturningUpdate[Any], **parameters: Any) -> bool:
    """Execute a statement of `_update_held`; return false when another worker has the job."""
    parameters |= {"held_id": claimed.id, "held_version": claimed.version}
    return db.session.execute(statement, parameters).first() is not None


def renew_lease() -> None:
    """Begin the lease of the running job anew; takes effect when the job commits. Outside a job, do nothing.

    For jobs that work in slices: called before each slice's commit, it also makes sure that only the worker that holds
    the job commits anything. Raise `LeaseLost` when another worker has it.
    """
    if (current := _current.get()) is not None:
        claimed, lease = current
        if not _write_held(claimed, EXTEND, lease=lease):
            raise LeaseLost(f"{claimed.name} ({claimed.id})")


def run(claimed: ClaimedJob) -> JobResult:
    """Run a job in an application context of its own, and record its result."""
    definition = get_job(claimed.name)
    if definition is None:
        return _record_failure(claimed, JobError("no job has this name"))
    if claimed.attempts > definition.tries:
        # Only the death of a worker leads here: each failure that could be caught has been counted below.
        return _record_failure(claimed, JobError(f"the worker died each of the {definition.tries} times"))
    token = _current.set((claimed, definition.lease))
    try:
        with (
            current_app.app_context(),
            logs.job(claimed.name, job_id=str(claimed.id), attempt=claimed.attempts),
            time_limit(definition.timeout),
        ):
            definition.run(claimed.args)
    except LeaseLost:
        return JobResult()
    except Exception as error:  # logs.job has written it, with its stack
        pause = pause_after(claimed.attempts) if claimed.attempts < definition.tries else None
        return _record_failure(claimed, error, pause)
    finally:
        _current.reset(token)
    _record(claimed, "done")
    return JobResult()


def time_limit(limit: timedelta) -> BaseDeathPenalty:
    """Return a context manager that raises RQ's `JobTimeoutException` in a block that takes longer than `limit`.

    It covers the function alone, so that it can't fall between the function's end and the record of it.
    """
    main = threading.current_thread() is threading.main_thread()
    penalty: type[BaseDeathPenalty] = UnixSignalDeathPenalty if main else TimerDeathPenalty
    return penalty(int(limit.total_seconds()), JobTimeoutException)


def pause_after(attempts: int) -> timedelta:
    """Return the pause after so many failures: four times as long each time, a fifth more or less."""
    pause = min(FIRST_PAUSE * PAUSE_GROWS ** (attempts - 1), LONGEST_PAUSE)
    return pause * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load


def _record_failure(claimed: ClaimedJob, error: Exception, pause: timedelta | None = None) -> JobResult:
    message = "".join(traceback.format_exception_only(error)).strip()
    if isinstance(error, JobError):
        message = str(error)
        log.error("job %s (%s): %s", claimed.name, claimed.id, message)
    _record(claimed, "failed" if pause is None else "waiting", message, pause)
    return JobResult(error, pause)


def _record(claimed: ClaimedJob, status: str, error: str | None = None, pause: timedelta | None = None) -> None:
    if not record(lambda: _write_held(claimed, RECORD, new_status=status, error=error, pause=pause)):
        log.warning("job %s (%s) ended after its lease: another worker has it", claimed.name, claimed.id)


class DurableJob(RQJob):
    """An RQ job that claims its row, runs it, and records the result in the row."""

    def _execute(self) -> Any:
        with current_app.app_context():
            if self.func_name == WAKEUP:
                return super()._execute()
            claimed = claim_by_id(uuid.UUID(self.id))
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
