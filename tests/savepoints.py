"""Savepoints of the test's transaction that are sent only where something was written since the last one.

Every session in a test begins and ends with a savepoint, and so does every attempt of a sweep: sent one by one they
were a third of all statements. After a savepoint that nothing was written since, another one is the same as the first;
going back to it changes nothing; and one that nobody can go back to is released together with the next.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine

WRITES = re.compile(r"\b(?:insert|update|delete|merge|set_config|nextval|setval|pg_notify)\b", re.IGNORECASE)


@cache
def only_reads(statement: str) -> bool:
    """Return whether a statement leaves nothing behind that a rollback would have to take back."""
    return statement.lstrip()[:6].upper().startswith(("SELECT", "WITH")) and not WRITES.search(statement)


class Savepoints:
    """The savepoints of one transaction: those that PostgreSQL has, and the names that SQLAlchemy gave to them."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.names: list[tuple[str, str]] = []
        self.written = False
        self._count = 0

    def savepoint(self, connection: Connection, name: str) -> None:
        """Make a savepoint, or let the last one be it."""
        if self.written or not self.sent or _has_failed(connection):
            self._count += 1
            new = f"sent_{self._count}"
            self._run(connection, f"{self._released()}SAVEPOINT {new}")
            self.sent.append(new)
            self.written = False
        self.names.append((name, self.sent[-1]))

    def release(self, connection: Connection, name: str) -> None:
        """Forget a savepoint and those within it."""
        if _has_failed(connection):
            self._run(connection, f"RELEASE SAVEPOINT {self._sent_as(name)}")  # PostgreSQL says no in its own words
        self._forget(name)

    def roll_back(self, connection: Connection, name: str) -> None:
        """Undo what was done since a savepoint."""
        sent = self._sent_as(name)
        if self.written or sent != self.sent[-1] or _has_failed(connection):
            self._run(connection, f"ROLLBACK TO SAVEPOINT {sent}")
            del self.sent[self.sent.index(sent) + 1 :]
            self.written = False
        self._forget(name)

    def _sent_as(self, name: str) -> str:
        return next(sent for known, sent in reversed(self.names) if known == name)

    def _forget(self, name: str) -> None:
        while self.names.pop()[0] != name:
            pass

    def _released(self) -> str:
        """Return the SQL that releases the savepoints above the last one that has a name."""
        needed = {sent for _name, sent in self.names}
        kept = next((nth for nth in range(len(self.sent), 0, -1) if self.sent[nth - 1] in needed), 0)
        released = self.sent[kept : kept + 1]
        del self.sent[kept:]
        return "".join(f"RELEASE SAVEPOINT {sent}; " for sent in released)

    @staticmethod
    def _run(connection: Connection, statement: str) -> None:
        connection.connection.dbapi_connection.execute(statement)  # type: ignore[union-attr]


def _has_failed(connection: Connection) -> bool:
    info: Any = connection.connection.dbapi_connection.info  # type: ignore[union-attr]
    return bool(info.transaction_status == TransactionStatus.INERROR)


def send_seldom(engine: Engine) -> None:
    """Let this engine send savepoints only where something was written since the last one."""
    dialect: Any = engine.dialect
    transactions: dict[Any, Savepoints] = {}
    do_begin, do_execute, do_execute_no_params = dialect.do_begin, dialect.do_execute, dialect.do_execute_no_params
    do_executemany = dialect.do_executemany

    def begin(dbapi_connection: Any) -> None:
        transactions[getattr(dbapi_connection, "dbapi_connection", dbapi_connection)] = Savepoints()
        do_begin(dbapi_connection)

    def note(cursor: Any, statement: str) -> None:
        savepoints = transactions.get(cursor.connection)
        if savepoints and not savepoints.written and not only_reads(statement):
            savepoints.written = True

    def execute(cursor: Any, statement: str, *more: Any) -> None:
        note(cursor, statement)
        do_execute(cursor, statement, *more)

    def execute_no_params(cursor: Any, statement: str, *more: Any) -> None:
        note(cursor, statement)
        do_execute_no_params(cursor, statement, *more)

    def executemany(cursor: Any, statement: str, *more: Any) -> None:
        note(cursor, statement)
        do_executemany(cursor, statement, *more)

    def of(connection: Connection) -> Savepoints:
        return transactions[connection.connection.dbapi_connection]

    dialect.do_begin = begin
    dialect.do_execute = execute
    dialect.do_execute_no_params = execute_no_params
    dialect.do_executemany = executemany
    dialect.do_savepoint = lambda connection, name: of(connection).savepoint(connection, name)
    dialect.do_release_savepoint = lambda connection, name: of(connection).release(connection, name)
    dialect.do_rollback_to_savepoint = lambda connection, name: of(connection).roll_back(connection, name)
