"""What tests with killed workers stand on: a database of their own and a gateway that counts."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from hampa.outbox import queries
from hampa.outbox.actions.writing import send_sms
from hampa.outbox.models import OPEN, OutboxMessage
from hampa.platform import clock, jobs
from hampa.platform.db import db
from hampa.platform.jobs import Job, job_definitions
from tests import sms_gateway
from tests.database import Databases
from tests.faults import workers
from tests.faults.workers import Worker, wait_until
from tests.sms_gateway import SmsGateway

Work = Callable[..., AbstractContextManager[Worker]]


@pytest.fixture
def gateway() -> Iterator[SmsGateway]:
    with sms_gateway.running() as counting:
        yield counting


@pytest.fixture
def work(real_database: Flask, databases: Databases, gateway: SmsGateway, tmp_path: Path) -> Iterator[Work]:
    """Yield a context manager that runs a real worker on the test's database, which sends through `gateway`."""
    with real_database.app_context():
        do_what_comes_seldom()
        url = db.engine.url.render_as_string(hide_password=False)
        environ = databases.environment(url, HAMPA_SMS_GATEWAY="webhook", HAMPA_SMS_WEBHOOK_URL=gateway.url)

        def begin(
            concurrency: int = 1, program: Sequence[str] = ("worker.py",), **more: str
        ) -> AbstractContextManager[Worker]:
            return workers.working(environ | more, tmp_path / "worker.log", concurrency, program)

        yield begin


SELDOM = timedelta(minutes=30)


def do_what_comes_seldom() -> None:
    """Note the jobs of every half hour and longer as done, in this period and the next, as after an hour of a site.

    A worker on a new database would begin with all forty of them; the first start of a site is `test_up.py`.
    """
    now = clock.now()
    for definition in job_definitions():
        if definition.every is not None and definition.every >= SELDOM:
            period = int(now.timestamp() // definition.every.total_seconds())
            keys = [f"{definition.name}@{nth}" for nth in (period, period + 1)]
            db.session.add_all(Job(name=definition.name, args={}, key=key, status="done", due_at=now) for key in keys)
    db.session.commit()


_numbers = itertools.count(1)


def write(kind: str, count: int = 1) -> list[OutboxMessage]:
    """So many codes, or messages like those about a changed run, committed together."""
    given: dict[str, Any] = {
        "code": {"purpose": "sign_in_code", "priority": "code", "secret": "123456"},
        "notice": {"purpose": "run_changed"},
    }[kind]
    template = {"code": "auth/sms/sign_in_code.txt", "notice": "auth/sms/budget_spent.txt"}[kind]
    messages = [
        send_sms(
            f"+98912{1_000_000 + nth}",
            template,
            {"host": "hampa.test", "most": 5},
            key=f"{kind}:{nth}",
            locale="fa",
            **given,
        )
        for nth in itertools.islice(_numbers, count)
    ]
    db.session.commit()
    return messages


def status_of(message: OutboxMessage) -> str:
    db.session.rollback()
    db.session.refresh(message)
    return message.status


def counts() -> dict[str, int]:
    db.session.rollback()
    return queries.message_counts()


def none_open() -> bool:
    return not any(counts().get(status) for status in OPEN)


def let_leases_end(after: timedelta = timedelta()) -> None:
    """Half a minute passes, and what dead workers held may be taken by others; or not before this time is over."""
    db.session.rollback()
    db.session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.status.in_(OPEN))
        .values(next_attempt_at=clock.now() + after, version=OutboxMessage.version)
    )
    db.session.commit()


PAUSE = 4711


def pause_at(table: str, when: str, condition: str) -> None:
    """From now on who writes such a row waits, in the middle of its transaction, while `paused` holds the lock."""
    db.session.execute(
        text(
            f"CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF {condition} THEN PERFORM pg_advisory_xact_lock_shared({PAUSE}); END IF; RETURN NEW; END $$"
        )
    )
    db.session.execute(text(f"CREATE TRIGGER pause BEFORE {when} ON {table} FOR EACH ROW EXECUTE FUNCTION pause()"))
    db.session.commit()


def somebody_waits() -> bool:
    # The list of locks is the whole server's, where other tests have databases, and perhaps somebody who waits, too.
    waiting = (
        "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
        " WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted AND objid = :pause"
    )
    found = db.session.execute(text(waiting), {"pause": PAUSE}).scalar_one()
    db.session.rollback()
    return bool(found)


def goes_round(key: str, seconds: float = 60.0) -> None:
    """Wait until a worker that is awake has done a job of this key."""
    jobs.enqueue("queue.forget_jobs", key=key)
    db.session.commit()
    wait_until(lambda: ended(key), seconds)


def ended(key: str) -> bool:
    db.session.rollback()
    return db.session.scalars(select(Job.status).where(Job.key == key)).one() == "done"
