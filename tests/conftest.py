"""What every test stands on: the app, its database, the checking client, and the five viewers."""

from __future__ import annotations

import gc
import ipaddress
import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.orm import Session

from hampa.app import create_app
from hampa.platform.caches import TTLCache
from hampa.platform.db import db
from hampa.platform.delivery.console import ConsoleGateway
from hampa.platform.delivery.gateways import use_gateway
from hampa.platform.redis import redis
from hampa.platform.request_counts import forget_counts
from tests import database
from tests.compiled import keep_compiled
from tests.database import engine_instead
from tests.page import Page
from tests.prepared import keep_prepared
from tests.queues import work_off
from tests.remembered import make_known
from tests.savepoints import send_seldom
from tests.shadows import refuse_shadows
from tests.tautologies import refuse_tautologies

pytest_plugins = [
    "tests.worlds",
    "tests.viewers",
    "tests.sweep",
    "tests.program",
    "tests.hashing",
    "tests.once_more",
    "tests.emptied",
]

SELDOM = (50_000, 20, 20)
"""Objects, and rounds, after which garbage is looked for: as often as usual it took a tenth of the time."""
SAVEPOINTS = ("SAVEPOINT", "RELEASE", "ROLLBACK TO")


def pytest_configure(config: pytest.Config) -> None:
    """Make the home of the embedded servers before xdist starts its workers, which inherit it."""
    gc.set_threshold(*SELDOM)
    if not hasattr(config, "workerinput") and database.HOME_VARIABLE not in os.environ:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # else nobody would stop the servers
        home = database.make_home()
        config.add_cleanup(lambda: database.remove_home(home))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a world in one process, which makes it once."""
    for item in items:
        if mark := item.get_closest_marker("world"):
            item.add_marker(pytest.mark.xdist_group(mark.kwargs["fill"].__name__))


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Nothing but this machine is reached."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = "127.0.0.1" if address[0] == "localhost" else address[0]
            if not ipaddress.ip_address(host).is_loopback:
                raise OSError(f"a test tried to reach {address[0]}: tests stay on this machine")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(scope="session")
def databases() -> Iterator[database.Databases]:
    """Yield the databases of this process, copies of a template that the migrations made."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    with database.prepared(int(worker)) as made:
        yield made


@pytest.fixture(scope="session")
def app(databases: database.Databases) -> Iterator[Flask]:
    """Yield the application as it runs, on a database of its own."""
    made = create_app(databases.settings(databases.make("tests")))
    TTLCache.enabled = False  # factories change rows behind the actions' backs; who tests it asks for `remembering`
    # Commits of the code under test end a savepoint; the test's outer transaction takes all back.
    db.session.session_factory.configure(join_transaction_mode="create_savepoint")
    # Web push would hand over in threads, which have no part in the connection of a test.
    use_gateway(made, "push", ConsoleGateway())
    use_gateway(made, "webhook", ConsoleGateway())
    with made.app_context():
        send_seldom(db.engine)
        keep_prepared(db.engine)
        refuse_tautologies(db.engine)
        refuse_shadows(db.engine)
        keep_compiled(db.engine, "rolled back")
        db.engine.dispose()  # connections from before keep nothing
    gc.freeze()  # what is here now stays
    yield made
    with made.app_context():
        db.engine.dispose()


def fill_of(request: pytest.FixtureRequest) -> Callable[[], Any] | None:
    """Return what fills the database of a test: the function of its mark `world`, or the small world of `setting`."""
    mark = request.node.get_closest_marker("world")
    if mark is not None:
        return mark.kwargs["fill"]
    return make_known if "setting" in request.fixturenames else None


@pytest.fixture
def connection(app: Flask, request: pytest.FixtureRequest) -> Iterator[Connection]:
    """One connection with an open transaction that is rolled back after the test."""
    with app.app_context():
        fill = fill_of(request)
        engine = request.getfixturevalue("worlds").engine(fill) if fill else db.engine
        opened = engine.connect()
        redis().flushdb()
        forget_counts()
    outer = opened.begin()
    opened.execute(text("SELECT 1"))  # begins it: what pages read needs no transaction (`platform.pool`)
    yield opened
    outer.rollback()
    opened.close()


@pytest.fixture
def db_session(app: Flask, connection: Connection, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Session]:
    """Yield the test's session, in an app context of its own; requests open another on the same connection.

    Its files are its own too: sweeping or counting them meets no others.
    """
    if fill_of(request):
        shutil.copytree(database.home_of(connection.engine.url), tmp_path, dirs_exist_ok=True)
    with engine_instead(app, connection, tmp_path):
        yield db.session()


@pytest.fixture
def page(app: Flask, db_session: Session) -> Page:
    """Return a visitor's browser, in English, that checks every answer it gets."""
    return Page(app)


@pytest.fixture
def statements(app: Flask) -> Callable[[], AbstractContextManager[list[str]]]:
    """Return a context manager that collects the SQL statements run in its block, without savepoints."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            if not statement.startswith(SAVEPOINTS):
                seen.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(Engine, "before_cursor_execute", note)

    return counting


@pytest.fixture
def remembering(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switch caches on, as they are outside tests."""
    monkeypatch.setattr(TTLCache, "enabled", True)


@pytest.fixture
def work(app: Flask, db_session: Session) -> Callable[[], int]:
    """Return a function that runs due jobs and sends due messages, as a worker does, and returns how many."""
    return work_off
