"""The database that takes writes is killed: its replica takes over, has all that was acknowledged, and nobody sees an error."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from hampa.platform.pool import ping_when_idle, wait_for_takeover
from tests.cluster.databases import Pair, place_in

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]


@pytest.fixture
def pair() -> Iterator[Pair]:
    with tempfile.TemporaryDirectory(prefix="hampa-pair-") as home, tempfile.TemporaryDirectory() as sockets:
        Path(home).chmod(0o755)
        Path(sockets).chmod(0o711)
        place = place_in(Path(home), Path(sockets))
        made = Pair(place, place.as_user()["env"])
        try:
            made.start()
            yield made
        finally:
            made.end()


def test_a_replica_takes_over_with_all_that_was_acknowledged(pair: Pair) -> None:
    engine = create_engine(pair.url, pool_size=1, max_overflow=0, connect_args={"connect_timeout": 2})
    ping_when_idle(engine)
    wait_for_takeover(engine, 60)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE joins (number integer)"))
        first = connection.scalar(text("SELECT inet_server_port()"))
    for number in range(20):
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO joins VALUES (:number)"), {"number": number})
    pair.primary.program.kill()
    taking_over = threading.Timer(0.5, pair.take_over)
    taking_over.start()

    with engine.begin() as connection:  # waits meanwhile
        assert connection.scalar(text("SELECT count(*) FROM joins")) == 20
        assert connection.scalar(text("SELECT inet_server_port()")) not in (None, first)
        connection.execute(text("INSERT INTO joins VALUES (20)"))
    taking_over.join()
    engine.dispose()
