"""Pages by key: a cursor holds the sort key of the row after which the next page begins.

`?after=` is not signed: it is only compared with columns that the person may see, and an invalid cursor gives the first
page, to programs an error.
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar, TypeVarTuple

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_

from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.texts.cleaning import by_alphabet

MOST_COUNTED = 10_000
"""So many rows of a list are counted at most, so that counting costs no more than a long page."""
Row = TypeVar("Row")
Other = TypeVar("Other")
Columns = TypeVarTuple("Columns")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """The rows of a page, the cursor of the next page or None, and, where they were counted, how many all pages have."""

    items: list[Row]
    next: str | None = None
    total: int | None = None

    @classmethod
    def of(cls, rows: Sequence[Row], size: int, key: Callable[[Row], tuple[Any, ...]]) -> Page[Row]:
        """Return a page of up to `size` rows; there is a next page if there are `size + 1`."""
        items = list(rows[:size])
        return cls(items, encode(*key(items[-1])) if len(rows) > size else None)

    @property
    def values(self) -> tuple[Row, ...]:
        """Return the rows as a kept part of a page takes them."""
        return tuple(self.items)

    def of_rows(self, write: Callable[[Row], Other]) -> Page[Other]:
        """Return the page with what `write` makes of each row."""
        return Page([write(row) for row in self.items], self.next, self.total)


def select_page(
    query: Select[*Columns], after: str | None, size: int, *key: Any, descending: bool = False
) -> Select[*Columns]:
    """Return the query of a page in the order of the columns `key`, and of one row more for `Page.of`."""
    order = [column.desc() for column in key] if descending else key
    return query.where(*after_cursor(after, *key, descending=descending)).order_by(*order).limit(size + 1)


def select_by_name(query: Select[*Columns], after: str | None, size: int, name: Any, row_id: Any) -> Select[*Columns]:
    """Return the query of a page by names in the order of the Persian alphabet, and of one row more for `Page.of`.

    The cursor is of the last row's name and id.
    """
    key = by_alphabet(name), row_id
    last = decode(after, str, uuid.UUID)
    end = (by_alphabet(last[0]), last[1]) if last is not None else (None, None)
    return rows_after(query, key, end, size + 1, goes_on=last is not None)


def rows_after(
    query: Select[*Columns],
    key: Sequence[Any],
    last: Sequence[Any],
    most: Any,
    *,
    goes_on: bool,
    descending: bool = False,
) -> Select[*Columns]:
    """Return the query of a page of `most` rows in the order of the columns `key`, for a statement that is built once.

    Where it `goes_on`, the page begins after the row whose key is `last`, which are the parameters of the statement.
    """
    if goes_on:
        position, end = tuple_(*key), tuple_(*last)
        query = query.where(position < end if descending else position > end)
    order = [column.desc() for column in key] if descending else key
    return query.order_by(*order).limit(most)


def row_count(query: Select[Any], most: int) -> ColumnElement[int]:
    """Return how many rows a query has, `most` at most, as a column."""
    some = query.with_only_columns(literal(1), maintain_column_froms=True).order_by(None).limit(most).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def count_rows(query: Select[Any]) -> int:
    """Return how many rows a query of a list has, up to `MOST_COUNTED`."""
    return db.session.scalar(select(row_count(query, MOST_COUNTED))) or 0


def after_cursor(after: str | None, *key: Any, descending: bool = False) -> list[ColumnElement[bool]]:
    """Return the condition of rows after the cursor in the order of the columns `key`, none for the first page."""
    cursor = decode(after, *(column.type.python_type for column in key))
    if cursor is None:
        return []
    position, last = tuple_(*key), tuple_(*map(literal, cursor))
    return [position < last if descending else position > last]


def encode(*values: Any) -> str:
    """Return the cursor of a sort key."""
    plain = [value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in values]
    text = json.dumps(plain, separators=(",", ":"), ensure_ascii=False, default=str).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


class Cursor(str):
    """A cursor that is refused where it is invalid; a plain text is then taken for the first page."""

    __slots__ = ()


def decode(text: str | None, *types: type) -> tuple[Any, ...] | None:
    """Return the values of a cursor, which have these types, or None if it is invalid. Raise Refused for a `Cursor`."""
    values = _decoded(text, types)
    if values is None and isinstance(text, Cursor):
        raise Refused(_("No page of this list has given out this cursor."), "after")
    return values


@dataclass(frozen=True, slots=True)
class After:
    """The row after which a page of a list by times begins, for `built_once`; for the first page nothing is known."""

    moment: datetime | None = None
    id: uuid.UUID | None = None

    @classmethod
    def of(cls, cursor: str | None) -> After:
        """Return what a cursor of a time and an id holds. Raise Refused as `decode` does."""
        return cls(*(decode(cursor, datetime, uuid.UUID) or ()))

    @property
    def is_first(self) -> bool:
        """Return whether the page is the first."""
        return self.moment is None

    @property
    def key(self) -> tuple[Any, Any]:
        """Return what the key of a row is compared with by `rows_after`, a time and an id."""
        return self.moment, self.id


def _decoded(text: str | None, types: Sequence[type]) -> tuple[Any, ...] | None:
    if not text or len(text) > 500:
        return None
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(values, list) or len(values) != len(types):
            return None
        return tuple(_typed(value, kind) for value, kind in zip(values, types, strict=True))
    except (ValueError, TypeError, OverflowError, binascii.Error, RecursionError):
        return None


def _typed(value: Any, kind: type) -> Any:
    if kind is datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("a time without a zone")
        return moment
    if kind is date and isinstance(value, str):
        return date.fromisoformat(value)
    if kind is uuid.UUID and isinstance(value, str):
        return uuid.UUID(value)
    if kind is float:
        number = float(value)
        if number != number or abs(number) > 1e15:
            raise ValueError("not a number to sort by")
        return number
    if kind is int and type(value) is int and abs(value) < 2**31:  # PostgreSQL's integer has no larger ones
        return value
    if kind is str and isinstance(value, str) and "\x00" not in value:
        value.encode()
        return value
    raise ValueError("a value of another type")
