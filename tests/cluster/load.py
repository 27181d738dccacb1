"""A steady load: so many requests a second, however long answers take, each written down."""

from __future__ import annotations

import itertools
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from tests.bench.load import Client

REQUESTERS = 48
"""More than are busy at the rate while the database takes seconds to change over."""


@dataclass(frozen=True)
class Request:
    """One request: what it was for, when it began and ended on the monotonic clock, and its status (0: broken off)."""

    kind: str
    path: str
    begun: float
    ended: float
    status: int
    about: object = None

    @property
    def good(self) -> bool:
        """Return whether it was answered as asked."""
        return self.status == (303 if self.kind == "join" else 200)


@dataclass(frozen=True)
class Wish:
    """A request to be made."""

    kind: str
    path: str
    cookie: str = ""
    body: bytes | None = None
    about: object = None


class Load:
    """Requests at a steady rate until it is stopped."""

    def __init__(self, port: int, rate: float, wishes: Callable[[int], Wish]) -> None:
        self.port, self.rate, self.wishes = port, rate, wishes
        self.requests: list[Request] = []
        self._due: queue.Queue[Wish | None] = queue.Queue()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(REQUESTERS)]
        self._clock = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Load:
        for thread in (*self._threads, self._clock):
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._clock.join()
        for _thread in self._threads:
            self._due.put(None)
        for thread in self._threads:
            thread.join(60)

    def failures(self, since: float = 0.0) -> list[Request]:
        """Return the requests that went wrong, of those that began after a moment."""
        return [request for request in self.requests if not request.good and request.begun > since]

    def _tick(self) -> None:
        begun = time.monotonic()
        for number in itertools.count():
            if self._stop.wait(max(0.0, begun + number / self.rate - time.monotonic())):
                return
            self._due.put(self.wishes(number))

    def _ask(self) -> None:
        client = Client(self.port)
        while (wish := self._due.get()) is not None:
            client.be(wish.cookie)
            begun = time.monotonic()
            status = 0
            with suppress(ValueError):  # an answer that broke off in its head
                status, _ = client.get(wish.path) if wish.body is None else client.post(wish.path, wish.body)
            if not status:
                client.close()
            self.requests.append(Request(wish.kind, wish.path, begun, time.monotonic(), status, wish.about))
        client.close()


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of the values is."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")
