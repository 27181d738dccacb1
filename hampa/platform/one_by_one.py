"""Parts of statements that PostgreSQL computes for one row after another, for pages that need few of many rows.

PostgreSQL would otherwise collect first all rows for which a condition holds, or all that are joined: all members of all
crews, for a page of twenty entries.
"""

from typing import Any, cast

from sqlalchemy import Boolean, ColumnElement, inspect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.selectable import Join
from sqlalchemy.sql.visitors import InternalTraversal


class OneByOne(ColumnElement[bool]):
    """A condition that is asked of one row after another."""

    inherit_cache = True
    type = Boolean()
    _traverse_internals = [("condition", InternalTraversal.dp_clauseelement)]  # noqa: RUF012 - as SQLAlchemy's own

    def __init__(self, condition: ColumnElement[bool]) -> None:
        self.condition = condition


@compiles(OneByOne)
def _compile_condition(element: OneByOne, compiler: SQLCompiler, **options: Any) -> str:
    return f"(SELECT {compiler.process(element.condition, **options)})"


class JoinOneByOne(Join):
    """A join that looks up the one row of the right table for one row of the left after another, which keep their order.

    Both are mapped classes, and `key` is the right one's primary key. Its table keeps its name, so that conditions of the
    class hold of the row.
    """

    inherit_cache = True

    def __init__(self, left: Any, right: Any, key: Any) -> None:
        left, right = inspect(left).local_table, inspect(right).local_table
        super().__init__(left, right, right.primary_key.columns[0] == key)


@compiles(JoinOneByOne)
def _compile_join(element: JoinOneByOne, compiler: SQLCompiler, **options: Any) -> str:
    options["asfrom"] = True
    left, right = (compiler.process(side, **options) for side in (element.left, element.right))
    on = compiler.process(cast(ColumnElement[bool], element.onclause), from_linter=None)
    looked_up = f"SELECT {right}.* FROM {right} WHERE {on} LIMIT 1"  # noqa: S608 - nothing of it comes from outside
    return f"{left} JOIN LATERAL ({looked_up}) AS {right} ON true"
