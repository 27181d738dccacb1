"""Rows that are asked for by a secret, such as that of a session, and kept until what they are of changes.

Which thing a key belongs to never changes, and is remembered in this process; the row itself is kept in Redis, for all
processes, under the versions of that thing. They are read before the row, so that an old one is never kept under a new one.
"""

import uuid
from collections.abc import Callable, Hashable, Sequence
from copy import copy
from typing import Any

from hampa.platform import versions
from hampa.platform.caches import TTLCache
from hampa.platform.shared_cache import SharedCache

REMEMBERED_SECONDS = 600
KEPT_SECONDS = 120.0
"""How long a row is kept that does not change: somebody who reads asks for the next page within it."""


class KeptRows:
    """Rows of things by the keys that lead to them; `names_of` returns the names of a thing's versions."""

    def __init__(self, name: str, items: int, names_of: Callable[[uuid.UUID], Sequence[str]]) -> None:
        self._rows: SharedCache[Any, tuple[Any, ...]] = SharedCache(name, items, seconds=KEPT_SECONDS)
        self._owners: TTLCache[Any, uuid.UUID] = TTLCache(10_000, seconds=REMEMBERED_SECONDS)
        self._names_of = names_of

    def find(
        self, key: Hashable, ask: Callable[[], Sequence[Any] | None], width: int, owner: uuid.UUID | None = None
    ) -> tuple[Any, bool]:
        """Return the row of a key and whether it was kept; it is asked for where it is not, and None if there is none.

        Its first column is the id of its thing, and its first `width` columns are kept: the others change without it.
        Who knows whose it is says so: else nothing is kept when a key is asked for first, without the versions.
        """
        owner = owner or self._owners.get(key)
        current = versions.current_of(self._names_of(owner)) if owner is not None else None
        kept = self._rows.get((key, current)) if current is not None else None
        if kept is not None:
            return _copied(kept), True
        row = ask()
        if row is not None:
            if current is not None and row[0] == owner:
                self._rows[key, current] = _copied(row[:width])
            self._owners[key] = row[0]
        return row, False

    def clear(self) -> None:
        """Forget the rows that this process keeps."""
        self._rows.clear()


def _copied(values: Sequence[Any]) -> tuple[Any, ...]:
    """Return values of a row, with lists and mappings of their own: who gets them may change these."""
    return tuple([copy(value) if type(value) in _CHANGEABLE else value for value in values])


_CHANGEABLE = frozenset({list, dict})
