"""Kinds of database errors, for pages, health checks and the worker."""

import logging
import re
from enum import Enum

from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError, TimeoutError as PoolTimeout

LONGEST_STATEMENT = 300
MARKS = re.compile(r"[()]| FROM ")
COLUMNS = re.compile(r"\bSELECT (?:(?!\bSELECT\b).)+? FROM ")


class DatabaseTrouble(Enum):
    """The kind of a database error; the value is the line of the log."""

    CONTENTION = "lock conflict in the database"
    TOO_SLOW = "statement timeout"
    BUSY = "no database connection is free"
    AWAY = "database away"
    GONE = "row refers to one that was deleted"
    FAULT = "database error"


BY_SQLSTATE = {
    "40001": DatabaseTrouble.CONTENTION,  # serialization_failure
    "40P01": DatabaseTrouble.CONTENTION,  # deadlock_detected
    "55P03": DatabaseTrouble.CONTENTION,  # lock_not_available
    "57014": DatabaseTrouble.TOO_SLOW,  # query_canceled
    "53300": DatabaseTrouble.BUSY,  # too_many_connections
    "57P01": DatabaseTrouble.AWAY,  # admin_shutdown
    "57P02": DatabaseTrouble.AWAY,  # crash_shutdown
    "57P03": DatabaseTrouble.AWAY,  # cannot_connect_now
}
"""PostgreSQL's error codes, from its manual, appendix A."""
FOREIGN_KEY_VIOLATION = "23503"
WRITES = re.compile(r"\s*(?:INSERT|UPDATE)\b", re.IGNORECASE)


def trouble_of(error: SQLAlchemyError) -> DatabaseTrouble:
    """Return the kind of an error; AWAY only when the connection was refused or lost."""
    if isinstance(error, PoolTimeout):
        return DatabaseTrouble.BUSY
    if not isinstance(error, DBAPIError):
        return DatabaseTrouble.FAULT
    sqlstate: str | None = getattr(error.orig, "sqlstate", None)
    if sqlstate == FOREIGN_KEY_VIOLATION:  # also raised by a DELETE that forgets what refers to its row
        return DatabaseTrouble.GONE if WRITES.match(error.statement or "") else DatabaseTrouble.FAULT
    if sqlstate in BY_SQLSTATE:
        return BY_SQLSTATE[sqlstate]
    # Errors that the driver itself raises, such as a refused connection, have no SQLSTATE.
    refused = isinstance(error, OperationalError) and (sqlstate is None or sqlstate.startswith("08"))
    return DatabaseTrouble.AWAY if refused or error.connection_invalidated else DatabaseTrouble.FAULT


def severity_of(error: SQLAlchemyError) -> int:
    """Return the log level of an error after which we wait: WARNING when the database is away, else ERROR."""
    return logging.WARNING if trouble_of(error) is DatabaseTrouble.AWAY else logging.ERROR


def driver_error(error: SQLAlchemyError) -> str:
    """Return the name of the driver's error, such as "LockNotAvailable"."""
    return type(getattr(error, "orig", None) or error).__name__


def statement_of(error: SQLAlchemyError) -> str | None:
    """Return the beginning of the SQL that failed, without its columns and parameters."""
    statement = " ".join((getattr(error, "statement", None) or "").split())
    return COLUMNS.sub("SELECT … FROM ", _without_columns(statement))[:LONGEST_STATEMENT] or None


def _without_columns(statement: str) -> str:
    """Return a SELECT without its own columns, which may have whole queries in them."""
    depth = 0
    for match in MARKS.finditer(statement if statement.startswith("SELECT ") else ""):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if match[0] == " FROM " and not depth:
            return "SELECT …" + statement[match.start() :]
    return statement
