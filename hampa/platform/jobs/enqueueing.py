"""Writing jobs, and handing them to RQ after the commit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import event
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, SessionTransaction

from hampa.platform import redis
from hampa.platform.db import db
from hampa.platform.jobs import engine
from hampa.platform.jobs.engine import QueueItem
from hampa.platform.jobs.leases import db_now
from hampa.platform.jobs.models import NORMAL, Job
from hampa.platform.jobs.registry import get_job, to_json

_ENQUEUED = "hampa.jobs.enqueued"
_NOTIFIED = "hampa.jobs.notified"


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
    redis.quietly(lambda client: engine.enqueue_wakeup(queue, client), otherwise=None)


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
        redis.quietly(lambda client, queue=queue, items=items: engine.push(queue, client, items), otherwise=None)  # type: ignore[misc]
    for queue in sorted(session.info.pop(_NOTIFIED, ())):
        notify_now(queue)


def _after_rollback(session: Session, ended: SessionTransaction) -> None:
    if not ended.nested:
        session.info.pop(_ENQUEUED, None)
        session.info.pop(_NOTIFIED, None)
