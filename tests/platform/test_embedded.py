"""The servers that come with pip: found again, back after kill -9, apart from one another, gone when they should."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import redis

from hampa.platform import embedded
from hampa.platform.config import load
from hampa.platform.embedded import POSTGRES, REDIS, Servers

CHECKOUT = Path(__file__).parents[2]
pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("embedded")]


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Below a folder that only its owner may enter, as a clone in root's home is."""
    with tempfile.TemporaryDirectory(prefix="hampa-closed-") as closed:
        path = Path(closed) / "data"
        embedded.ensure(path)
        yield path
        embedded.stop(path)


@pytest.fixture
def servers(home: Path) -> Servers:
    return embedded.ensure(home)


def connected(servers: Servers) -> psycopg.Connection:
    return psycopg.connect(servers.database_url.replace("+psycopg", ""), autocommit=True)


def redis_of(servers: Servers) -> redis.Redis:
    return redis.Redis.from_url(servers.redis_url)


def pid_of(home: Path, server: embedded.Server) -> int:
    return int((home / server.folder / server.pid_file).read_text().split()[0])


def ask_elsewhere(home: Path, code: str) -> str:
    """Run code in another process, which holds the servers of this home."""
    prelude = f"from pathlib import Path; from hampa.platform import embedded; home = Path({str(home)!r}); "
    answer = subprocess.run(
        [sys.executable, "-c", prelude + code], cwd=CHECKOUT, capture_output=True, text=True, check=True, timeout=60
    )
    return answer.stdout.strip()


def test_the_database_is_as_the_migrations_need_it(servers: Servers) -> None:
    with connected(servers) as connection:
        for extension in ("pg_trgm", "unaccent", "btree_gist"):
            connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
        alike = connection.execute("SELECT similarity('دویدن صبح', 'دویدن')").fetchone()
        superuser = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    assert alike is not None
    assert alike[0] > 0.5, "the database's locale knows no Persian letters"
    assert superuser == (False,)


def test_no_port_is_opened(servers: Servers) -> None:
    with connected(servers) as connection, closing(redis_of(servers)) as client:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert client.info("server")["tcp_port"] == 0


def test_others_can_not_reach_the_sockets(home: Path, servers: Servers) -> None:
    folder = Path(servers.redis_url.removeprefix("unix://")).parent
    assert folder.stat().st_mode & 0o077 == 0
    assert len(servers.redis_url.removeprefix("unix://")) < 104


def test_running_ones_are_found_again(home: Path, servers: Servers) -> None:
    before = [pid_of(home, server) for server in (POSTGRES, REDIS)]
    assert ask_elsewhere(home, "print(embedded.ensure(home) == embedded.ensure(home))") == "True"
    assert [pid_of(home, server) for server in (POSTGRES, REDIS)] == before


def test_who_lets_go_while_others_hold_stops_nothing(home: Path, servers: Servers) -> None:
    assert ask_elsewhere(home, "embedded.ensure(home); print(embedded.release(home))") == "False"
    with connected(servers) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_what_was_committed_is_there_after_kill_9(home: Path, servers: Servers) -> None:
    with connected(servers) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (number integer)")
        before = connection.execute("SELECT count(*) FROM kept").fetchone()
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO kept VALUES (%s)", [(number,) for number in range(500)])
        os.kill(pid_of(home, POSTGRES), signal.SIGKILL)
    again = embedded.ensure(home)
    with connected(again) as connection:
        after = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert before is not None
    assert after == (before[0] + 500,)


def test_what_was_queued_is_there_after_kill_9(home: Path, servers: Servers) -> None:
    with closing(redis_of(servers)) as client:
        client.delete("queue")
        client.rpush("queue", *range(500))
        os.kill(pid_of(home, REDIS), signal.SIGKILL)
    with closing(redis_of(embedded.ensure(home))) as client:
        assert client.llen("queue") == 500


def test_they_are_brought_back_when_their_sockets_were_swept_away(home: Path, servers: Servers) -> None:
    folder = Path(servers.redis_url.removeprefix("unix://")).parent
    for path in folder.iterdir():
        if not path.is_dir():
            path.unlink()
    with connected(embedded.ensure(home)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_data_folder_that_was_cut_short_is_made_anew() -> None:
    with tempfile.TemporaryDirectory(prefix="hampa-cut-") as folder:
        home = Path(folder)
        (home / "postgres.new").mkdir()
        (home / "postgres.new" / "PG_VERSION").write_text("18")
        with connected(embedded.ensure(home)) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        embedded.stop(home)


def test_processes_that_start_at_once_share_one_pair_and_the_last_stops_it() -> None:
    with tempfile.TemporaryDirectory(prefix="hampa-race-") as folder:
        home = Path(folder)
        pid = "print((home / 'postgres/postmaster.pid').read_text().split()[0])"
        code = f"import time; embedded.ensure(home); {pid}; time.sleep(2)"
        with ThreadPoolExecutor(4) as pool:
            pids = set(pool.map(lambda _: ask_elsewhere(home, code), range(4)))
        assert len(pids) == 1
        assert not (home / "postgres" / "postmaster.pid").exists()
        assert not (home / "redis" / "redis.pid").exists()


def test_two_homes_never_meet(servers: Servers) -> None:
    with tempfile.TemporaryDirectory(prefix="hampa-other-") as folder:
        other = embedded.ensure(Path(folder))
        try:
            assert other.database_url != servers.database_url
            assert other.redis_url != servers.redis_url
        finally:
            embedded.stop(Path(folder))


def test_what_the_operator_names_is_not_started(tmp_path: Path) -> None:
    given = {"DATABASE_URL": "postgresql://h/d", "REDIS_URL": "redis://h", "HAMPA_HOME": str(tmp_path / "home")}
    settings = load(given)
    assert embedded.with_embedded_servers(settings) is settings
    assert not (tmp_path / "home").exists()


def test_only_what_is_missing_is_started(home: Path, servers: Servers) -> None:
    found = embedded.with_embedded_servers(load({"REDIS_URL": "redis://elsewhere", "HAMPA_HOME": str(home)}))
    assert found.redis_url == "redis://elsewhere"
    assert found.database_url == servers.database_url


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "SOCKETS", tmp_path)
    mark = next(iter(embedded._place(tmp_path / "home").sockets.parent.glob("hampa-*")))
    mark.rmdir()
    mark.symlink_to("/")
    with pytest.raises(embedded.EmbeddedError, match="belongs to somebody else"):
        embedded.ensure(tmp_path / "home")
