"""The pool of database connections.

A connection that broke while it lay unused is replaced before it is used again. Statements of main pages run without a
transaction until something else is asked, which saves two round trips a page. Transactions that have written no row are
committed and not rolled back, because psycopg gives up all prepared statements of a connection after a rollback: each
page would have its statements parsed and planned anew.
"""

import logging
import re
import select
import time
from contextlib import suppress
from functools import lru_cache
from threading import get_ident
from typing import Any

import orjson
import psycopg
from flask import Flask
from psycopg import _queries
from psycopg.pq import TransactionStatus
from psycopg.types.json import set_json_loads
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from hampa.platform.config import settings
from hampa.platform.db import db

log = logging.getLogger(__name__)

TRY_AGAIN_SECONDS = 0.1
PING_AFTER_SECONDS = 1.0
"""How long a connection may lie unused before it is asked whether it still works; a page would pay for each question."""

READS = re.compile(r"\s*\(*\s*SELECT\b", re.IGNORECASE)
WITH = re.compile(r"\s*WITH\b", re.IGNORECASE)
WRITING = ("INSERT ", "UPDATE ", "DELETE ")
WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE|MERGE)\b", re.IGNORECASE)
"""How a statement that only reads begins; a `;` may be followed by another."""
LOCKS = re.compile(r"\bFOR (NO KEY )?UPDATE\b|\bFOR (KEY )?SHARE\b|\bpg_(try_)?advisory|\bset_config\b", re.IGNORECASE)
"""What lasts until the end of a transaction."""
READS_ALONE = "hampa_reads_alone"
"""The execution option of a SELECT that needs no transaction."""
LONGEST_STATEMENT = 1 << 16
"""Characters of the longest statement of which psycopg keeps where its parameters are."""
_HAS_WRITTEN = "has_written"


def init_app(app: Flask) -> None:
    """Watch the pool of the app's engine."""
    with app.app_context():
        watch(db.engine)
    # psycopg looks for parameters in statements of more than 4,096 characters at each execution, for a millisecond.
    _queries.MAX_CACHED_STATEMENT_LENGTH = LONGEST_STATEMENT
    set_json_loads(orjson.loads)  # a third of the time, for each row that has JSON


def watch(engine: Engine) -> None:
    """Watch the pool of an engine; inside an app context."""
    ping_when_idle(engine)
    wait_for_takeover(engine, settings().database_wait)
    commit_what_only_read(engine)
    roll_back_what_has_begun(engine)
    read_without_transaction(engine)


def ping_when_idle(engine: Engine) -> None:
    """Ask the connections of an engine whether they work when they are used after `PING_AFTER_SECONDS`."""

    def note_return(connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["returned_at"] = time.monotonic()

    def ping_if_idle(connection: Any, record: ConnectionPoolEntry, proxy: Any) -> None:
        """Raise InvalidatePoolError, upon which the pool connects anew, if the connection has broken."""
        now = time.monotonic()
        if now - record.info.setdefault("returned_at", now) < PING_AFTER_SECONDS and not _has_news(connection):
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    event.listen(engine, "checkin", note_return)
    event.listen(engine, "checkout", ping_if_idle)


def _has_news(connection: Any) -> bool:
    """Return whether the server has written to a connection that nobody uses, which it does when it ends.

    It costs a microsecond, where a question to the server costs a page a twentieth of its time.
    """
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


_waiting: set[int] = set()


def is_waiting() -> bool:
    """Return whether a thread of this process waits for a database that takes writes: until one is there nothing changes."""
    return bool(_waiting)


def wait_for_takeover(engine: Engine, seconds: float) -> None:
    """Have those who need a new connection wait so long for a server that takes writes, and not fail at once.

    Whoever asks while a replica takes over so gets an answer, only later.
    """
    if not seconds:
        return

    def connect_in_time(dialect: Any, _record: Any, arguments: Any, keywords: Any) -> Any:
        end, level = time.monotonic() + seconds, logging.WARNING
        try:
            while True:
                try:
                    return dialect.connect(*arguments, **keywords)
                except psycopg.OperationalError:
                    if time.monotonic() > end:
                        raise
                    log.log(level, "no database takes writes: waiting for one", exc_info=True)
                _waiting.add(get_ident())
                level = logging.DEBUG
                time.sleep(TRY_AGAIN_SECONDS)
        finally:
            _waiting.discard(get_ident())

    event.listen(engine, "do_connect", connect_in_time)


@lru_cache(maxsize=1_000)
def only_reads(statement: str) -> bool:
    """Return whether a statement is one SELECT, which may begin with others by name, and with spaces."""
    if ";" in statement:
        return False
    return bool(READS.match(statement) or (WITH.match(statement) and not WRITES.search(statement)))


@lru_cache(maxsize=1_000)
def says_what_it_wrote(statement: str) -> bool:
    """Return whether a statement writes rows of one table, and is told how many these were."""
    return statement.startswith(WRITING) and ";" not in statement and "WITH " not in statement


def commit_what_only_read(engine: Engine) -> None:
    """End the transactions of an engine that have written no row by a COMMIT, which changes nothing.

    In them every statement was a SELECT, or found nothing to write, as what a page marks as read when it is opened.
    """

    def note_begin(connection: Connection) -> None:
        connection.info[_HAS_WRITTEN] = False

    def note_statement(connection: Connection, _cursor: Any, statement: str, *_more: Any) -> None:
        if not only_reads(statement) and not says_what_it_wrote(statement):
            connection.info[_HAS_WRITTEN] = True

    def note_rows(connection: Connection, cursor: Any, statement: str, *_more: Any) -> None:
        if not only_reads(statement) and cursor.rowcount != 0:
            connection.info[_HAS_WRITTEN] = True

    def commit_instead(connection: Connection) -> None:
        # One that was lost meanwhile has nothing to commit, and even `info` of it fails.
        if connection.invalidated or connection.info.get(_HAS_WRITTEN, True):
            return
        driver = connection.connection.driver_connection
        if driver is not None and driver.pgconn.transaction_status == TransactionStatus.INTRANS:
            with suppress(psycopg.Error):  # the rollback that follows meets the same trouble, and SQLAlchemy treats it
                driver.commit()

    event.listen(engine, "begin", note_begin)
    event.listen(engine, "before_cursor_execute", note_statement)
    event.listen(engine, "after_cursor_execute", note_rows)
    event.listen(engine, "rollback", commit_instead)


def roll_back_what_has_begun(engine: Engine) -> None:
    """Roll a connection back that comes into the pool, if a transaction has begun on it; most have none."""

    def roll_back(connection: Any, _record: Any, _state: Any) -> None:
        if connection.pgconn.transaction_status != TransactionStatus.IDLE:
            connection.rollback()

    event.listen(engine, "reset", roll_back)


@lru_cache(maxsize=1_000)
def needs_no_transaction(statement: str) -> bool:
    """Return whether a statement is one SELECT that holds no lock until the end of a transaction."""
    return only_reads(statement) and not LOCKS.search(statement)


def read_without_transaction(engine: Engine) -> None:
    """Run statements with the option `READS_ALONE` without a transaction until a connection runs another one.

    At READ COMMITTED, PostgreSQL's own level, a transaction shows reads no more than each would see by itself.
    """

    def let_read(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        if not driver.autocommit and "isolation_level" not in connection.get_execution_options():
            driver.autocommit = True

    def begin_unless_alone(
        connection: Connection, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: bool
    ) -> None:
        driver: Any = connection.connection.driver_connection
        if not driver.autocommit or "isolation_level" in connection.get_execution_options():
            return
        if context is None or READS_ALONE not in context.execution_options or not needs_no_transaction(statement):
            driver.autocommit = False  # psycopg begins with the statement

    event.listen(engine, "begin", let_read)
    event.listen(engine, "before_cursor_execute", begin_unless_alone)
