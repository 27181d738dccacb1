"""Claiming rows of a table for one worker at a time, for jobs and for messages of the outbox.

A row can be claimed when it waits and is due, or when the lease of the worker that holds it has run out. Its `version`
rises with each claim and is the worker's proof: what it records later is written only where the version is still the
same. Due times are written and compared by the database's clock, which all machines share.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import DateTime, Interval, Select, and_, bindparam, func, literal, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.dml import ReturningUpdate
from sqlalchemy.sql.elements import ColumnElement

from hampa.platform import clock
from hampa.platform.database_errors import DatabaseTrouble, trouble_of
from hampa.platform.db import db

RECORD_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between tries to record a result while the database is away; together well within any lease."""

log = logging.getLogger(__name__)

Written = TypeVar("Written")


def db_now() -> ColumnElement[datetime]:
    """Return SQL for the present moment by the database's clock, or by `platform.clock` where a test has set that."""
    set_by_test = bindparam(None, callable_=clock.set_by_test, type_=DateTime(timezone=True), unique=True)
    return func.coalesce(set_by_test, func.statement_timestamp())


def db_now_plus(delay: timedelta | ColumnElement[timedelta | None]) -> ColumnElement[datetime]:
    """Return SQL for the moment that comes `delay` from now."""
    return db_now().op("+", return_type=DateTime(timezone=True))(
        literal(delay, Interval) if isinstance(delay, timedelta) else delay
    )


def in_seconds(seconds: ColumnElement[Any]) -> ColumnElement[datetime]:
    """Return SQL for the moment that comes so many seconds from now, which the database computes."""
    return db_now_plus(func.make_interval(0, 0, 0, 0, 0, 0, seconds, type_=Interval))


@dataclass(frozen=True)
class LeasedTable:
    """A table whose rows are claimed, with the column of the due time and the names of the two open states."""

    model: Any
    due_at: InstrumentedAttribute[datetime]
    waiting: str
    held: str

    def is_due(self) -> ColumnElement[bool]:
        """Return the condition that a row can be claimed."""
        return and_(self.model.status.in_((self.waiting, self.held)), self.due_at <= db_now())

    def claim(
        self, due: Select[*tuple[Any, ...]], lease: timedelta, *returning: Any, **values: Any
    ) -> ReturningUpdate[Any]:
        """Return the statement that claims the rows of `due`, which selects at least their id and status.

        Returns the columns asked for, the other columns of `due`, and `left_over`: whether the row had another worker
        whose lease ran out.
        """
        rows = due.with_for_update(of=self.model, skip_locked=True).cte("due")
        others = [column for column in rows.c if column.key not in ("id", "status")]
        return (
            update(self.model)
            .where(self.model.id == rows.c.id)
            .values(
                {
                    "status": self.held,
                    "attempts": self.model.attempts + 1,
                    self.due_at.key: db_now_plus(lease),
                    "version": self.model.version + 1,
                    **values,
                }
            )
            .returning(*returning, *others, (rows.c.status == self.held).label("left_over"))
            .execution_options(synchronize_session=False)
        )

    def is_held(self) -> ColumnElement[bool]:
        """Return the condition that the row `held_id` is still held as `held_version`."""
        return and_(self.model.id == bindparam("held_id"), self.model.version == bindparam("held_version"))


def record(write: Callable[[], Written]) -> Written:
    """Write results by `write` and commit, trying again while the database is away for a moment.

    Return what `write` returned. Raise `OperationalError` when the database stays away.
    """
    for pause in (*RECORD_PAUSES, None):
        try:
            written = write()
            db.session.commit()
            return written
        except OperationalError as error:
            db.session.rollback()
            if pause is None or trouble_of(error) is not DatabaseTrouble.AWAY:
                raise
            log.warning("a result could not be recorded, trying again", exc_info=True)
            time.sleep(pause)
    raise AssertionError("unreachable")
