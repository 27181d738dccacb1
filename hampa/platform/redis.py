"""Redis: caches, RQ's queues and live events. It may be flushed or gone at any moment; PostgreSQL is the truth.

Code that needs the answer uses `redis()` and handles `redis.RedisError`. Code that can do without it uses `quietly` or
`cache`: a failure then costs one short timeout, after which Redis is not asked for some seconds.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

from flask import Flask, current_app
from redis import ConnectionError as RedisConnectionError, Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from hampa.platform.config import settings
from hampa.platform.security import crypto

TIMEOUT_SECONDS = 0.25
REST_SECONDS = 3.0
_EXTENSION = "hampa.redis"
_current_app = current_app._get_current_object  # type: ignore[attr-defined]

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass
class Link:
    """The connection of an app to Redis; the prefix of its keys lets two deployments share a Redis."""

    client: Redis
    prefix: str
    resting_until: float = 0.0


def init_app(app: Flask) -> None:
    """Make the client, which connects at its first command."""
    with app.app_context():
        prefix = f"hampa:{crypto.derive_key('redis').hex()[:8]}:"
        # One retry, only for a lost connection: Redis may have been restarted.
        retry = Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
        client = _client(TIMEOUT_SECONDS, TIMEOUT_SECONDS, retry)
    app.extensions[_EXTENSION] = Link(client, prefix)


def _client(connecting: float, answering: float | None, retry: Retry) -> Redis:
    return Redis.from_url(
        settings().redis_url, socket_connect_timeout=connecting, socket_timeout=answering, retry=retry, protocol=2
    )


def redis() -> Redis:
    """Return the client of the current app; its commands raise `redis.RedisError` when Redis is away."""
    return _link().client


def patient() -> Redis:
    """Return a new client without a timeout for answers, to wait for jobs and events with."""
    return _client(2.0, None, Retry(NoBackoff(), 0))


def key(name: str) -> str:
    """Return the full name of a key of this deployment."""
    return _link().prefix + name


def quietly(command: Callable[[Redis], T], otherwise: T) -> T:
    """Return the result of a command, or `otherwise` when Redis is away or was so a moment ago."""
    link = _link()
    if time.monotonic() < link.resting_until:
        return otherwise
    try:
        return command(link.client)
    except RedisError as error:
        link.resting_until = time.monotonic() + REST_SECONDS
        log.warning("Redis is away (%s): going on without it", type(error).__name__)
        return otherwise


class Cache:
    """A cache in Redis, which is empty while Redis is away; keys have a version, so that nothing has to be deleted."""

    def get(self, name: str) -> bytes | None:
        """Return the value of a name, or None."""
        return quietly(lambda client: cast("bytes | None", client.get(key(f"cache:{name}"))), otherwise=None)

    def get_many(self, names: Sequence[str]) -> list[bytes | None]:
        """Return the values of names, each None where there is none."""
        prefix = key("cache:")
        keys = [prefix + name for name in names]
        return quietly(lambda client: _values_of(client, keys), otherwise=[None] * len(keys))

    def get_or_set(self, name: str, value: str, seconds: int) -> bytes | None:
        """Cache a value for some seconds unless the name has one, and return what it has; None while Redis is away."""
        full = key(f"cache:{name}")
        if quietly(lambda client: bool(client.set(full, value, ex=seconds, nx=True)), otherwise=False):
            return value.encode()
        return self.get(name)

    def set(self, name: str, value: str | bytes, seconds: int) -> bool:
        """Cache a value for some seconds, and return whether Redis has it."""
        return quietly(lambda client: bool(client.set(key(f"cache:{name}"), value, ex=seconds)), otherwise=False)


cache = Cache()


def _values_of(client: Redis, keys: Sequence[str]) -> list[bytes | None]:
    """Return the values of keys, each None where there is none.

    Each request asks for some. The client measures, copies and retries around what its connection does in half the time; it
    is asked where the connection was lost, as when Redis was restarted.
    """
    pool = client.connection_pool
    connection = pool.get_connection()
    try:
        connection.send_command("MGET", *keys)
        return cast("list[bytes | None]", connection.read_response())
    except RedisConnectionError:
        connection.disconnect()
    finally:
        pool.release(connection)
    return cast("list[bytes | None]", client.mget(keys))


def _link() -> Link:
    return cast(Link, _current_app().extensions[_EXTENSION])
