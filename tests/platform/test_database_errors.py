"""What people, health checks and the log are told when PostgreSQL refuses, is slow, busy or away."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import IntegrityError

from hampa.platform.database_errors import DatabaseTrouble, trouble_of
from hampa.platform.db import db
from tests.database import Databases, engine_instead
from tests.factories.people import make_person
from tests.factories.runs import make_run
from tests.page import Answer, Page

LOCK_RUNS = text("SELECT id FROM runs FOR UPDATE")
RUN_TITLE = "Dawn by the lake"


class Site:
    """The app on a database of its own, where commits are real; `admin` is a second client of that database."""

    def __init__(self, app: Flask, url: str) -> None:
        self.app, self.url = app, url
        self.admin = create_engine(url)
        with self.engine():
            run = make_run(title=RUN_TITLE)
            db.session.commit()
            self.run_id = run.id
            self.pages = {language: Page(app, language).as_(make_person(locale=language)) for language in ("en", "fa")}

    @contextmanager
    def engine(self, *, sessions: str = "", url: str = "", **options: Any) -> Iterator[Engine]:
        """Let requests use an engine with these options of PostgreSQL's `sessions`, and of SQLAlchemy."""
        engine = create_engine(
            url or self.url, hide_parameters=True, connect_args={"options": sessions, "connect_timeout": 2}, **options
        )
        with engine_instead(self.app, engine):
            yield engine
        engine.dispose()

    def join(self, page: Page) -> Answer:
        return page.post(f"/runs/{self.run_id}/join")

    def join_while(self, page: Page, interfere: Callable[[], object]) -> Answer:
        """Join in another thread, and interfere as soon as that waits for a lock."""
        with ThreadPoolExecutor(1) as thread, self.admin.connect() as watching:
            answer = thread.submit(self.join, page)
            waits = text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            while not watching.scalar(waits):
                watching.rollback()
                assert not answer.done(), "it did not wait"
                time.sleep(0.01)
            interfere()
            return answer.result(20)


@pytest.fixture(scope="module")
def site(app: Flask, databases: Databases) -> Iterator[Site]:
    made = Site(app, databases.make("errors"))
    yield made
    made.admin.dispose()


@pytest.fixture(params=["en", "fa"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[False, True], ids=["page", "fragment"])
def page(site: Site, language: str, request: pytest.FixtureRequest) -> Page:
    """Return a signed-in browser that requests pages, or fragments as htmx does."""
    return site.pages[language].htmx if request.param else site.pages[language]


WORDS = {
    ("contention", "en"): "Others were changing this at the same moment. Nothing was saved: please try again.",
    ("contention", "fa"): "هم‌زمان کسان دیگری هم داشتند این را عوض می‌کردند. چیزی ذخیره نشد: دوباره امتحان کن.",
    ("slow", "en"): "This took too long, so we stopped it. Nothing was saved.",
    ("slow", "fa"): "این کار زیادی طول کشید و متوقفش کردیم. چیزی ذخیره نشد.",
    ("busy", "en"): "A great many people are here right now.",
    ("busy", "fa"): "الان خیلی شلوغ است.",
    ("away", "en"): "We can't reach our records right now.",
    ("away", "fa"): "الان دستمان به دفترمان نمی‌رسد.",
}


def check(answer: Answer, status: int, kind: str) -> None:
    page = answer.page
    assert answer.status == status
    assert WORDS[kind, page.language] in answer.words
    assert answer.is_whole != page.fragments
    assert answer.response.headers.get("Retry-After") == ("5" if status == 503 else None)


def logged(caplog: pytest.LogCaptureFixture, event: str) -> dict[str, Any]:
    """Return the fields of the only log line of this event, which must have a stack."""
    (record,) = [one for one in caplog.records if isinstance(one.msg, dict) and one.msg.get("event") == event]
    assert record.levelno == logging.ERROR
    assert record.exc_info or record.msg.get("exc_info"), "the stack is missing"
    return dict(record.msg)


def test_a_lock_timeout_is_a_conflict(site, page, caplog):
    with site.engine(sessions="-c lock_timeout=200"), site.admin.begin() as holder:
        holder.execute(LOCK_RUNS)
        check(site.join(page), 409, "contention")
    line = logged(caplog, "lock conflict in the database")
    assert (line["error"], line["route"]) == ("LockNotAvailable", "/runs/<uuid:run_id>/join")
    assert line["statement"].startswith("SELECT … FROM runs WHERE runs.id =") and len(line["statement"]) <= 300


def test_a_deadlock_is_a_conflict(site, page, caplog):
    with site.engine(), site.admin.connect() as other:
        other.execute(text("SELECT id FROM people FOR UPDATE"))

        def interfere() -> None:
            other.execute(LOCK_RUNS)  # whoever waited first is the one that PostgreSQL breaks off

        check(site.join_while(page, interfere), 409, "contention")
        other.rollback()
    assert logged(caplog, "lock conflict in the database")["error"] == "DeadlockDetected"


def test_a_serialization_failure_is_a_conflict(site, page, caplog):
    with site.engine(isolation_level="REPEATABLE READ"), site.admin.connect() as other:
        other.execute(text("UPDATE runs SET version = version + 1"))
        check(site.join_while(page, other.commit), 409, "contention")
    assert logged(caplog, "lock conflict in the database")["error"] == "SerializationFailure"


def test_what_is_written_to_a_deleted_thing_is_gone(site):
    lost = text("INSERT INTO comments_of_nothing (run_id) VALUES (gen_random_uuid())")
    with site.admin.begin() as admin:
        admin.execute(text("CREATE TABLE IF NOT EXISTS comments_of_nothing (run_id uuid REFERENCES runs (id))"))
    for statement, trouble in ((lost, DatabaseTrouble.GONE), (text("DELETE FROM people"), DatabaseTrouble.FAULT)):
        with site.admin.connect() as admin, pytest.raises(IntegrityError) as refused:
            admin.execute(statement)
        assert trouble_of(refused.value) is trouble


def test_a_statement_timeout_is_not_the_database_being_away(site, page, caplog):
    with site.engine(sessions="-c statement_timeout=300 -c lock_timeout=0"), site.admin.begin() as holder:
        holder.execute(text("LOCK TABLE runs"))
        check(page.get(f"/runs?q={RUN_TITLE}"), 503, "slow")
    line = logged(caplog, "statement timeout")
    assert line["error"] == "QueryCanceled"
    # The number at the bell and that of messages, which asks for runs, come with whoever looks.
    assert line["statement"].startswith("SELECT … FROM people JOIN "), line["statement"]
    assert RUN_TITLE not in json.dumps(line, default=str)


def test_a_pool_without_a_free_connection_is_busy(site, page, caplog):
    with site.engine(pool_size=1, max_overflow=0, pool_timeout=0.1) as engine, engine.connect():
        check(page.get("/runs"), 503, "busy")
        readiness = site.app.test_client().get("/readyz")
    assert logged(caplog, "no database connection is free")["error"] == "TimeoutError"
    assert readiness.json["reasons"]["database"] == "no database connection is free (TimeoutError)"


def test_a_killed_connection_is_the_database_being_away(site, page, caplog):
    kill = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )

    with site.engine(), site.admin.begin() as holder:
        holder.execute(LOCK_RUNS)
        check(site.join_while(page, lambda: holder.execute(kill)), 503, "away")
        assert page.get("/runs").status == 200, "the next request has a new connection"
    assert logged(caplog, "database away")["error"] == "AdminShutdown"


def test_a_refused_connection_is_the_database_being_away(site, page, caplog):
    with site.engine(url="postgresql+psycopg://hampa@127.0.0.1:1/hampa"):
        check(page.get("/runs"), 503, "away")
        readiness = site.app.test_client().get("/readyz")
        assert site.app.test_client().get("/healthz").status_code == 200
    assert logged(caplog, "database away")["error"] == "OperationalError"
    assert readiness.status_code == 503
    assert readiness.json["reasons"]["database"] == "PostgreSQL does not answer (OperationalError)"
    failed = [one for one in caplog.records if isinstance(one.msg, dict) and "readiness" in one.msg["event"]]
    assert failed and all(one.exc_info or one.msg.get("exc_info") for one in failed)


def test_a_statement_that_is_wrong_is_our_fault(site, caplog):
    with site.engine(), site.admin.begin() as admin:
        admin.execute(text("ALTER TABLE runs RENAME TO runs_elsewhere"))
    try:
        with site.engine():
            assert site.app.test_client().get("/runs").status_code == 500
    finally:
        with site.admin.begin() as admin:
            admin.execute(text("ALTER TABLE runs_elsewhere RENAME TO runs"))
    logged(caplog, "unhandled error")
