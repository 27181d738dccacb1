"""Work for later: a row in `jobs`, written in the transaction that causes it.

RQ is the doorbell: after the outermost commit a queue's bell is rung, which tells some worker to look. The row is
the truth, so a lost ring loses nothing: workers also go round by themselves (`platform.worker`).
Jobs are named, take ids, reload, and are safe to run twice.
"""

from __future__ import annotations

import logging
import typing
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from flask import Flask
from redis import Redis
from rq import Queue
from sqlalchemy import CheckConstraint, Index, event
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from hampa.platform import clock, redis
from hampa.platform.db import Changing, Record, db

URGENT, NORMAL = "urgent", "normal"
QUEUES = (URGENT, NORMAL)
"""In the order in which a worker answers their bells."""

LOOK = "hampa.platform.worker.answer"
_BELLS = "hampa.bells"

log = logging.getLogger(__name__)
F = TypeVar("F", bound=Callable[..., Any])
Stopping = Callable[[], bool]
Look = Callable[[str, Stopping], int]


class Job(Record, Changing, db.Model):
    """Something to be done once, by name, with plain arguments.

    `waiting` until `due_at`; `running` while a worker holds it, and `due_at` is then the end of its lease: past it
    the worker counts as dead and another one takes the job. Ends as `done` or `failed`. Ended rows are kept for
    some days, so that the same `key` is not queued again.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'running', 'done', 'failed')", name="status"),
        CheckConstraint("queue IN ('urgent', 'normal')", name="queue"),
        Index("ix_jobs_due", "queue", "due_at", postgresql_where="status IN ('waiting', 'running')"),
        Index("ix_jobs_status_updated_at", "status", "updated_at"),
    )

    name: Mapped[str]
    args: Mapped[dict[str, Any]]
    key: Mapped[str | None] = mapped_column(unique=True)
    queue: Mapped[str] = mapped_column(default=NORMAL)
    status: Mapped[str] = mapped_column(default="waiting")
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None]
    last_error: Mapped[str | None]


@dataclass(frozen=True)
class Work:
    """What a job's name stands for."""

    name: str
    function: Callable[..., Any]
    tries: int
    lease: timedelta
    """Longer than it ever takes: past it another worker begins the job anew."""
    every: timedelta | None

    def run(self, args: dict[str, Any]) -> None:
        """Call it; what JSON made text of becomes again what the function's annotations say."""
        wanted = typing.get_type_hints(self.function)
        self.function(**{name: _revived(value, wanted.get(name)) for name, value in args.items()})


_works: dict[str, Work] = {}
_looks: list[Look] = []


def job(
    name: str,
    *,
    tries: int = 5,
    lease: timedelta = timedelta(minutes=2),
    every: timedelta | None = None,
) -> Callable[[F], F]:
    """Give a function a name by which it can be deferred. With `every` it is also run periodically.

    It must be safe to run twice: a worker may die after the work and before it could say so. A failure is tried
    again after some time, `tries` times in all.
    """

    def register(function: F) -> F:
        if name in _works:
            raise ValueError(f"there are two jobs named {name}")
        _works[name] = Work(name, function, tries, lease, every)
        return function

    return register


def on_look(look: Look) -> Look:
    """Let `look(queue, stopping)` be called when a queue's bell rings and on every round.

    It does what is due in that queue until nothing is or `stopping()` says so, and returns how much it did.
    """
    _looks.append(look)
    return look


def work_named(name: str) -> Work | None:
    """What a job's name stands for; None when nobody gave a function that name."""
    return _works.get(name)


def works() -> Iterable[Work]:
    """Every job there is."""
    return _works.values()


def looks() -> Iterable[Look]:
    """All that is to be looked at when a bell rings, and on every round."""
    return tuple(_looks)


def defer(
    name: str, /, *, key: str | None = None, at: datetime | None = None, queue: str = NORMAL, **args: Any
) -> bool:
    """Have the job `name` done once this transaction is committed, or not before `at`.

    Of any number with the same `key` one is kept; false when this one is not it. Arguments are what JSON can hold,
    and ids, times and dates. Raises `LookupError` when there is no such job.
    """
    if name not in _works:
        raise LookupError(f"there is no job named {name}")
    made = db.session.scalar(
        insert(Job)
        .values(
            name=name,
            args={argument: _plain(value) for argument, value in args.items()},
            key=key,
            queue=queue,
            due_at=at or clock.now(),
        )
        .on_conflict_do_nothing(index_elements=[Job.key])
        .returning(Job.id)
    )
    if made is not None and at is None:
        ring(queue)
    return made is not None


def ring(queue: str) -> None:
    """Ring the queue's bell after the outermost commit; once a commit, however often this is called."""
    db.session.info.setdefault(_BELLS, set()).add(queue)


def ring_now(queue: str) -> None:
    """Tell one of the workers to look, if Redis is there.

    A bell that nobody has heard yet is not rung again: who hears it will see what has been committed by now.
    """
    redis.quietly(lambda client: _ring(client, queue), otherwise=None)


def bell(queue: str, client: Redis) -> Queue:
    """The RQ queue that carries the rings of one of ours."""
    return Queue(redis.key(queue), connection=client)


def init_app(app: Flask) -> None:
    """Ring after commits. (The session is shared by all apps of a process: listening once is enough.)"""
    if not event.contains(db.session, "after_commit", _after_commit):
        event.listen(db.session, "after_commit", _after_commit)
        event.listen(db.session, "after_soft_rollback", _after_rollback)


def _after_commit(session: Session) -> None:
    # SQLAlchemy says so for the end of a savepoint too.
    if not session.in_nested_transaction():
        for queue in sorted(session.info.pop(_BELLS, ())):
            ring_now(queue)


def _after_rollback(session: Session, ended: SessionTransaction) -> None:
    if not ended.nested:
        session.info.pop(_BELLS, None)


def _ring(client: Redis, queue: str) -> None:
    rings = bell(queue, client)
    if rings.count == 0:
        # -1: a look minds its own time, RQ must not break it off in the middle of a message.
        rings.enqueue(LOOK, queue, job_timeout=-1, result_ttl=0, failure_ttl=3600, description=queue)


def _plain(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def _revived(value: Any, wanted: Any) -> Any:
    kinds = {wanted, *typing.get_args(wanted)}
    if isinstance(value, str):
        if uuid.UUID in kinds:
            return uuid.UUID(value)
        if datetime in kinds:
            return datetime.fromisoformat(value)
        if date in kinds:
            return date.fromisoformat(value)
    if isinstance(value, list) and typing.get_origin(wanted) is list:
        return [_revived(one, typing.get_args(wanted)[0]) for one in value]
    return value
