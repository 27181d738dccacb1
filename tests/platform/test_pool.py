"""The pool of connections: one that broke while it lay unused is replaced, and no page pays for the question."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from hampa.platform import pool
from hampa.platform.pool import (
    READS_ALONE,
    commit_what_only_read,
    needs_no_transaction,
    only_reads,
    ping_when_idle,
    read_without_transaction,
    wait_for_takeover,
)
from tests.database import Databases


@pytest.fixture
def engine(databases: Databases) -> Iterator[Engine]:
    made = create_engine(databases.make("pool"), pool_size=1, max_overflow=0)
    ping_when_idle(made)
    commit_what_only_read(made)
    read_without_transaction(made)
    yield made
    made.dispose()


def backend(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT pg_backend_pid()")) or 0)


def test_a_connection_that_broke_unused_is_replaced_at_once(engine: Engine) -> None:
    first = backend(engine)
    admin = create_engine(engine.url)
    with admin.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": first})
    admin.dispose()
    assert backend(engine) not in (0, first)


def test_a_transaction_whose_connection_is_lost_is_rolled_back(engine: Engine) -> None:
    with engine.connect() as connection:
        with pytest.raises(DBAPIError):
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        connection.rollback()
    assert backend(engine)


def test_a_connection_in_use_is_not_asked(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    pings = []
    monkeypatch.setattr(engine.dialect, "do_ping", pings.append)
    assert backend(engine) == backend(engine)
    assert pings == []
    monkeypatch.setattr(pool, "PING_AFTER_SECONDS", 0.0)
    backend(engine)
    assert len(pings) == 1


def test_who_needs_a_connection_waits_for_a_server_that_takes_over(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = create_engine(databases.make("takeover"), pool_size=1, max_overflow=0)
    connect, tries, waits = made.dialect.connect, [], []

    def refused_twice(*arguments: Any, **keywords: Any) -> Any:
        tries.append(arguments)
        waits.append(pool.is_waiting())
        if len(tries) % 3:
            raise psycopg.OperationalError("connection refused")
        return connect(*arguments, **keywords)

    monkeypatch.setattr(made.dialect, "connect", refused_twice)
    wait_for_takeover(made, 0)
    with pytest.raises(OperationalError):
        backend(made)
    tries.clear()
    waits.clear()
    wait_for_takeover(made, 20)
    assert backend(made)
    assert len(tries) == 3
    assert waits == [False, True, True] and not pool.is_waiting()
    made.dispose()


def prepared(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM pg_prepared_statements WHERE NOT from_sql")) or 0)


def test_statements_stay_prepared_from_one_page_to_the_next(engine: Engine) -> None:
    for _ in range(8):
        backend(engine)
    assert prepared(engine) > 0
    with engine.connect() as connection:
        connection.execute(text("CREATE TABLE things (name text)"))
    assert prepared(engine) == 0, "psycopg does not keep them after a rollback"


def test_statements_stay_prepared_where_there_was_nothing_to_write(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE things (name text)"))
    for _ in range(8):
        backend(engine)
    for statement in (
        "UPDATE things SET name = 'read'",
        "DELETE FROM things",
        "INSERT INTO things SELECT 'no' WHERE false",
    ):
        with engine.connect() as connection:
            connection.execute(text(statement))
        assert prepared(engine) > 0, statement
    with engine.connect() as connection:
        connection.execute(text("INSERT INTO things VALUES ('gone')"))
        connection.execute(text("UPDATE things SET name = 'read' WHERE name = 'nobody'"))
    assert prepared(engine) == 0
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM things")) == 0, "what was written is rolled back"


def test_a_select_that_begins_with_others_only_reads() -> None:
    assert only_reads("WITH few AS (SELECT 1) SELECT * FROM few")
    assert only_reads("\n    SELECT\n        (SELECT 1)"), "as it stands in our own text"
    assert not only_reads("WITH few AS (delete FROM things RETURNING name) SELECT name FROM few")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO things VALUES ('kept')",
        "WITH made AS (INSERT INTO things VALUES ('kept') RETURNING name) SELECT name FROM made",
        "SELECT count(*) FROM things; INSERT INTO things VALUES ('kept')",
    ],
)
def test_what_was_written_and_not_committed_is_rolled_back(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE things (name text)"))
    with engine.connect() as connection:
        connection.execute(text(statement))
        connection.execute(text("SELECT 1"))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM things")) == 0


def test_a_failed_transaction_is_left_behind(engine: Engine) -> None:
    for _ in range(2):
        with engine.connect() as connection, pytest.raises(DBAPIError):
            connection.execute(text("SELECT 1 / 0"))
        assert backend(engine) > 0


ALONE = {READS_ALONE: True}
COUNT = text("SELECT count(*) FROM things")


def is_in_transaction(connection: Connection) -> bool:
    driver = connection.connection.driver_connection
    assert driver is not None
    return bool(driver.info.transaction_status == TransactionStatus.INTRANS)


def test_pages_read_without_a_transaction_until_something_else_is_asked(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE things (name text)"))
    for _ in range(2):
        with engine.connect() as connection:
            assert connection.scalar(COUNT, execution_options=ALONE) == 0
            assert not is_in_transaction(connection)
            connection.execute(text("INSERT INTO things VALUES ('lost')"))
            assert is_in_transaction(connection)
            assert connection.scalar(COUNT, execution_options=ALONE) == 1, "it sees what its transaction wrote"
            assert is_in_transaction(connection)
    with engine.connect() as connection:
        assert connection.scalar(COUNT, execution_options=ALONE) == 0
        with connection.begin_nested() as savepoint:
            connection.execute(text("INSERT INTO things VALUES ('lost')"))
            savepoint.rollback()
        connection.execute(text("INSERT INTO things VALUES ('kept')"))
        connection.commit()
        assert not is_in_transaction(connection)
        assert connection.scalar(COUNT, execution_options=ALONE) == 1
        assert not is_in_transaction(connection)


@pytest.mark.parametrize(
    "locking",
    ["SELECT 1 FROM things FOR UPDATE", "SELECT pg_advisory_xact_lock(7)", "SELECT name FROM things FOR SHARE"],
)
def test_what_holds_a_lock_is_never_alone(engine: Engine, locking: str) -> None:
    assert not needs_no_transaction(locking)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE things (name text)"))
    with engine.connect() as connection:
        connection.execute(text(locking), execution_options=ALONE)
        assert is_in_transaction(connection)


def test_a_connection_without_transactions_stays_so(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM"))
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        assert is_in_transaction(connection)
