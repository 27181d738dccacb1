"""What the laws look through."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event

BOUNDED = (
    "mine.status = ",
    "participations.person_id = ",
    "nullif(interests.sender_id",
    "AS scored",
    "WITH core AS MATERIALIZED",
)
"""Lists of what one person does, of their companions, of who goes with their card, and of the first rows of each square
around a place: few enough to be sorted once they are found."""
AT_ALL_COSTS = ("enable_sort", "enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin")


@pytest.fixture
def plans(connection: Connection) -> Callable[[], AbstractContextManager[list[str]]]:
    """Return a context manager that collects the limited lists whose order no index gives.

    Each is explained with sorting made so expensive that PostgreSQL does it only where it must.
    """

    @contextmanager
    def explaining() -> Iterator[list[str]]:
        found: list[str] = []
        busy: list[bool] = []

        def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
            if busy or not re.search(r"\bORDER BY\b.*\bLIMIT\b", statement, re.DOTALL):
                return
            if any(mark in statement for mark in BOUNDED):
                return
            busy.append(True)
            try:
                plan = _plan_of(connection, statement, parameters)
                if sorts_what_it_cuts(plan):
                    found.append(statement)
            finally:
                busy.pop()

        event.listen(connection, "before_cursor_execute", explain)
        try:
            yield found
        finally:
            event.remove(connection, "before_cursor_execute", explain)

    return explaining


def _plan_of(connection: Connection, statement: str, parameters: Any) -> dict[str, Any]:
    with connection.begin_nested() as savepoint:
        for setting in AT_ALL_COSTS:
            connection.exec_driver_sql(f"SET LOCAL {setting} = off")
        answer = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
        savepoint.rollback()
    plan = json.loads(answer) if isinstance(answer, str) else answer
    return dict(plan[0]["Plan"])


def sorts_what_it_cuts(plan: dict[str, Any], below_limit: bool = False) -> bool:
    """Whether anywhere a LIMIT stands right on a sort: everything is read for the few that are kept."""
    kind = plan["Node Type"]
    if below_limit and kind == "Sort":
        return True
    passes = kind == "Limit" or (below_limit and kind in ("Result", "LockRows", "Subquery Scan"))
    return any(sorts_what_it_cuts(part, passes) for part in plan.get("Plans", []))
