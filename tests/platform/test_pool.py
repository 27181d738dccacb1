"""The pool of connections: one that broke while it lay unused is replaced, and no page pays for the question."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, text

from hampa.platform import pool
from hampa.platform.pool import ping_when_idle
from tests.database import Databases


@pytest.fixture
def engine(databases: Databases) -> Iterator[Engine]:
    made = create_engine(databases.make("pool"), pool_size=1, max_overflow=0)
    ping_when_idle(made)
    yield made
    made.dispose()


def backend(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT pg_backend_pid()")) or 0)


def test_a_connection_that_broke_unused_is_replaced(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    first = backend(engine)
    admin = create_engine(engine.url)
    with admin.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": first})
    admin.dispose()
    monkeypatch.setattr(pool, "PING_AFTER_SECONDS", 0.0)
    assert backend(engine) not in (0, first)


def test_a_connection_in_use_is_not_asked(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    pings = []
    monkeypatch.setattr(engine.dialect, "do_ping", pings.append)
    assert backend(engine) == backend(engine)
    assert pings == []
    monkeypatch.setattr(pool, "PING_AFTER_SECONDS", 0.0)
    backend(engine)
    assert len(pings) == 1
