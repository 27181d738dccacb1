"""Caches in the memory of a process, shared by its threads.

A key holds everything that the value depends on (a version of `platform.versions` for what is in the database); the
seconds are for what time alone changes.
"""

import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from operator import attrgetter
from threading import Lock
from time import monotonic
from typing import Any, Generic, TypeVar

import cachetools
from sqlalchemy import Row

SECONDS = 10.0
LONGEST_KEY = 1_000
"""Characters in a key; a value with a longer one, such as a search for a whole page of words, is not cached."""
SMALL = 8
"""What a value that is no text counts for in a key."""
OBJECT_BYTES = 56
"""About what a small object takes in memory, such as a number or an empty text."""

ENTRY_BYTES, BYTES_OF_KEY = 400, 5
"""About what an entry of a `ValueCache` takes besides its text, and what a character in the length of its key stands for:
keys are many small objects."""

Key = TypeVar("Key")
Value = TypeVar("Value")
Words = TypeVar("Words", bound=str)


_reads: dict[tuple[str, str], int] = {}
"""How often caches were asked in this process, by name and result; metrics take the sums over."""


def count_read(name: str, result: str) -> None:
    """Count that a cache was asked; of threads that count at once one may be missed."""
    _reads[name, result] = _reads.get((name, result), 0) + 1


def counted_reads() -> dict[tuple[str, str], int]:
    """Return how often caches were asked in this process since its start, by name and result."""
    return dict(_reads)


class TTLCache(cachetools.TTLCache[Key, Value]):
    """A TTL cache with a lock, of at most `items` values, and of at most `size` in all when `size` is given.

    The least recently used value is dropped first; a value larger than the whole cache is not cached. What came of asking
    a cache with a `name` is counted.
    """

    enabled = True
    longest_key = LONGEST_KEY

    def __init__(
        self,
        items: int,
        size: int = 0,
        getsizeof: Callable[[Any], int] = len,
        *,
        seconds: float = SECONDS,
        name: str = "",
    ) -> None:
        least = size // items  # the size that each value counts for at least bounds their number
        super().__init__(
            size or items, seconds, getsizeof=(lambda value: max(least, getsizeof(value))) if size else None
        )
        self._lock, self._name = Lock(), name

    def get(self, key: Key, default: Any = None) -> Any:
        """Return the value of a key, or the default when there is none or its seconds are over."""
        with self._lock:
            try:
                value = self[key]
            except KeyError:
                value = default
        if self._name:
            count_read(self._name, "miss" if value is default else "hit")
        return value if TTLCache.enabled else default

    def __setitem__(self, key: Key, value: Value) -> None:
        if key_length(key) > self.longest_key:
            return
        with self._lock, suppress(ValueError):
            super().__setitem__(key, value)


class ValueCache(Generic[Key, Words]):
    """A cache of texts that depend on their key and slowly on the time, of about `size` bytes, without a lock.

    Pages ask it dozens of times, in a fifth of the time of a `TTLCache`. It has two generations: when the younger one is
    full or `seconds` old it becomes the older one, whose values are forgotten. So a value is made anew after twice the
    seconds at the latest.
    """

    longest_key = LONGEST_KEY

    def __init__(self, size: int, *, seconds: float = SECONDS, name: str) -> None:
        self._most, self._seconds = size // 2, seconds
        self._hit, self._miss = (name, "hit"), (name, "miss")
        self._young: dict[Key, Words] = {}
        self._old: dict[Key, Words] = {}
        self._size, self._turns_at = 0, 0.0

    def get(self, key: Key) -> Words | None:
        """Return the value of a key, or None. Raise TypeError for a key that is not hashable."""
        if monotonic() > self._turns_at:
            self._turn()
        value = self._young.get(key)
        if value is None:
            value = self._old.get(key)
        read = self._miss if value is None else self._hit
        _reads[read] = _reads.get(read, 0) + 1
        return value if TTLCache.enabled else None

    def __setitem__(self, key: Key, value: Words) -> None:
        length = key_length(key)
        if length > self.longest_key:
            return
        self._young[key] = value
        self._size += ENTRY_BYTES + BYTES_OF_KEY * length + len(value) * (1 if value.isascii() else 2)
        if self._size > self._most:
            self._turn()

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def clear(self) -> None:
        """Forget all values."""
        self._young, self._old, self._size = {}, {}, 0

    def _turn(self) -> None:
        now = monotonic()
        self._young, self._old = {}, self._young if now < self._turns_at + self._seconds else {}
        self._size, self._turns_at = 0, now + self._seconds


def key_length(key: Any) -> int:
    """Return the number of characters in a key of tuples, rows of the database, texts and values with fields."""
    kind = type(key)
    if kind is str:
        return len(key)
    if kind not in _measures:
        _measures[kind] = _measure_of(kind)
    return _measures[kind](key)


_measures: dict[type, Callable[[Any], int]] = {}
"""How the length of a key is found by its type, which is asked for with each value that is kept."""


def _measure_of(kind: type) -> Callable[[Any], int]:
    if issubclass(kind, (str, bytes)):
        return len
    if issubclass(kind, (tuple, list, frozenset, set, Row)):
        return _length_of_all
    if issubclass(kind, dict):
        return lambda key: sum(map(key_length, chain.from_iterable(key.items())))
    if is_dataclass(kind) and (names := [field.name for field in fields(kind)]):
        read = attrgetter(*names)
        return (lambda key: _length_of_all(read(key))) if len(names) > 1 else (lambda key: key_length(read(key)))
    return lambda _key: SMALL


def _length_of_all(values: Iterable[Any]) -> int:
    length = 0
    for value in values:
        kind = type(value)
        if kind is str:
            length += len(value)
        else:
            length += SMALL if kind in _SMALL else key_length(value)
    return length


_SMALL = frozenset({type(None), bool, int, float, uuid.UUID, datetime, date, Decimal})


def size_of(value: Any) -> int:
    """Return about how many bytes a value takes in memory, with all that is in it."""
    if isinstance(value, (str, bytes)):
        return OBJECT_BYTES + len(value) * (1 if isinstance(value, bytes) or value.isascii() else 2)
    return OBJECT_BYTES + sum(map(size_of, _parts_of(value) or ()))


def _parts_of(value: Any) -> Iterable[Any] | None:
    """Return what is in a value of several parts, None for any other."""
    if isinstance(value, (tuple, list, frozenset, set, Row)):
        return value
    if isinstance(value, dict):
        return chain.from_iterable(value.items())
    if is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, field.name) for field in fields(value)]
    return None
