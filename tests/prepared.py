"""Prepared statements of the tests' connections, which outlast a rollback.

psycopg gives up all prepared statements of a connection after each rollback, because one may have brought a table back
under another number. A test ends with a rollback and an attempt of a sweep goes back to a savepoint: without this
nothing would stay prepared, and PostgreSQL would parse and plan each statement anew. Tests roll back rows; after a
`DROP` or an `ALTER` what was prepared is given up here too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from psycopg._preparing import Prepare, PrepareManager
from sqlalchemy import Engine, event

CHANGES_TABLES = re.compile(rb"DROP|ALTER|DISCARD ALL|DEALLOCATE ALL").match
MOST = 400
"""Statements that a connection keeps: about as many as the pages that a sweep goes through ask."""


class Lasting(PrepareManager):
    """What a connection has prepared, which only a change of the tables ends."""

    prepare_threshold = 2
    prepared_max = MOST

    def _should_discard(self, prep: Prepare, results: Sequence[Any], _pattern: Any = None) -> bool:
        return super()._should_discard(prep, results, CHANGES_TABLES)


def keep_prepared(engine: Engine) -> None:
    """Let the connections that this engine makes from now on keep what they have prepared."""

    @event.listens_for(engine, "connect")
    def let_it_last(connection: Any, _record: Any) -> None:
        connection._prepared = Lasting()
