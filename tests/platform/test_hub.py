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
from hampa.platform.live.events import EVERYBODY, MOST_KEPT, RELOAD, Event, EventLog, chunk, encode, parse_position
from hampa.platform.live.hub import LIFE_SECONDS, Hub
from hampa.platform.live.open_streams import MOST_UNSENT, Stream
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
    assert log.since((1_000, 5), ["run:x"]) is None
    assert log.since((1_000, 3_000), ["run:x"]) is None, "499 are too many to be told one by one"
    assert [one.position[1] for one in log.since((1_000, 3_100), ["run:x"]) or ()] == list(range(3_101, 3_500))
    assert log.since((1_000, 3_000), ["run:y"]) == []
    assert log.since(log.position, ["run:x"]) == []
    assert len(log._events) == sum(map(len, log._by_topic.values())) <= 2_000


def test_who_comes_back_costs_as_much_as_there_is_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty thousand events of others are not walked through in the loop that serves all streams."""
    log, looked_at = EventLog(), list[Event]()
    log.begin((1_000, 0))
    for number in range(1, MOST_KEPT):
        log.add(event(number, f"run:{number % 500}"))
    monkeypatch.setattr(events, "reversed", lambda rows: (looked_at.append(one) or one for one in rows[::-1]), False)
    assert len(log.since((1_000, 0), {"run:7", "person:a", EVERYBODY}) or ()) == MOST_KEPT // 500
    assert len(looked_at) < 200


def test_a_permission_that_ended_while_the_stream_opened_has_it_open_again() -> None:
    cases = [("run:x", "recheck", True), ("person:a", "recheck", True), ("person:a", "ended", True)]
    for topic, name, ends in [*cases, ("run:x", "changed", False), ("run:y", "recheck", False)]:
        hub = hub_of()
        hub.route(event(1, topic, name))
        asked_at = hub.events.position
        before, after = Stream(subscription(), "client"), Stream(subscription(after="1000-0"), "client")
        hub.events.begins = (999, 0)
        hub.add(before, asked_at)
        assert not before.is_over, "it was asked for after that"
        hub.add(after, asked_at)
        assert not after.is_over, "nor is it told of that later: it would open again and again"
        hub.route(event(2, topic, name))
        late = Stream(subscription(after="1000-1"), "client")
        hub.add(late, asked_at)
        assert late.is_over is ends, (topic, name)
        assert not ends or b"retry:" in late.unsent[-1]


def test_a_stream_that_is_asked_for_anew_comes_back_with_the_position_of_that() -> None:
    hub, stream = hub_of(), Stream(subscription(), "client")
    hub.add(stream)
    hub.route(event(7, "run:x", "recheck"))
    assert stream.is_over
    assert b"id: 1000-7\n" in sent(stream)


def test_a_stream_lasts_an_hour_and_its_browser_opens_another(monkeypatch: pytest.MonkeyPatch) -> None:
    hub, now = hub_of(), [0.0]
    monkeypatch.setattr("hampa.platform.live.hub.time.monotonic", lambda: now[0])
    hub.route(event(3))
    stream = Stream(subscription(), "client")
    hub.add(stream)
    assert abs(stream.ends_at - LIFE_SECONDS) <= LIFE_SECONDS / 10
    stream.unsent.clear()
    hub.beat([stream])
    assert not stream.is_over
    assert sent(stream) == b"id: 1000-3\nevent: beat\ndata: 1\n\n"
    now[0] = 2 * LIFE_SECONDS
    hub.beat([stream])
    assert stream.is_over
    assert b"retry:" in stream.unsent[-1]


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
