"""What is measured, group by group. Each group tells its figures by `tell(name, value, unit, …)`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle, product
from pathlib import Path
from statistics import median
from typing import Any

from flask import Flask
from sqlalchemy import create_engine, make_url, select, text

from hampa.app import create_app
from hampa.platform import clock, config, embedded
from hampa.platform.db import db
from hampa.platform.migrations import upgrade
from hampa.runs.models.run import Run
from tests.bench import load, world, yardstick
from tests.bench.servers import serving, serving_hampa

Tell = Callable[..., None]
SMALL, LARGE, HUGE = 1_000, 100_000, 1_000_000
DAYS, LENGTHS = 280, (20, 60)
"""Lists are asked for from so many different days on, for so many to so many days, so that no page is one that was kept."""
PRODUCTION = {
    "HAMPA_ENV": "production",
    "HAMPA_SECRET_KEY": "bench-bench-bench-bench-bench-bench",
    "HAMPA_BASE_URL": "http://127.0.0.1",
    "HAMPA_LOG_LEVEL": "WARNING",
    "HAMPA_SUBSCRIPTIONS": "1",
    "HAMPA_PAYMENT_GATEWAY": "zarinpal",
    "HAMPA_ZARINPAL_MERCHANT": "1344b5d4-0048-11e8-94db-005056a205be",
    "HAMPA_API_PERSON_LIMIT": "1000000",
    "HAMPA_PAGE_VISITOR_LIMIT": "1000000",
    "HAMPA_PAGE_PERSON_LIMIT": "1000000",
    "HAMPA_BOARD_VISITOR_LIMIT": "1000000",
    "HAMPA_SEARCHES_PER_MINUTE": "1000000",
}


@dataclass
class Site:
    """Hampa on a database of its own, served by two workers."""

    app: Flask
    environment: dict[str, str]
    port: int = 0
    pid: int = 0
    cookies: list[str] = field(default_factory=list)


def environment(home: Path, name: str) -> dict[str, str]:
    """Return settings as in production, on a database called `name` of the embedded server."""
    servers = embedded.ensure(home)
    engine = create_engine(servers.database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if not connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}):
            connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    url = make_url(servers.database_url).set(database=name).render_as_string(hide_password=False)
    return PRODUCTION | {"DATABASE_URL": url, "REDIS_URL": servers.redis_url, "HAMPA_HOME": str(home)}


def prepared(home: Path, runs: int, signed_in: int, name: str = "") -> Site:
    """Return Hampa with so many runs to come and so many people signed in; nobody serves it.

    `name` is that of a database of its own, which others do not measure.
    """
    variables = environment(home, name or f"bench_{runs}")
    app = create_app(config.load(variables))
    with app.app_context():
        upgrade()
        if not db.session.scalar(select(Run.id).limit(1)):
            world.fill(runs)
        cookies = world.travellers(app, signed_in)
        db.engine.dispose()
    return Site(app, variables, cookies=cookies)


@contextmanager
def site(home: Path, runs: int, signed_in: int = 4, name: str = "") -> Iterator[Site]:
    """Hampa with so many runs to come, being served."""
    ours = prepared(home, runs, signed_in, name)
    with serving_hampa(ours.environment) as (ours.port, ours.pid):
        yield ours


@contextmanager
def bare(home: Path, size: int) -> Iterator[tuple[int, int]]:
    """Serve the yardstick with a page of `size` bytes; yield its port and process id."""
    servers = embedded.ensure(home)
    url = make_url(servers.database_url)
    dsn = f"host={url.query['host']} user={url.username} dbname={url.database}"
    yardstick.fill(dsn)
    with serving("tests.bench.yardstick:asgi", {"YARDSTICK_DATABASE": dsn, "YARDSTICK_BYTES": str(size)}) as started:
        yield started


Asked = tuple[int, int, Sequence[str] | Iterator[str], str | Sequence[str]]


@dataclass(frozen=True)
class Compared:
    """Two servers in interleaved rounds: how much quicker the first was, and CPU ms a request of each."""

    ratio: float
    cost: float
    other_cost: float


def against(ours: Asked, other: Asked, seconds: float, rounds: int) -> Compared:
    """Each side is (port, process id, paths, cookie or cookies). The median of the rounds' ratios counts."""
    for port, _, paths, cookie in (ours, other):
        load.pages(port, paths, seconds=min(1.0, seconds), cookie=cookie)
    ratios: list[float] = []
    costs: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        rates = [0.0, 0.0]
        for side in (0, 1) if number % 2 else (1, 0):
            port, pid, paths, cookie = (ours, other)[side]
            family = load.family(pid)
            before = load.cpu_seconds(family)
            result = load.pages(port, paths, seconds=seconds, cookie=cookie)
            if result.errors:
                raise RuntimeError(
                    f"{result.errors} of {result.requests} requests to {place_of(paths)} did not answer 200"
                )
            rates[side] = result.rate
            costs[side].append((load.cpu_seconds(family) - before) / result.requests * 1000)
        ratios.append(rates[0] / rates[1])
    return Compared(median(ratios), median(costs[0]), median(costs[1]))


def place_of(paths: Sequence[str] | Iterator[str]) -> str:
    """Return one of the paths."""
    return next(paths) if isinstance(paths, Iterator) else paths[0]


def pages(home: Path, tell: Tell, *, seconds: float, rounds: int, words: Sequence[str] = ()) -> None:
    """Measure the main pages, for visitors and for many people in turn: requests a second against the yardstick's."""
    from tests.bench.pages import pages

    pages(home, tell, seconds=seconds, rounds=rounds, words=words)


def api(home: Path, tell: Tell, *, seconds: float, rounds: int, words: Sequence[str] = ()) -> None:
    """Measure the lists of the API, for the programs of many people: requests a second against the yardstick's."""
    from tests.bench.api import api

    api(home, tell, seconds=seconds, rounds=rounds, words=words)


def scale(home: Path, tell: Tell, *, seconds: float, rounds: int) -> None:
    """Measure the same page with 1,000 and with 1,000,000 runs."""
    with ExitStack() as stack:
        small = stack.enter_context(site(home, SMALL))
        huge = stack.enter_context(site(home, HUGE))
        for name, number in (("visitor", None), ("signed in", 0)):
            mine = [s.cookies[0] if number is not None else "" for s in (huge, small)]
            found = against(
                (huge.port, huge.pid, ["/runs"], mine[0]), (small.port, small.pid, ["/runs"], mine[1]), seconds, rounds
            )
            note = f"CPU {found.cost:.2f} ms at {HUGE:,}, {found.other_cost:.2f} ms at {SMALL:,}"
            tell(f"/runs, {name}: {HUGE:,} runs against {SMALL:,}", found.ratio, "×", least=0.8, note=note)


def lists(more: str = "") -> Iterator[str]:
    """Return addresses of lists of runs from many days on, for clients to take turns: no page is one that was kept."""
    today = clock.now().date()
    spans = (
        (today + timedelta(days=day), timedelta(days=length)) for length, day in product(range(*LENGTHS), range(DAYS))
    )
    return cycle([f"/runs?from={first}&to={first + length}{more}" for first, length in spans])


def search(home: Path, tell: Tell, *, seconds: float, rounds: int) -> None:
    """Words and circles over a million runs against the plain list, each time from another day on."""
    with site(home, HUGE) as ours:
        plain = lists()
        for name, more in (
            ("words that are in each run", "&q=morning+loop"),
            ("a word that is in one of five hundred", "&q=p137"),
            ("a word that is nowhere", "&q=marathon"),
            ("two words that are never together", "&q=tea+coffee"),
            ("10 km in a crowded town", "&near=35.75,51.45"),
            ("1 km in a crowded town", "&near=35.75,51.45&radius_km=1"),
            ("200 km", "&near=40.05,20.05&radius_km=200"),
            ("10 km where there is nothing", "&near=0,-140"),
            ("words in a circle", "&near=35.75,51.45&q=tea"),
            ("a town by its name", "&near=Tehran"),
            ("a day of the week", "&weekday=fri"),
            ("a pace that no group has", "&pace=5:30"),
            ("a pace that no group has in a circle", "&pace=5:30&near=35.75,51.45"),
        ):
            found = against((ours.port, ours.pid, lists(more), ""), (ours.port, ours.pid, plain, ""), seconds, rounds)
            note = f"CPU {found.cost:.2f} ms, plain {found.other_cost:.2f} ms (of the web processes alone)"
            tell(f"/runs with {name}, {HUGE:,} runs", 1 / found.ratio, "× plain", most=3, note=note)


def everything(home: Path, tell: Tell, *, seconds: float, rounds: int) -> None:
    """Measure the search over everything in a million rows of mixed kinds against the plain list."""
    from tests.bench.searching import everything

    everything(home, tell, seconds=seconds, rounds=rounds)


def joins(home: Path, tell: Tell, *, seconds: float, rounds: int) -> None:
    """Different people join one run, by its form, eight at a time."""
    with site(home, SMALL, signed_in=1_000) as ours:
        with ours.app.app_context():
            run = db.session.scalars(select(Run).where(Run.capacity.is_not(None)).limit(1)).one()
            path = f"/runs/{run.id}/join"
            token = world.csrf_token(ours.app)
            db.engine.dispose()
        waiting = list(ours.cookies)
        statuses: list[int] = []
        stop = time.perf_counter() + max(4.0, seconds)

        def run_one() -> None:
            while time.perf_counter() < stop:
                try:
                    cookie = waiting.pop()
                except IndexError:
                    return
                client = load.Client(ours.port, cookie)
                status, _ = client.post(path, f"status=GOING&csrf_token={token}".encode())
                client.close()
                statuses.append(status)

        started = time.perf_counter()
        threads = [threading.Thread(target=run_one) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - started
        good = statuses.count(303)
        tell("joins of one run", good / took, "a second", least=100, note=f"{good} of {len(statuses)} answered 303")


def weight(home: Path, tell: Tell, *, seconds: float, rounds: int) -> None:
    """Bytes over the wire of a visitor's first page, compressed as browsers ask, with all that it links."""
    from tests.bench.wire import first_page

    with site(home, SMALL) as ours:
        for path in ("/", "/runs"):
            plain, font = first_page(ours.port, path)
            tell(f"first page {path}, without the font", plain / 1024, "KB", most=60)
            tell(f"first page {path}, with the font", (plain + font) / 1024, "KB", most=110)


def messages(home: Path, tell: Tell, *, seconds: float, rounds: int) -> None:
    """Measure the messages a second that one worker sends through gateways that answer at once."""
    from tests.bench import outbox

    variables = environment(home, "bench_outbox")
    tell("outbox, one worker", outbox.messages_a_second(variables, through_http=False), "a second", least=500)
    rate = outbox.messages_a_second(variables, through_http=True)
    tell("outbox, one worker, through an HTTP gateway", rate, "a second", least=500)


def feed(home: Path, tell: Tell, *, seconds: float, rounds: int) -> None:
    """Measure the calendar feed of 500 runs against a run's page."""
    from tests.bench.feed import feed

    feed(home, tell, seconds=seconds, rounds=rounds)


def routes(home: Path, tell: Tell, *, seconds: float, rounds: int) -> None:
    """Measure a worker that reads a GPX file of the largest allowed size: time, and memory of the whole process."""
    from tests.bench import routes as gpx

    found = gpx.cost(environment(home, "bench_routes"))
    note = f"{found.points:,} points"
    tell("a GPX file of 5 MB, read", found.seconds, "s", most=5, note=note)
    tell("a GPX file of 5 MB, the process at most", found.megabytes, "MB", most=200)


def telling(home: Path, tell: Tell, *, seconds: float, rounds: int) -> None:
    """Ten thousand participants are told of a change."""
    from tests.bench.telling import telling

    telling(home, tell, seconds=seconds, rounds=rounds)


def export(home: Path, tell: Tell, *, seconds: float, rounds: int) -> None:
    """Measure the export of a person who ran every day for ten years: time, and memory of the whole process."""
    from tests.bench import export as copies

    found = copies.cost(environment(home, "bench_export"))
    note = f"a ZIP of {found.size // 1024:,} KB"
    tell("a copy of ten years, made", found.seconds, "s", note=note)
    tell("a copy of ten years, the process at most", found.megabytes, "MB", most=200)


def imports(home: Path, tell: Tell, *, seconds: float, rounds: int) -> None:
    """Measure a worker that reads an archive of a thousand files of watches: time a file, and memory of the process."""
    from tests.bench import imports as archives

    found = archives.cost(environment(home, "bench_imports"))
    note = f"a ZIP of {found.megabytes_sent:.0f} MB: {found.fates}, {found.named} faults named"
    tell("a thousand files of watches, each", 1_000 * found.seconds / archives.FILES, "ms", note=note)
    note = f"{found.before:.0f} MB before, {found.after_some:.0f} after a hundred files"
    tell("a thousand files, the process at most", found.most, "MB", most=250, note=note)


def cards(home: Path, tell: Tell, *, seconds: float, rounds: int) -> None:
    """Measure the list of cards, and companions for a person."""
    from tests.bench.cards import cards

    cards(home, tell, seconds=seconds, rounds=rounds)


def slow(home: Path, tell: Tell, *, seconds: float, rounds: int) -> None:
    """Measure what others wait for while many clients are slow or silent."""
    from tests.bench.slow import slow_clients

    slow_clients(environment(home, "bench_slow"), tell)


def gateway(home: Path, tell: Tell, *, seconds: float, rounds: int) -> None:
    """Measure pages beside a worker whose SMS gateway is slow, refuses or is away."""
    from tests.bench.gateway import troubled_gateway

    troubled_gateway(home, tell, seconds=seconds, rounds=rounds)


def live(home: Path, tell: Tell, *, seconds: float, rounds: int) -> None:
    """Measure many open streams while pages are used, and a restart of the server."""
    from tests.bench.live import live

    live(home, tell, seconds=seconds, rounds=rounds)


def boards(home: Path, tell: Tell, *, seconds: float, rounds: int) -> None:
    """Measure looks at a leaderboard of a hundred thousand people."""
    from tests.bench.leaderboards import looks

    looks(environment(home, "bench_boards"), tell)


GROUPS: dict[str, Any] = {
    "pages": pages,
    "api": api,
    "scale": scale,
    "search": search,
    "everything": everything,
    "cards": cards,
    "joins": joins,
    "outbox": messages,
    "weight": weight,
    "feed": feed,
    "routes": routes,
    "telling": telling,
    "export": export,
    "imports": imports,
    "slow": slow,
    "gateway": gateway,
    "live": live,
    "boards": boards,
}
