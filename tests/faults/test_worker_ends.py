"""The worker ends when told to, goes on when a part of it dies, and leaves nothing behind when its head does."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import NullPool, create_engine, text

from hampa.platform.db import db
from tests.faults.conftest import Work, counts, none_open, status_of, write
from tests.faults.workers import Worker, wait_until
from tests.sms_gateway import Call, Reply, SmsGateway

END_SESSIONS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND usename = current_user"
)

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]


def all_there(worker: Worker, listeners: int) -> bool:
    return len(worker.children()) == listeners + 1


def test_it_ends_at_once_when_it_has_nothing_to_do(work: Work) -> None:
    with work(concurrency=2) as worker:
        write("notice")
        wait_until(lambda: none_open() and all_there(worker, 2))
        worker.end()


def test_it_ends_what_it_has_begun_and_begins_nothing_new(work: Work, gateway: SmsGateway) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def hesitate(_call: Call) -> Reply:
        asked.set()
        go_on.wait(60)
        return Reply()

    gateway.answer = hesitate
    write("notice", 40)
    with work() as worker:
        assert asked.wait(60)
        threading.Timer(1.5, go_on.set).start()
        worker.end()
    ended = counts()
    assert ended.keys() == {"pending", "sent"}, "nothing is left to a lease"
    assert ended["sent"] == len(gateway.calls) < 40


def test_a_part_that_dies_is_begun_anew(work: Work) -> None:
    with work() as worker:
        wait_until(lambda: all_there(worker, 1))
        before = {process.pid for process in worker.children()}
        for process in worker.children():
            process.kill()
        wait_until(lambda: all_there(worker, 1) and not before & {process.pid for process in worker.children()})
        (message,) = write("code")
        wait_until(lambda: status_of(message) == "sent")


def test_without_its_head_nothing_goes_on(work: Work) -> None:
    with work(concurrency=2) as worker:
        wait_until(lambda: all_there(worker, 2))
        (head,) = [process for process in worker.processes() if process.pid == worker.pid]
        head.kill()
        head.wait(10)
        wait_until(lambda: not worker.processes())


def test_the_database_goes_away_and_comes_back(work: Work, gateway: SmsGateway) -> None:
    write("notice")
    with work() as worker:
        wait_until(lambda: none_open() and all_there(worker, 1))
        before = {process.pid for process in worker.children()}
        name = db.engine.url.database
        db.session.remove()
        db.engine.dispose()
        elsewhere = db.engine.url.set(database="postgres")
        with create_engine(elsewhere, isolation_level="AUTOCOMMIT", poolclass=NullPool).connect() as server:
            server.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
            try:
                server.execute(END_SESSIONS, {"name": name})
                wait_until(lambda: "database away" in worker.said())
            finally:
                server.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
        (message,) = write("code")
        wait_until(lambda: status_of(message) == "sent")
        assert {process.pid for process in worker.children()} == before, "no process was restarted for that"
