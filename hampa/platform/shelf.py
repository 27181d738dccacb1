"""What a process remembers for seconds, so as not to work it out again for the next one who asks.

Bounded, and safe between threads. Whoever puts something here names in its key all that it depends on (a mark of
`platform.versions` for what is in the database); the seconds are for what time alone changes.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

SECONDS = 10.0

Thing = TypeVar("Thing")


class Shelf(Generic[Thing]):
    """The last `most` things that were put here or asked for, each for `SECONDS`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: OrderedDict[Hashable, tuple[Thing, float]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> Thing | None:
        """What was put under `key`, unless its time is over."""
        with self._lock:
            found = self._things.get(key)
            if found is None or found[1] < time.monotonic():
                return None
            self._things.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, thing: Thing) -> None:
        """Remember a thing; the one that was asked for longest ago goes when there are too many."""
        with self._lock:
            self._things[key] = (thing, time.monotonic() + SECONDS)
            self._things.move_to_end(key)
            while len(self._things) > self._most:
                self._things.popitem(last=False)
