"""The pool of database connections: one that broke while it lay unused is replaced before it is used again."""

import time
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from hampa.platform.db import db

PING_AFTER_SECONDS = 1.0
"""How long a connection may lie unused before it is asked whether it still works; a page would pay for each question."""


def init_app(app: Flask) -> None:
    """Watch the pool of the app's engine."""
    with app.app_context():
        ping_when_idle(db.engine)


def ping_when_idle(engine: Engine) -> None:
    """Ask the connections of an engine whether they work when they are used after `PING_AFTER_SECONDS`."""

    def note_return(connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["returned_at"] = time.monotonic()

    def ping_if_idle(connection: Any, record: ConnectionPoolEntry, proxy: Any) -> None:
        """Raise InvalidatePoolError, upon which the pool connects anew, if the connection has broken."""
        now = time.monotonic()
        if now - record.info.setdefault("returned_at", now) < PING_AFTER_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    event.listen(engine, "checkin", note_return)
    event.listen(engine, "checkout", ping_if_idle)
