"""A database for tests whose commits are real, which one after another of them gets, emptied each time.

To make one copies 1,400 files, and took more than most of these tests did. What a test left in it is deleted, and what
the migrations put there is put back. A database that was changed in any other way, or that somebody still speaks to, is
given up for another.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask
from psycopg import sql
from sqlalchemy import create_engine, make_url

from hampa.platform import pool
from hampa.platform.redis import redis
from hampa.platform.request_counts import forget_counts
from tests.compiled import keep_compiled
from tests.database import Databases, engine_instead, home_of

TABLES = """
SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname = 'public' AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname
"""
SEQUENCES = """
SELECT format('%I.%I', schemaname, sequencename), coalesce(last_value, start_value), last_value IS NOT NULL
FROM pg_sequences WHERE schemaname = 'public'
"""
CATALOGUES = ("class", "attribute", "attrdef", "constraint", "index", "proc", "statistic", "trigger", "type")
MADE_OF = " UNION ALL ".join(f"SELECT count(*), max(xmin::text::bigint) FROM pg_{name}" for name in CATALOGUES)
"""What a change of anything but rows changes: statistics are changed by ANALYZE."""
OPEN_TO = " UNION ALL SELECT datallowconn::integer, datconnlimit FROM pg_database WHERE datname = current_database()"
OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
END_OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle'
"""
"""Sessions that an engine closed a moment ago may not have ended yet."""


class Emptied:
    """The database that tests of this process get one after another."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._url = ""
        self._connection: psycopg.Connection | None = None

    def take(self) -> str:
        """Return the URL of a database as the migrations leave it."""
        if self._connection is not None and self._empty():
            for path in home_of(self._url).rglob("*"):  # the folders stay: the store of files knows that it made them
                if not path.is_dir():
                    path.unlink()
            return self._url
        self.close()
        self._url = self._databases.make("real")
        if not self._databases.outlives_tests:  # of a server that is given we are no superuser
            self._remember()
        return self._url

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _remember(self) -> None:
        """Note what is in the database now."""
        whole = make_url(self._url).set(drivername="postgresql", username="postgres")
        connection = psycopg.connect(whole.render_as_string(), autocommit=True)
        connection.execute("SET session_replication_role = replica")  # rows go whatever refers to them
        connection.prepare_threshold = 1
        self._connection = connection
        self._tables = [name for (name,) in connection.execute(TABLES)]
        self._which_are_filled = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(name, sql.Identifier(name))
            for name in self._tables
        )
        self._rows = {name: self._read(name) for name in self._filled()}
        self._sequences = connection.execute(SEQUENCES).fetchall()
        self._made_of = connection.execute(MADE_OF + OPEN_TO).fetchall()

    def _filled(self) -> list[str]:
        assert self._connection is not None
        return [name for (name,) in self._connection.execute(self._which_are_filled)]

    def _read(self, table: str) -> bytes:
        assert self._connection is not None
        statement = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(table))
        with self._connection.cursor().copy(statement) as rows:
            return b"".join(bytes(each) for each in rows)

    def _empty(self) -> bool:
        """Empty the database, and return whether it is what it was."""
        connection = self._connection
        assert connection is not None
        try:
            connection.execute(END_OTHERS)
            (others,) = connection.execute(OTHERS).fetchone() or (1,)
            if others or connection.execute(MADE_OF + OPEN_TO).fetchall() != self._made_of:
                return False
            with connection.transaction():
                for name in self._filled():
                    connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
                for name, rows in self._rows.items():
                    statement = sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(sql.Identifier(name))
                    with connection.cursor().copy(statement) as into:
                        into.write(rows)
                for sequence in self._sequences:
                    connection.execute("SELECT setval(%s::text::regclass, %s, %s)", sequence)
            return True
        except psycopg.Error:
            return False


@pytest.fixture(scope="session")
def emptied(databases: Databases) -> Iterator[Emptied]:
    """Yield the database that tests with real commits get one after another."""
    made = Emptied(databases)
    yield made
    made.close()


@pytest.fixture
def real_database(app: Flask, emptied: Emptied) -> Iterator[Flask]:
    """Yield the app on a database where commits are real, for tests with threads, locks and processes.

    Open an app context in each thread. `settings().database_url` still names the database of the other tests:
    processes of their own get `db.engine.url`.
    """
    url = emptied.take()
    engine = create_engine(url, pool_size=20, max_overflow=20)
    with app.app_context():
        redis().flushdb()
        forget_counts()
        pool.watch(engine)
        keep_compiled(engine, "real")
    with engine_instead(app, engine):
        yield app
    engine.dispose()
