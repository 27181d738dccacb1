"""Limits: so many requests a minute of an address for visitors, and of a person or token once they are known.

They are counted in Redis, by the minute, which a process tells of its requests some at a time: asking for each costs as
much as a statement. While Redis is away each process counts for itself.
"""

import uuid
from dataclasses import dataclass
from threading import Lock
from typing import Final, cast

from cachetools import TTLCache
from flask import request
from redis import Redis

from hampa.platform import clock
from hampa.platform.api.tokens import Bearer
from hampa.platform.config import settings
from hampa.platform.errors import TooFast
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.redis import key, quietly
from hampa.platform.security.ip_addresses import network_of

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


def count_address() -> None:
    """Count a request of a visitor by their address. Raise TooFast past the limit."""
    _count(f"address:{network_of(request.remote_addr)}", settings().api_visitor_limit)


def count_bad_token() -> None:
    """Count a request with a token that is not good, by its address. Raise TooFast past the limit."""
    _count(f"bad tokens:{network_of(request.remote_addr)}", settings().api_visitor_limit)


def count_bearer(bearer: Bearer) -> None:
    """Count a request by its personal access token, or its person. Raise TooFast past the limit."""
    _count(f"bearer:{bearer.token_id or bearer.person.id}", settings().api_person_limit)


def count_of_address(what: str, most: int) -> None:
    """Count something costly that an address asks for, of which it gets so many a minute. Raise TooFast past them."""
    _count(f"{what}:{network_of(request.remote_addr)}", most)


def count_search(person_id: uuid.UUID | None) -> None:
    """Count a search over everything, by its person, or by the address of a visitor. Raise TooFast past the limit."""
    subject = f"search:{person_id}" if person_id is not None else f"search address:{network_of(request.remote_addr)}"
    _count(subject, settings().searches_per_minute)


def forget_counts() -> None:
    """Forget what this process has counted."""
    with _lock:
        _counts.clear()


def _count(subject: str, most: int) -> None:
    now = clock.now().timestamp()
    name = key(f"api:{subject}:{int(now // MINUTE)}")
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
    if total > most:
        raise TooFast(_("Too many requests. Wait a moment."), int(MINUTE - now % MINUTE) + 1)


def _tell(client: Redis, name: str, requests: int) -> int:
    """Add requests of a subject in Redis, and return how many all processes have told of."""
    pipeline = client.pipeline(transaction=False)
    pipeline.incrby(name, requests)
    pipeline.expire(name, 2 * MINUTE)
    return cast(int, pipeline.execute()[0])
