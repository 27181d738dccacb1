"""What many viewers read alike, kept in the memory of the process under the versions of what it is read from.

A part of a page is kept where its data is not enough (`web/parts.py`); a view that keeps the data can still leave out
what one viewer may not see.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

from hampa.platform import versions
from hampa.platform.caches import TTLCache, size_of

MOST_VALUES = 4_000
MOST_BYTES = 8_000_000
Value = TypeVar("Value")

_values: TTLCache[Any, tuple[Any]] = TTLCache(MOST_VALUES, MOST_BYTES, size_of, name="values")


def kept(key: tuple[Hashable, ...], versioned: Sequence[str], read: Callable[[], Value]) -> Value:
    """Return what `read` returns, kept for some seconds under `key` and the versions named in `versioned`.

    It must not depend on the viewer, nor be changed by who gets it. Without Redis, which knows the versions, it is read
    each time.
    """
    current = versions.current_of(versioned)
    if current is None:
        return read()
    found = _values.get((key, current))
    if found is None:
        found = _values[key, current] = (read(),)
    return found[0]
