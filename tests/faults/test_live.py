"""Streams of events while Redis is away, and over the end of the processes that serve them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from hampa.people.models import Person
from hampa.platform import embedded
from hampa.platform.db import db
from hampa.platform.live import publishing
from hampa.platform.live.presence import ALIVE_SECONDS, connections_key, connections_of
from hampa.platform.redis import key, redis
from tests.database import Databases
from tests.factories.people import make_person
from tests.faults.workers import wait_until
from tests.live_site import LiveSite, say, serving_live

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]


@pytest.fixture(scope="module")
def _served(app: Flask, databases: Databases) -> Iterator[LiveSite]:
    with serving_live(databases) as made:
        yield made


@pytest.fixture
def site(_served: LiveSite) -> Iterator[LiveSite]:
    """Yield the site with all its processes: those that the test before has ended are started again."""
    embedded.ensure(_served.redis_home, embedded.REDIS)
    if _served.server is None or _served.server.poll() is not None:
        _served.start()
    with _served.app.app_context():
        yield _served
        db.session.rollback()


@pytest.fixture
def person(site: LiveSite) -> Person:
    made = make_person()
    db.session.commit()
    return made


def numbers(messages: list) -> list[int]:
    return [message.data["number"] for message in messages if message.event == "message"]


def test_a_deploy_ends_streams_and_who_comes_back_has_missed_nothing(site: LiveSite, person: Person) -> None:
    cookie = site.cookie(person)
    streams = [site.open(person, cookie=cookie) for _ in range(4)]
    say(f"person:{person.id}", "told", number=1)
    for stream in streams:
        message = stream.next()
        assert message is not None
        assert message.data["number"] == 1
    assert site.end() == 0
    for stream in streams:
        assert stream.next() is None
        assert stream.retry > 0
        stream.close()
    say(f"person:{person.id}", "told", number=2)
    site.start()
    for stream in streams:
        with site.open(person, cookie=cookie, last_id=stream.last_id) as back:
            say(f"person:{person.id}", "told", number=3)
            heard = []
            while 3 not in heard:
                message = back.next()
                assert message is not None
                heard += numbers([message])
            assert heard[0] == 2


def test_a_process_that_was_killed_leaves_nobody_online(site: LiveSite, person: Person) -> None:
    with site.open(person):
        wait_until(lambda: connections_of(person.id))
        site.kill()
    name = key(connections_key(person.id))
    assert 0 < redis().ttl(name) <= ALIVE_SECONDS
    # The minute passes: Redis does the rest.
    redis().expire(name, 0)
    assert connections_of(person.id) == []


def test_without_redis_pages_go_on_and_streams_wait_until_it_is_back(site: LiveSite, person: Person) -> None:
    cookie = site.cookie(person)
    with site.open(person, cookie=cookie) as stream:
        embedded.stop(site.redis_home)
        say(f"person:{person.id}", "told", number=1)
        assert publishing._waiting, "it waits for Redis"
        assert site.get("/runs", cookie) == 200
        with site.open(person, cookie=cookie) as later:
            embedded.ensure(site.redis_home, embedded.REDIS)
            for one in (stream, later):
                got = [one.next(), one.next()]
                assert {message.event for message in got if message} == {"reload", "message"}
                assert numbers([message for message in got if message]) == [1]
        wait_until(lambda: connections_of(person.id))


def test_what_is_too_much_to_wait_becomes_one_question_for_all(
    site: LiveSite, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "MOST_WAITING", 3)
    embedded.stop(site.redis_home)
    for number in range(5):
        say(f"person:{person.id}", "told", number=number)
    assert len(publishing._waiting) < 5
    embedded.ensure(site.redis_home, embedded.REDIS)
    with site.open(person) as stream:
        message = stream.next()
        assert message is not None
        assert message.event == "reload"
    wait_until(lambda: not publishing._waiting)


def test_a_flushed_redis_costs_no_event(site: LiveSite, person: Person) -> None:
    cookie = site.cookie(person)
    with site.open(person, cookie=cookie) as stream:
        redis().flushdb()
        say(f"person:{person.id}", "told", number=1)
        message = stream.next()
        assert message is not None
        assert message.data["number"] == 1
