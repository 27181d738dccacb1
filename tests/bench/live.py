"""Figures 26 and 27: many open streams while pages are used, from the commit to the event, over a restart of the server."""

from __future__ import annotations

import asyncio
import os
import re
import resource
import statistics
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select, update

from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.live import publish, publish_now, publish_to_group
from hampa.runs.models.run import Run
from tests.bench import load
from tests.bench.figures import SMALL, Site, Tell, site
from tests.bench.servers import serving_hampa
from tests.factories.crews import make_crew
from tests.factories.messages import make_crew_conversation

PEOPLE = 1_000
EVENTS = 20
PAUSE = 0.4
BACK_SECONDS = 30.0
NUMBER = re.compile(rb'"number":(\d+)')
LAST_ID = re.compile(rb"id: (\d+-\d+)\n")
Say = Callable[[int], None]
"""Publishes an event with a number."""


@dataclass
class Heard:
    """What all streams have heard: the time of each event at each stream."""

    times: dict[int, list[float]] = field(default_factory=dict)

    def missing(self, numbers: Sequence[int], streams: int) -> int:
        """Return how many of these events did not reach one of so many streams."""
        return sum(max(0, streams - len(self.times.get(number, ()))) for number in numbers)


class Browser(asyncio.Protocol):
    """A browser with one stream, which comes back with the id of its last event when that ends."""

    def __init__(self, port: int, address: str, cookie: str, topic: str, heard: Heard) -> None:
        self.port, self.address, self.cookie, self.topic, self.heard = port, address, cookie, topic, heard
        self.last_id, self.is_open, self.is_closed = b"", False, False
        self.known: set[int] = set()

    async def open(self) -> None:
        """Connect and ask for the stream."""
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_connection(
            lambda: self, "127.0.0.1", self.port, local_addr=(self.address, 0)
        )
        last = f"Last-Event-ID: {self.last_id.decode()}\r\n" if self.last_id else ""
        head = f"GET /live?topics={self.topic} HTTP/1.1\r\nHost: bench\r\nCookie: {self.cookie}\r\n{last}\r\n"
        self.transport.write(head.encode())  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        """Note the time of the events in it."""
        now = time.perf_counter()
        self.is_open = self.is_open or b" 200 " in data[:20]
        for found in NUMBER.findall(data):
            if int(found) not in self.known:
                self.known.add(int(found))
                self.heard.times.setdefault(int(found), []).append(now)
        if ids := LAST_ID.findall(data):
            self.last_id = ids[-1]

    def connection_lost(self, _error: Exception | None) -> None:
        """Come back, as long as it takes."""
        self.is_open = False
        if not self.is_closed:
            self.again = asyncio.get_running_loop().create_task(self._come_back())

    async def _come_back(self) -> None:
        while True:
            await asyncio.sleep(0.5 + hash(self.cookie) % 100 / 100)
            try:
                return await self.open()
            except OSError:
                continue


class Crowd(threading.Thread):
    """So many browsers in a thread of their own."""

    def __init__(self, port: int, cookies: Sequence[str], topic: str, count: int) -> None:
        super().__init__(daemon=True)
        self.heard, self.done = Heard(), threading.Event()
        self.browsers = [
            Browser(port, f"127.0.0.{2 + number % 100}", cookies[number % len(cookies)], topic, self.heard)
            for number in range(count)
        ]

    def run(self) -> None:
        """Open all streams, some at a time, until `end`."""
        asyncio.run(self._stay())

    async def _stay(self) -> None:
        for start in range(0, len(self.browsers), 50):
            await asyncio.gather(*(browser.open() for browser in self.browsers[start : start + 50]))
        while not self.done.is_set():
            await asyncio.sleep(0.1)
        for browser in self.browsers:
            browser.is_closed = True
            browser.transport.close()

    def end(self) -> None:
        """Close all streams."""
        self.done.set()
        self.join()

    def wait_until_open(self) -> None:
        """Return when all streams are open."""
        stop = time.monotonic() + 120
        while sum(browser.is_open for browser in self.browsers) < len(self.browsers):
            if time.monotonic() > stop:
                opened = sum(browser.is_open for browser in self.browsers)
                raise RuntimeError(f"only {opened} of {len(self.browsers)} streams are open")
            time.sleep(0.1)


def streams(home: Path, tell: Tell, *, count: int, most_ms: float) -> None:
    """Measure `count` open streams which all hear of the same events while pages are used."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4 * count + 1_000, hard), hard))
    with ExitStack() as stack:
        ours = stack.enter_context(site(home, SMALL, signed_in=PEOPLE))
        with ours.app.app_context():
            run_id = db.session.scalars(select(Run.id).limit(1)).one()
            db.session.rollback()
        family = load.family(ours.pid)
        load.pages(ours.port, ["/runs", f"/runs/{run_id}"], seconds=1, cookie=ours.cookies[:20])
        before = load.memory_mb(family)
        crowd = Crowd(ours.port, ours.cookies, f"run:{run_id}", count)
        crowd.start()
        crowd.wait_until_open()
        took, first = in_use(ours, run_id), range(1, EVENTS + 1)
        delays = [1000 * (at - took[number]) for number in first for at in crowd.heard.times.get(number, ())]
        name = f"{count:,} streams: from the commit to the event, p95"
        note = f"median {statistics.median(delays):.0f} ms, {len(delays):,} events, pages in use"
        tell(name, statistics.quantiles(delays, n=20)[-1], "ms", most=most_ms, note=note)
        tell(f"{count:,} streams: memory", load.memory_mb(family) - before, "MB", most=300)
        tell(f"{count:,} streams: events that were lost", crowd.heard.missing(first, count), "", most=0)
        crowd.end()


def crew(home: Path, tell: Tell, *, count: int = PEOPLE, most_ms: float = 50) -> None:
    """Measure what the members of a crew hear while all of them have its page open, and pages are used."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4 * count + 1_000, hard), hard))
    with site(home, SMALL, signed_in=count) as ours:
        with ours.app.app_context():
            admin, *others = db.session.scalars(select(Person).order_by(Person.phone).limit(count))
            theirs = make_crew(admin, *others, max_members=count)
            talk = make_crew_conversation(theirs, (admin, "Good morning"))
            crew_id, talk_id = theirs.id, talk.id
            run_id = db.session.scalars(select(Run.id).limit(1)).one()
            db.session.execute(update(Person).values(shows_online=True))
            db.session.commit()
        crowd = Crowd(ours.port, ours.cookies, f"crew:{crew_id},conversation:{talk_id}", count)
        crowd.start()
        crowd.wait_until_open()
        kinds: dict[str, Say] = {
            "who came in": lambda number: publish(f"crew:{crew_id}", "joined", number=number),
            "somebody checked in": lambda number: publish(f"crew:{crew_id}", "checked_in", number=number),
            "somebody types": lambda number: publish_now(f"conversation:{talk_id}", "typing", number=number),
            "a message": lambda number: publish(f"conversation:{talk_id}", "message", number=number),
            "a number in the navigation": lambda number: publish_to_group("crew", crew_id, "messages", number=number),
        }
        everything: list[float] = []
        lost = 0
        for place, (kind, say) in enumerate(kinds.items()):
            numbers = range(place * EVENTS + 1, (place + 1) * EVENTS + 1)
            took = in_use(ours, run_id, numbers[0], say)
            time.sleep(1)
            delays = [1000 * (at - took[number]) for number in numbers for at in crowd.heard.times.get(number, ())]
            lost += crowd.heard.missing(numbers, count)
            everything += delays
            note = f"median {statistics.median(delays):.0f} ms, {len(delays):,} events, pages in use"
            p95 = statistics.quantiles(delays, n=20)[-1]
            tell(f"a crew of {count:,} who look: {kind}, p95", p95, "ms", most=most_ms, note=note)
        load_now = f"load average {os.getloadavg()[0]:.1f}"
        tell(
            f"a crew of {count:,} who look: all of it, p95",
            statistics.quantiles(everything, n=20)[-1],
            "ms",
            note=load_now,
        )
        tell(f"a crew of {count:,} who look: events that were lost", lost, "", most=0)
        crowd.end()


def in_use(ours: Site, run_id: uuid.UUID, first: int = 1, say: Say | None = None) -> dict[int, float]:
    """Publish events while a person reads pages; return when each was committed, by its number."""
    done = threading.Event()
    reader = threading.Thread(target=read_pages, args=(ours, run_id, done))
    reader.start()
    committed = publish_events(ours, run_id, first, say)
    done.set()
    reader.join()
    return committed


def publish_events(ours: Site, run_id: uuid.UUID, first: int, say: Say | None = None) -> dict[int, float]:
    """Publish events with these numbers, of the run or as `say` does; return when each was committed."""
    committed = {}
    with ours.app.app_context():
        for number in range(first, first + EVENTS):
            if say is None:
                publish(f"run:{run_id}", "bench", number=number)
            committed[number] = time.perf_counter()
            if say is not None:
                say(number)
            db.session.commit()
            time.sleep(PAUSE)
    return committed


def read_pages(ours: Site, run_id: uuid.UUID, done: threading.Event) -> None:
    """Read ten pages a second."""
    client, number = load.Client(ours.port), 0
    while not done.wait(0.1):
        client.be(ours.cookies[number % len(ours.cookies)])
        client.get("/runs" if number % 2 else f"/runs/{run_id}")
        number += 1
    client.close()


def restart(home: Path, tell: Tell, *, count: int = 200) -> None:
    """Restart the server while events are published; browsers come back and count what they have."""
    with site(home, SMALL, signed_in=count) as ours:
        with ours.app.app_context():
            run_id = db.session.scalars(select(Run.id).limit(1)).one()
            db.session.rollback()
        with ExitStack() as second:
            first = second.enter_context(serving_hampa(ours.environment))
            crowd = Crowd(first[0], ours.cookies, f"run:{run_id}", count)
            crowd.start()
            crowd.wait_until_open()
            in_use(ours, run_id)
            port = first[0]
        publish_events(ours, run_id, EVENTS + 1)  # while nobody listens
        with serving_hampa(ours.environment, port):
            in_use(ours, run_id, 2 * EVENTS + 1)
            crowd.wait_until_open()
            stop = time.monotonic() + BACK_SECONDS
            numbers = range(1, 3 * EVENTS + 1)
            while crowd.heard.missing(numbers, count) and time.monotonic() < stop:
                time.sleep(0.1)
            lost = crowd.heard.missing(numbers, count)
            crowd.end()
    tell(f"{count:,} streams over a restart: events that were lost", lost, "", most=0)


def live(home: Path, tell: Tell, *, seconds: float, rounds: int) -> None:
    """Measure a thousand and five thousand open streams, a crew, and a restart."""
    crew(home, tell)
    streams(home, tell, count=1_000, most_ms=50)
    streams(home, tell, count=5_000, most_ms=150)
    restart(home, tell)
