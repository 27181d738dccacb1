"""A Redis that is away: the app is pointed at a port where nobody listens, so that no kind of command reaches it."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from hampa.platform.redis import Link


@contextmanager
def redis_away(app: Flask) -> Iterator[Link]:
    """Keep Redis away from the app, and yield its link, whose `resting_until` tells when it is tried again."""
    link: Link = app.extensions["hampa.redis"]
    before = link.client
    link.client, link.resting_until = Redis(port=1, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0)), 0.0
    try:
        yield link
    finally:
        link.client, link.resting_until = before, 0.0
