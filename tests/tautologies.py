"""No statement compares a column with itself.

A function that makes a condition of a column takes it from the statement around. When its own query reads the same table,
SQLAlchemy may take the column for that of its own row: the condition then holds for everything, and looks right in Python.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from sqlalchemy import Engine, event

SELF = re.compile(r"(?<![\w.])(\w+\.\w+) (?:=|IS NOT DISTINCT FROM|IN) \(?\1(?![\w.])")


@cache
def compared_with_itself(statement: str) -> str | None:
    """Return the comparison of a column with itself in a statement, None if there is none."""
    found = SELF.search(statement)
    return found[0] if found else None


def refuse_tautologies(engine: Engine) -> None:
    """Have a test fail that sends a statement in which a column is compared with itself."""

    @event.listens_for(engine, "before_cursor_execute")
    def refuse(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if tautology := compared_with_itself(statement):
            raise AssertionError(f"{tautology} is always true:\n{statement}")
