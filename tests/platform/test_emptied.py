"""The database that tests with real commits get one after another: each finds what the migrations left, and no more."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import make_url

from tests.database import Databases, home_of
from tests.emptied import Emptied

A_JOB = """
INSERT INTO jobs (id, name, queue, args, status, attempts, due_at)
VALUES (gen_random_uuid(), 'x', 'normal', '{}', 'waiting', 0, now())
"""
NEXT_NUMBER = "SELECT nextval(oid::regclass) FROM pg_class WHERE relkind = 'S' ORDER BY oid LIMIT 1"


@pytest.fixture
def emptied(databases: Databases) -> Iterator[Emptied]:
    made = Emptied(databases)
    yield made
    made.close()


def connected(url: str) -> psycopg.Connection:
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(), autocommit=True)


def rows_in(url: str) -> dict[str, int]:
    """Return the number of rows of each table."""
    with connected(url) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for (name,) in names}


def test_what_a_test_left_is_gone_and_what_it_took_is_back(emptied: Emptied) -> None:
    url = emptied.take()
    before = rows_in(url)
    filled = [name for name, count in before.items() if count]
    assert filled
    with connected(url) as connection:
        connection.execute(A_JOB)
        connection.execute(f"DELETE FROM {filled[-1]}")
        number = connection.execute(NEXT_NUMBER).fetchone()
    assert rows_in(url) != before
    (home_of(url) / "left").touch()
    assert emptied.take() == url
    assert rows_in(url) == before
    assert not (home_of(url) / "left").exists()
    with connected(url) as connection:
        assert connection.execute(NEXT_NUMBER).fetchone() == number


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE audit_entries DISABLE TRIGGER USER",
        "ALTER TABLE jobs ADD COLUMN more text",
        "ALTER TABLE jobs ALTER COLUMN name DROP NOT NULL",
        "CREATE TABLE more ()",
        "ANALYZE jobs",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 9', current_database()); END $$",
    ],
)
def test_one_that_was_changed_otherwise_is_given_up(emptied: Emptied, change: str) -> None:
    url = emptied.take()
    with connected(url) as connection:
        connection.execute(A_JOB)
        connection.execute(change)
    assert emptied.take() != url


def test_one_that_somebody_works_in_is_given_up(emptied: Emptied) -> None:
    url = emptied.take()
    with connected(url) as connection, connection.transaction():
        connection.execute("SELECT 1")
        assert emptied.take() != url
