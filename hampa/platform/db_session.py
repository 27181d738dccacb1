"""The session of a request, which reads past the bookkeeping of transactions for as long as it has none.

Most pages only read. To begin a transaction of SQLAlchemy, and to end it, takes as long as another statement.
"""

from typing import Any

from flask_sqlalchemy.session import Session
from sqlalchemy import Connection, Engine


class SiteSession(Session):
    """A session with a connection for statements that need no transaction; it is given back before one begins."""

    may_read_alone = True
    """Whether statements may be asked outside of a transaction; not where settings of a transaction say what they find."""
    _reading: Connection | None = None
    _began_to_read = False

    def reading_connection(self) -> Connection:
        """Return the connection for a SELECT that needs no transaction: that of the transaction if there is one."""
        if self._transaction is not None or not self.may_read_alone:
            return self.connection()
        if self._reading is None:
            engine: Any = self._db.engine
            if not isinstance(engine, Engine):  # a connection, whose transaction is that of a test
                return self.connection()
            self._reading = engine.connect()
            driver: Any = self._reading.connection.driver_connection
            self._began_to_read = not driver.autocommit
            if self._began_to_read:
                driver.autocommit = True
        return self._reading

    def get_bind(self, *args: Any, **kwargs: Any) -> Any:
        """Return the engine: what asks for it is about to take a connection of its own."""
        self.end_reading()
        return super().get_bind(*args, **kwargs)

    def end_reading(self) -> None:
        """Give the connection for reading back, as it was."""
        reading, self._reading = self._reading, None
        if reading is None:
            return
        if self._began_to_read and not reading.invalidated:
            driver: Any = reading.connection.driver_connection
            if driver.autocommit and not driver.closed:
                driver.autocommit = False
        reading.close()

    def commit(self) -> None:
        """Commit; no connection is held after it."""
        self.end_reading()
        super().commit()

    def rollback(self) -> None:
        """Roll back; no connection is held after it."""
        self.end_reading()
        super().rollback()

    def close(self) -> None:
        """Close the session."""
        self.end_reading()
        super().close()
