"""Statements in which a subquery reads a table again that it means to share with the query around it.

SQLAlchemy correlates a subquery with the query right around it alone, and not with one further out: what it needs of that
one it has to be told by `correlate`. Without it the table is read once more inside, joined by a comma, and the condition
holds as soon as it does for any row of that table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Engine, event

_MAYBE = re.compile(r"FROM\s[\w\" ]+, ")
_TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|[\w.%]+|[(),]")
_AFTER_FROM = {
    *("WHERE", "GROUP", "ORDER", "LIMIT", "OFFSET", "UNION", "EXCEPT", "INTERSECT", "FOR", "HAVING", "WINDOW"),
    *("RETURNING", "SET", "ON"),
}
_JOINS = {"JOIN", "LEFT", "RIGHT", "FULL", "INNER", "CROSS", "OUTER"}


@dataclass
class _Query:
    """A SELECT: what it reads, and what of that is joined by commas; `ends_at` is the depth of its parentheses."""

    around: _Query | None
    depth: int
    names: set[str] = field(default_factory=set)
    by_comma: set[str] = field(default_factory=set)


@cache
def shadowed(statement: str) -> frozenset[str]:
    """Return the tables that a subquery joins by a comma although a query around it reads them under the same name."""
    if _MAYBE.search(statement) is None:
        return frozenset()
    queries = _queries_of(_TOKEN.findall(statement))
    found: set[str] = set()
    for query in queries:
        around = query.around
        while around is not None:
            found |= query.by_comma & around.names
            around = around.around
    return frozenset(found)


def refuse_shadows(engine: Engine) -> None:
    """Have a test fail that sends a statement of which a subquery reads a table of the query around it once more."""

    @event.listens_for(engine, "before_cursor_execute")
    def refuse(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if names := shadowed(statement):
            raise AssertionError(f"a subquery is not correlated with {', '.join(sorted(names))}:\n{statement}")


def _queries_of(tokens: list[str]) -> list[_Query]:
    queries: list[_Query] = []
    current: _Query | None = None
    depth, before = 0, ""
    reading: dict[int, list[list[str]]] = {}
    for token in [*tokens, ")"]:
        word = token.upper()
        if token == "(":
            depth += 1
        elif token == ")":
            _close(current, reading, depth)
            while current is not None and current.depth == depth and depth:
                current = current.around
            depth -= 1
        elif word == "SELECT":
            _close(current, reading, depth)
            around = current.around if current is not None and current.depth == depth else current
            current = _Query(around, depth)
            queries.append(current)
        elif current is not None and current.depth == depth:
            if word == "FROM" and before != "DISTINCT":
                reading[depth] = [[]]
            elif word in _AFTER_FROM:
                _close(current, reading, depth)
            elif depth in reading:
                if token == ",":
                    reading[depth].append([])
                else:
                    reading[depth][-1].append(token)
        before = word
    return queries


def _close(query: _Query | None, reading: dict[int, list[list[str]]], depth: int) -> None:
    """End the list of what a query reads, if it is at this depth."""
    items = reading.pop(depth, None)
    if query is None or query.depth != depth or items is None:
        return
    names = [item[-1] for item in items if item and not _JOINS & {word.upper() for word in item}]
    query.names.update(names)
    query.by_comma.update(names if len(items) > 1 else ())
