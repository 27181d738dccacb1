"""Requests of a subject in the present minute, counted in Redis.

A process tells Redis of its requests some at a time: asking for each costs as much as a statement. While Redis is away
each process counts for itself.
"""

from dataclasses import dataclass
from threading import Lock
from typing import Final, cast

from cachetools import TTLCache
from redis import Redis

from hampa.platform import clock
from hampa.platform.errors import TooFast
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.redis import key, quietly

MINUTE: Final = 60
SHARE: Final = 20
"""The part of a limit, one in so many, that a process counts before it tells the others."""


@dataclass(slots=True)
class _Count:
    """The requests of a subject in a minute: those that Redis knows of all processes, and those that it does not yet."""

    known: int = 0
    untold: int = 0


_counts: TTLCache[str, _Count] = TTLCache(10_000, 2 * MINUTE)
_lock = Lock()


def forget_counts() -> None:
    """Forget what this process has counted."""
    with _lock:
        _counts.clear()


def count(subject: str, most: int) -> None:
    """Count a request of a subject in the present minute. Raise TooFast past `most`."""
    if wait := count_past(subject, most):
        raise TooFast(_("Too many requests. Wait a moment."), wait)


def count_past(subject: str, most: int) -> int:
    """Count a request of a subject in the present minute; return the seconds to wait if it is past `most`, else 0."""
    now = clock.now().timestamp()
    name = key(f"requests:{subject}:{int(now // MINUTE)}")
    with _lock:
        count = _counts.setdefault(name, _Count())
        count.untold += 1
        telling = count.untold if count.untold * SHARE >= most else 0
        count.known, count.untold = count.known + telling, count.untold - telling
        total = count.known + count.untold
    if telling:
        told = quietly(lambda client: _tell(client, name, telling), 0)
        with _lock:
            count.known = max(count.known, told)
            total = count.known + count.untold
    return int(MINUTE - now % MINUTE) + 1 if total > most else 0


def _tell(client: Redis, name: str, requests: int) -> int:
    """Add requests of a subject in Redis, and return how many all processes have told of."""
    pipeline = client.pipeline(transaction=False)
    pipeline.incrby(name, requests)
    pipeline.expire(name, 2 * MINUTE)
    return cast(int, pipeline.execute()[0])
