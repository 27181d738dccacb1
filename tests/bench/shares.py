"""`python -m tests.bench --profile [WORD…]`: where the time of each page goes, by library, in one process without a server.

For pages whose names have one of the words. Each of many people looks once, after all that people share is kept. Told are
the CPU milliseconds a request of Python, those of PostgreSQL on the other side, how many statements were asked and how
many of them PostgreSQL planned anew, and the shares of Python's time under cProfile, which makes calls dearer than work in
C: shares say where to look, the milliseconds how much there is.
"""

from __future__ import annotations

import cProfile
import os
import pstats
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event, make_url, text

from hampa.platform.db import db
from tests.bench import load
from tests.bench.api import LISTS, programs
from tests.bench.figures import LARGE, Site, prepared
from tests.bench.pages import MANY, rows_of

PEOPLE = 100
"""The people of one measurement; others make the process warm before."""
SHOWN = 0.01
"""The smallest share that is told."""


@dataclass(frozen=True)
class Shares:
    """What one request of a page costs: CPU milliseconds, statements, and shares of Python's time by library."""

    python_ms: float
    postgres_ms: float
    statements: float
    planned: float
    by_library: dict[str, float]

    def line(self, name: str) -> str:
        """Return a line of the table."""
        shares = ", ".join(f"{library} {share:.0%}" for library, share in self.by_library.items() if share >= SHOWN)
        return (
            f"{name:<38} {self.python_ms:>6.2f} {self.postgres_ms:>6.2f} {self.statements:>5.1f} {self.planned:>5.1f}"
            f"  {shares}"
        )


def tell(home: Path, words: Sequence[str]) -> None:
    """Print the table of the pages whose names have one of the words, or of all."""
    ours = prepared(home, LARGE, MANY)
    pages = [(name, paths, [cookie] if isinstance(cookie, str) else cookie) for name, paths, cookie, _ in rows_of(ours)]
    tokens = programs(ours)
    pages += [(name, [path], tokens) for name, path in LISTS]
    note_visits(ours, [*ours.cookies, *tokens])
    print(f"{'page':<38} {'Python':>6} {'PostgreSQL':>6} asked planned  shares of Python")
    for name, paths, cookies in pages:
        if not words or any(word in name for word in words):
            print(measured(ours, paths, cookies).line(name), flush=True)


def note_visits(ours: Site, cookies: Sequence[str]) -> None:
    """Let everybody come once: what is written at the first visit in some minutes is no part of a page."""
    for cookie in cookies:
        get(ours.app, "/api/v1/me" if cookie.startswith("Bearer ") else "/me/settings", cookie)


def measured(ours: Site, paths: Sequence[str], cookies: Sequence[str]) -> Shares:
    """Measure a page: first its milliseconds, then, for other people, its shares."""
    look = requests(ours.app, paths, cookies)
    for _ in range(12):
        next(look)
    with_plans = plans(ours)
    backends, asked = postgres_pids(ours), count_statements(ours)
    before, started = load.cpu_seconds(backends), time.thread_time()
    for _ in range(PEOPLE):
        next(look)
    python, postgres = time.thread_time() - started, load.cpu_seconds(backends) - before
    statements = asked()
    planned = max(0, plans(ours) - with_plans)  # psycopg forgets the oldest of a hundred statements
    profile = cProfile.Profile(time.thread_time)
    profile.enable()
    for _ in range(PEOPLE):
        next(look)
    profile.disable()
    per_request = 1000 / PEOPLE
    return Shares(
        python * per_request,
        postgres * per_request,
        statements / PEOPLE,
        planned / PEOPLE,
        by_library(pstats.Stats(profile)),
    )


def requests(app: Flask, paths: Sequence[str], cookies: Sequence[str]) -> Iterator[None]:
    """Get the paths in turn, each by the next person, one for each `next`."""
    number = 0
    while True:
        get(app, paths[number % len(paths)], cookies[number % len(cookies)])
        number += 1
        yield


def get(app: Flask, path: str, cookie: str) -> bytes:
    """Return the body of a page, which is asked for as a server would. Raise RuntimeError unless it answers 200."""
    statuses: list[str] = []
    place, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": place, "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "HTTP_HOST": "127.0.0.1", "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1", "HTTP_ACCEPT": "text/html", "wsgi.url_scheme": "http", "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr, "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False,
    }  # fmt: skip
    if cookie:
        environ["HTTP_AUTHORIZATION" if cookie.startswith("Bearer ") else "HTTP_COOKIE"] = cookie
    answer: Any = app.wsgi_app(environ, lambda status, _headers, _error=None: statuses.append(status))
    body = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    if not statuses[0].startswith("200"):
        raise RuntimeError(f"{path} answered {statuses[0]}")
    return body


def by_library(stats: pstats.Stats) -> dict[str, float]:
    """Return the share of each library of the time in its own functions, the largest first."""
    taken: Counter[str] = Counter()
    for (file, _line, function), (_calls, _primitive, own, _total, _callers) in stats.stats.items():  # type: ignore[attr-defined]
        taken[library_of(file, function)] += own
    total = sum(taken.values())
    return {library: own / total for library, own in taken.most_common()}


def library_of(file: str, function: str) -> str:
    """Return the library that a function of a profile belongs to."""
    if file == "~":
        return "psycopg" if "psycopg" in function else "built-in"
    if file.endswith((".html", ".txt", ".svg")) or file == "<template>":
        return "templates"
    if "/site-packages/" in file:
        return file.partition("/site-packages/")[2].partition("/")[0].removesuffix(".py")
    return "hampa" if "/hampa/" in file else "standard library"


def count_statements(ours: Site) -> Callable[[], int]:
    """Return a function that ends the count of statements and returns it."""
    count = Counter[str]()

    def note(*_call: Any) -> None:
        count["asked"] += 1

    with ours.app.app_context():
        engine = db.engine
    event.listen(engine, "after_cursor_execute", note)

    def end() -> int:
        event.remove(engine, "after_cursor_execute", note)
        return count["asked"]

    return end


def plans(ours: Site) -> int:
    """Return how often PostgreSQL has planned prepared statements of the one connection anew."""
    with ours.app.app_context():
        planned: int = db.session.scalar(text("SELECT coalesce(sum(custom_plans), 0)::int FROM pg_prepared_statements"))
        db.session.commit()
    return planned


def postgres_pids(ours: Site) -> list[int]:
    """Return the processes of PostgreSQL that serve the database."""
    name = make_url(ours.environment["DATABASE_URL"]).database or ""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit() and place.name != str(os.getpid()):
            try:
                title = (place / "cmdline").read_bytes()
            except OSError:
                continue
            if title.startswith(b"postgres:") and name.encode() in title:
                found.append(int(place.name))
    return found
