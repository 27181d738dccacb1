"""Caches in the memory of a process, shared by its threads.

A key holds everything that the value depends on (a version of `platform.versions` for what is in the database); the
seconds are for what time alone changes.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Any, TypeVar

import cachetools

SECONDS = 10.0
LONGEST_KEY = 1_000
"""Characters in a key; a value with a longer one, such as a search for a whole page of words, is not cached."""

Key = TypeVar("Key")
Value = TypeVar("Value")


class TTLCache(cachetools.TTLCache[Key, Value]):
    """A TTL cache with a lock, of at most `items` values, and of at most `size` in all when `size` is given.

    The least recently used value is dropped first; a value larger than the whole cache is not cached.
    """

    enabled = True
    longest_key = LONGEST_KEY

    def __init__(
        self, items: int, size: int = 0, getsizeof: Callable[[Any], int] = len, *, seconds: float = SECONDS
    ) -> None:
        least = size // items  # the size that each value counts for at least bounds their number
        super().__init__(
            size or items, seconds, getsizeof=(lambda value: max(least, getsizeof(value))) if size else None
        )
        self._lock = Lock()

    def get(self, key: Key, default: Any = None) -> Any:
        """Return the value of a key, or the default when there is none or its seconds are over."""
        with self._lock:
            try:
                value = self[key]
            except KeyError:
                return default
        return value if TTLCache.enabled else default

    def __setitem__(self, key: Key, value: Value) -> None:
        if key_length(key) > self.longest_key:
            return
        with self._lock, suppress(ValueError):
            super().__setitem__(key, value)


def key_length(key: Any) -> int:
    """Return the number of characters in a key of tuples, texts and values with fields."""
    if isinstance(key, (str, bytes)):
        return len(key)
    if isinstance(key, (tuple, frozenset)):
        return sum(map(key_length, key))
    if is_dataclass(key) and not isinstance(key, type):
        return sum(key_length(getattr(key, field.name)) for field in fields(key))
    return 8
