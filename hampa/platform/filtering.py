"""Filtered lists: the conditions of filters by name, and quick queries for the first rows that meet them."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import (
    ARRAY,
    ClauseElement,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    and_,
    case,
    func,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import aliased

from hampa.platform.db import shared_alias
from hampa.platform.geo.squares import within
from hampa.platform.statements import is_one_of
from hampa.platform.texts.search import SearchTerms, text_query

Condition = Callable[[Any, Any], ColumnElement[bool]]
"""A function of a mapped class, or an alias of it, and the value of a filter that returns its condition."""
Conditions = Callable[[Any], list[ColumnElement[bool]]]
"""A function of a mapped class, or an alias of it, that returns conditions."""


def conditions(rules: Mapping[str, Condition], filters: Any, row: Any) -> list[ColumnElement[bool]]:
    """Return the conditions of the filters that are set; `filters` has their values as attributes."""
    return [rule(row, value) for name, rule in rules.items() if (value := getattr(filters, name))]


def as_array(numbers: Any) -> Any:
    """Return whole numbers as an array in a statement; a parameter is one already."""
    return numbers if isinstance(numbers, ClauseElement) else literal(list(numbers), ARRAY(Integer))


def equals(name: str) -> Condition:
    """Return a condition that a column has the value of the filter."""
    return lambda row, value: getattr(row, name) == value


def has_words(row: Any, words: SearchTerms | ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that the row matches all search terms, or a parameter of their text."""
    return row.search.bool_op("@@")(text_query(words))


def inside(row: Any, near: Any) -> ColumnElement[bool]:
    """Return the condition that the row is in a `Near`: by squares, which have an index, then exactly."""
    squares = near.squares
    numbers = as_array(squares.inside) + as_array(squares.touched)
    return and_(is_one_of(getattr(row, squares.column), numbers), within(near, row))


MORE_THAN_ANY = 2**31 - 1
"""More rows than a table has."""


class OrderedList:
    """The rows of a mapped class ordered by a time and id, soonest or newest first.

    Its methods return SELECTs of the ids of the first rows that meet conditions for which the index of the order is slow.
    """

    def __init__(self, model: Any, moment: str, *, newest_first: bool = False) -> None:
        self.model, self.moment, self.newest_first = model, moment, newest_first

    @cached_property
    def inside(self) -> Any:
        """Return an alias of the class, for statements that select from the class outside too."""
        return shared_alias(self.model, "inside")

    def order(self, row: Any) -> tuple[Any, Any]:
        """Return the columns to order by."""
        columns = getattr(row, self.moment), row.id
        return (columns[0].desc(), columns[1].desc()) if self.newest_first else columns

    def among_first(self, window: Conditions, matching: Conditions, size: Any, most: Any) -> Select[Any]:
        """Return a SELECT of matching rows among the first `most` of the window, enough when matches are common."""
        rows = select(self.model.__table__).where(*window(self.model)).order_by(*self.order(self.model)).limit(most)
        row = aliased(self.model, rows.subquery("window"))
        return select(row.id).where(*matching(row)).order_by(*self.order(row)).limit(size)

    def among(self, ids: Select[Any], matching: Conditions, size: Any) -> Select[Any]:
        """Return a SELECT of matching rows among those that one of the first rows of a circle finds (`by_squares`)."""
        rows = select(self.model.id).where(self.model.id.in_(ids), *matching(self.model))
        return rows.order_by(*self.order(self.model)).limit(size)

    def by_index(self, indexed: Conditions, matching: Conditions, size: Any) -> Select[Any]:
        """Return a SELECT of the first of all matching rows, among those that an index finds by the `indexed` conditions.

        The planner has no statistics of words that never occur together nor of rare array elements, and would otherwise
        read all rows in their order, or all of a time besides. A limit has it ask the other conditions afterwards.
        """
        rows = select(self.model.__table__).where(*indexed(self.model)).limit(MORE_THAN_ANY)
        row = aliased(self.model, rows.subquery("indexed"))
        return select(row.id).where(*matching(row)).order_by(*self.order(row)).limit(size)

    def by_squares(self, near: Any, matching: Conditions, size: Any) -> Select[Any]:
        """Return a SELECT of the first matching rows in a `Near`, which reads at most a page of each square by its index.

        So a crowded town costs as little as an empty one. Of squares that the circle only touches, no rows are read after
        the last row of the squares inside it.
        """
        squares = near.squares
        others = matching(self.inside)
        core = self._first_in(squares.column, squares.inside, others, size, "core")
        core_rows = core.cte("core").prefix_with("MATERIALIZED").c
        last = self._last_of(core_rows, size)
        moment = getattr(self.inside, self.moment)
        others = [*others, within(near, self.inside), moment >= last if self.newest_first else moment <= last]
        edge_rows = self._first_in(squares.column, squares.touched, others, size, "edge").subquery("edge").c
        both = union_all(*(select(rows.id, rows[self.moment]) for rows in (core_rows, edge_rows))).subquery("both").c
        return select(both.id).order_by(*self.order(both)).limit(size)

    def by_values(self, column: Condition, values: Sequence[int], matching: Conditions, size: int) -> Select[Any]:
        """Return a SELECT of the first rows for which `column(row, value)` holds for one of a few values.

        It reads at most a page of each value by an index that begins with the column and goes on in the order.
        """
        row = self.inside
        pages = [
            select(row.id, getattr(row, self.moment))
            .where(column(row, value), *matching(row))
            .order_by(*self.order(row))
            .limit(size)
            .subquery(f"page_{value}")
            for value in values
        ]
        rows = union_all(*(select(page.c.id, page.c[self.moment]) for page in pages)).subquery("pages").c
        return select(rows.id).order_by(*self.order(rows)).limit(size)

    def _last_of(self, rows: Any, size: Any) -> Any:
        """Return the time of the last of `size` rows, or an infinite time when there are fewer."""
        extreme = func.min if self.newest_first else func.max
        end = literal("-infinity" if self.newest_first else "infinity", DateTime(timezone=True))
        return select(case((func.count() == size, extreme(rows[self.moment])), else_=end)).scalar_subquery()

    def _first_in(
        self, column: str, squares: Any, others: Sequence[ColumnElement[bool]], size: Any, name: str
    ) -> Select[Any]:
        """Return a SELECT of the id and time of the first rows in these squares."""
        numbers = func.unnest(as_array(squares)).table_valued("number", name=f"{name}_squares")
        square = numbers.render_derived()
        row = self.inside
        first = (
            select(row.id, getattr(row, self.moment))
            .where(getattr(row, column) == square.c.number, *others)
            .order_by(*self.order(row))
            .limit(size)
            .lateral(f"{name}_first")
        )
        rows = select(first.c.id, first.c[self.moment]).select_from(square).join(first, true())
        return rows.order_by(*self.order(first.c)).limit(size)
