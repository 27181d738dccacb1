"""Redis: caches, RQ's queues and live events. It may be flushed or gone at any moment; PostgreSQL is the truth.

`redis()` is for who needs the answer and deals with `redis.RedisError`. Who can do without asks through
`quietly` or `cache`: a failure then costs one short time-out, after which Redis is left alone for some seconds.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast

from flask import Flask, current_app
from redis import ConnectionError as RedisConnectionError, Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from hampa.platform.config import settings
from hampa.platform.security import keys

TIMEOUT_SECONDS = 0.25
REST_SECONDS = 3.0
_EXTENSION = "hampa.redis"

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass
class Link:
    """This process's way to Redis."""

    client: Redis
    prefix: str
    """Before each key, so that two deployments may share a Redis."""
    resting_until: float = 0.0


def init_app(app: Flask) -> None:
    """Prepare the client; nothing is connected before the first command."""
    with app.app_context():
        prefix = f"hampa:{keys.derived('redis').hex()[:8]}:"
        # One retry, and only for a connection that turns out dead: Redis may have been restarted since.
        retry = Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
        client = _client(TIMEOUT_SECONDS, TIMEOUT_SECONDS, retry)
    app.extensions[_EXTENSION] = Link(client, prefix)


def _client(connecting: float, answering: float | None, retry: Retry) -> Redis:
    return Redis.from_url(
        settings().redis_url,
        socket_connect_timeout=connecting,
        socket_timeout=answering,
        retry=retry,
        protocol=2,
    )


def redis() -> Redis:
    """The client of the current app. Its commands raise `redis.RedisError` when Redis is away."""
    return _link().client


def patient() -> Redis:
    """A client of its own for who waits for something to happen, and handles failure itself."""
    return _client(2.0, None, Retry(NoBackoff(), 0))


def key(name: str) -> str:
    """The full name of a key of this deployment."""
    return _link().prefix + name


def quietly(ask: Callable[[Redis], T], otherwise: T) -> T:
    """What `ask` answers, or `otherwise` when Redis is away or was so a moment ago."""
    link = _link()
    if time.monotonic() < link.resting_until:
        return otherwise
    try:
        return ask(link.client)
    except RedisError as reason:
        link.resting_until = time.monotonic() + REST_SECONDS
        log.warning("Redis is away (%s): going on without it", type(reason).__name__)
        return otherwise


class Cache:
    """Values that can be worked out again. What can't be read is not there, what can't be kept is not kept."""

    def get(self, name: str) -> bytes | None:
        return quietly(lambda client: cast("bytes | None", client.get(key(f"cache:{name}"))), otherwise=None)

    def set(self, name: str, value: str | bytes, seconds: int) -> None:
        quietly(lambda client: client.set(key(f"cache:{name}"), value, ex=seconds), otherwise=None)

    def delete(self, *names: str) -> None:
        """Forget. While Redis is away nothing is forgotten: keep values for seconds, or name them by version."""
        quietly(lambda client: client.delete(*[key(f"cache:{name}") for name in names]), otherwise=None)


cache = Cache()


def _link() -> Link:
    return cast(Link, current_app.extensions[_EXTENSION])
