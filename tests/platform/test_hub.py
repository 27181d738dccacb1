"""The streams of a process without a server: limits, what is replayed, and what a timer finds."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from hampa.platform.live import events
from hampa.platform.live.events import EVERYBODY, RELOAD, Event, EventLog, chunk, encode, parse_position
from hampa.platform.live.hub import MOST_UNSENT, Hub, Stream
from hampa.platform.live.streams import LiveASGI
from hampa.platform.live.topics import OPENING, Subscription


def in_loop(work: Any) -> Any:
    """Run in a thread of its own: Playwright keeps a loop running in this one while browser tests share the process."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(work)).result()


def subscription(person: str = "a", after: str = "", hidden: Collection[str] = ()) -> Subscription:
    return Subscription(person, str(uuid.uuid4()), frozenset({"run:x"}), frozenset(hidden), after)


def hub_of(ended: Collection[uuid.UUID] = ()) -> Hub:
    async def ended_among(ids: Collection[uuid.UUID]) -> Collection[uuid.UUID]:
        return [one for one in ids if one in ended]

    return Hub("redis://127.0.0.1:1/0", "test:", EventLog(), ended_among)


def event(number: int, topic: str = "run:x", name: str = "changed") -> Event:
    return Event.decode((1_000, number), encode([topic], name, {"number": number}).encode())


def sent(stream: Stream) -> bytes:
    return b"".join(stream.unsent)


def test_an_event_goes_to_those_who_listen_to_its_topic() -> None:
    hub = hub_of()
    one, other = Stream(subscription("a"), "client"), Stream(subscription("b"), "client")
    for stream in (one, other):
        hub.add(stream)
        stream.unsent.clear()
    hub.route(event(1, "person:a"))
    hub.route(event(2))
    hub.route(event(3, "run:y"))
    assert [b'"number":%d' % number in sent(one) for number in (1, 2, 3)] == [True, True, False]
    assert [b'"number":%d' % number in sent(other) for number in (1, 2, 3)] == [False, True, False]
    hub.remove(one)
    hub.remove(other)
    assert not hub.streams
    assert not hub.by_client
    assert not hub._by_topic


def test_streams_open_again_when_what_they_listen_to_says_so() -> None:
    hub = hub_of()
    listener, other = Stream(subscription("a"), "client"), Stream(subscription("b"), "client")
    other.subscription = replace(other.subscription, topics=frozenset())
    for stream in (listener, other):
        hub.add(stream)
    hub.route(event(1, "run:x", "recheck"))
    assert (listener.is_over, other.is_over) == (True, False)


def test_a_client_that_takes_nothing_is_ended_and_comes_back() -> None:
    hub, stream = hub_of(), Stream(subscription(), "client")
    hub.add(stream)
    for number in range(1, MOST_UNSENT + 10):
        hub.route(event(number))
    assert stream.is_over
    assert len(stream.unsent) <= MOST_UNSENT + 1
    last = b"1000-%d" % 20
    back = Stream(subscription(after=last.decode()), "client")
    hub.add(back)
    assert [b'"number":%d,' % number in sent(back) for number in (20, 21)] == [False, True]


def test_the_log_forgets_by_time_and_number_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_KEPT", 1_000)
    log = EventLog()
    log.begin((1_000, 0))
    for number in range(1, 3_500):
        log.add(event(number))
    assert log.since((1_000, 5)) is None
    assert len(list(log.since((1_000, 3_000)) or ())) == 499
    assert list(log.since(log.position) or ()) == []
    assert len(log._events) <= 2_000


def test_all_are_told_to_ask_again_also_who_comes_back() -> None:
    hub = hub_of()
    hub.events.begin((1, 0))
    hub.route(event(1, EVERYBODY, RELOAD))
    stream = Stream(subscription(after="1-0"), "client")
    hub.add(stream)
    assert b"event: reload" in sent(stream)


def test_the_timer_ends_the_streams_of_sessions_that_have_ended() -> None:
    one, other = subscription("a"), subscription("b")
    hub = hub_of(ended=[uuid.UUID(one.session_id)])
    streams = [Stream(mine, "client") for mine in (one, other)]
    for stream in streams:
        hub.add(stream)
    in_loop(hub.check_sessions())
    assert [stream.is_over for stream in streams] == [True, False]
    assert sent(streams[0]).endswith(chunk(event="ended"))


@pytest.mark.parametrize(("limits", "status"), [({"most": 1}, 503), ({"per_client": 1}, 503), ({}, 200)])
def test_streams_are_bounded_in_a_process_and_for_a_client(limits: dict[str, int], status: int) -> None:
    hub = hub_of()
    hub.add(Stream(subscription(), "192.0.2.1"))

    class Pages:
        proxies = 0

        async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
            scope[OPENING].subscription = subscription()
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})

    answered: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        answered.append(message)

    def receive() -> asyncio.Future[dict[str, Any]]:
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        future.set_result({"type": "http.disconnect"})
        return future

    live = LiveASGI(Pages(), hub, **({"per_client": 2, "most": 2} | limits))  # type: ignore[arg-type]
    in_loop(live({"headers": [], "client": ("192.0.2.1", 1)}, receive, send))
    assert answered[0]["status"] == status
    assert (b"content-length", b"0") not in answered[0]["headers"]
    assert len(hub.streams) == 1


@pytest.mark.parametrize("text", ["", "1", "-1", "1-", "x-1", "1-²", "9" * 41 + "-1"])
def test_what_is_no_position_is_none(text: str) -> None:
    assert parse_position(text) is None
