"""Pages by key: the cursor says after which row the next page begins.

`?after=` is not signed: whatever it says is only compared with columns the person may see, and one
that can't be read gives the first page.
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows of one page, and the cursor of the next one (None at the end)."""

    items: list[Row]
    next: str | None = None

    @classmethod
    def of(cls, rows: Sequence[Row], size: int, key: Callable[[Row], tuple[Any, ...]]) -> Page[Row]:
        """A page of `size` from up to `size + 1` rows: the one too many tells that there is more."""
        items = list(rows[:size])
        more = len(rows) > size
        return cls(items, encode(*key(items[-1])) if more else None)


def encode(*values: Any) -> str:
    """A cursor of the sort key of the last row shown."""
    plain = [_plain(value) for value in values]
    text = json.dumps(plain, separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def decode(text: str | None, *types: type) -> tuple[Any, ...] | None:
    """The values in a cursor, each of its type; None when it can't be read."""
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


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    return value


def _typed(value: Any, kind: type) -> Any:
    if kind is datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("a moment without a zone")
        return moment
    if kind is uuid.UUID and isinstance(value, str):
        return uuid.UUID(value)
    if kind is float:
        number = float(value)
        if number != number or abs(number) > 1e15:
            raise ValueError("not a number to sort by")
        return number
    if kind is int and isinstance(value, int) and abs(value) < 2**62:
        return value
    if kind is str and isinstance(value, str) and "\x00" not in value:
        value.encode()
        return value
    raise ValueError("another type than asked for")
