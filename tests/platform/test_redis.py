"""Redis is speed: with it things are quick, without it they go on."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy.orm import Session

from hampa.platform import redis
from hampa.platform.redis import cache
from tests.without_redis import redis_away


@pytest.fixture
def away(app: Flask) -> Iterator[redis.Link]:
    with redis_away(app) as link:
        yield link


def test_what_is_kept_is_found_until_it_is_deleted(db_session: Session) -> None:
    cache.set("greeting", "good morning", 60)
    assert cache.get("greeting") == b"good morning"
    assert 0 < redis.redis().ttl(redis.key("cache:greeting")) <= 60
    redis.redis().delete(redis.key("cache:greeting"))
    assert cache.get("greeting") is None


def test_several_are_found_at_once_also_where_redis_was_restarted_meanwhile(db_session: Session) -> None:
    cache.set("greeting", "good morning", 60)
    found = [b"good morning", None]
    assert cache.get_many(["greeting", "farewell"]) == found
    pool = redis.redis().connection_pool
    connection = pool.get_connection()
    connection.send_command("CLIENT", "ID")
    own = connection.read_response()
    pool.release(connection)  # the one that is used next
    with Redis.from_url(redis.settings().redis_url) as other:
        other.client_kill_filter(_id=str(own))
    assert cache.get_many(["greeting", "farewell"]) == found


def test_keys_carry_the_mark_of_the_deployment(app: Flask, db_session: Session) -> None:
    cache.set("greeting", "good morning", 60)
    assert redis.redis().keys() == [redis.key("cache:greeting").encode()]
    assert str(app.secret_key) not in redis.key("")


def test_without_redis_the_cache_is_empty_and_silent(db_session: Session, away: redis.Link) -> None:
    cache.set("greeting", "good morning", 60)
    assert cache.get("greeting") is None
    away.resting_until = 0.0
    assert cache.get_many(["greeting", "farewell"]) == [None, None]


def test_a_redis_that_failed_is_left_alone_for_a_while(db_session: Session, away: redis.Link) -> None:
    asked = []

    def ask(client: Redis) -> str:
        asked.append(client)
        return str(client.ping())

    assert [redis.quietly(ask, "otherwise") for _ in range(5)] == ["otherwise"] * 5
    assert len(asked) == 1

    away.resting_until = time.monotonic()
    redis.quietly(ask, "otherwise")
    assert len(asked) == 2


def test_a_connection_that_was_cut_is_mended_unseen(db_session: Session) -> None:
    cache.set("greeting", "good morning", 60)
    for pooled in redis.redis().connection_pool._available_connections:
        pooled._sock.shutdown(2)
    assert cache.get("greeting") == b"good morning"
