"""`flask hampa up` as people run it: an empty folder, killed, started again, asked to end."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import psutil
import psycopg
import pytest

from hampa.platform import embedded
from tests.faults.workers import wait_until
from tests.slow_clients import KINDS, attacked, visit

CHECKOUT = Path(__file__).parents[2]
FLASK = Path(sys.executable).with_name("flask")
START_SECONDS = 300
"""Long enough for a machine that does much else; it takes a few."""
END_SECONDS = 10

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("up")]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Up:
    """A running `flask hampa up` and what it printed."""

    def __init__(self, home: Path, **environ: str) -> None:
        self.home = home
        self.port = free_port()
        self.output = home / f"up-{self.port}.log"
        clean = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        variables = {"PORT": str(self.port), "HAMPA_HOME": str(home), "HAMPA_DEMO": "0", "HAMPA_ENV": "development"}
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [FLASK, "hampa", "up"],
                cwd=CHECKOUT,
                env=clean | variables | environ,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.output.read_text()

    def wait(self) -> Up:
        end = time.monotonic() + START_SECONDS
        while "Hampa is at" not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < end, self.said
            time.sleep(0.05)
        return self

    def family(self) -> list[psutil.Process]:
        """Everything it started, the servers too."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def get(self, path: str) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, body

    def end(self, how: signal.Signals = signal.SIGTERM) -> float:
        """End the process, and return the seconds that it took."""
        started = time.monotonic()
        self.process.send_signal(how)
        self.process.wait(30)
        return time.monotonic() - started

    def kill_all(self) -> None:
        for process in [psutil.Process(self.process.pid), *self.family()]:
            with contextlib.suppress(psutil.NoSuchProcess):  # children end by themselves when their parent is gone
                process.kill()
        self.process.wait(10)


@contextmanager
def home_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="hampa-up-") as folder:
        yield Path(folder)
        embedded.stop(Path(folder))


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    with home_folder() as home:
        made = Up(home)
        try:
            yield made.wait()
        finally:
            if made.process.poll() is None:
                made.end()


@pytest.fixture
def used_home(up: Up) -> Path:
    """Return the home of a site that has ended; the tests of the running one come before."""
    if up.process.poll() is None:
        up.end()
    return up.home


def database(home: Path) -> psycopg.Connection:
    url = embedded.ensure(home).database_url.replace("+psycopg", "")
    return psycopg.connect(url, autocommit=True)


def test_it_says_where_the_site_is_and_where_sms_can_be_read(up: Up) -> None:
    assert f"Hampa is at http://127.0.0.1:{up.port}\n" in up.said
    assert f"http://127.0.0.1:{up.port}/dev/outbox\n" in up.said
    status, body = up.get("/dev/outbox?format=json")
    assert (status, json.loads(body)) == (200, {"messages": []})


def test_it_is_ready_for_requests(up: Up) -> None:
    assert up.get("/readyz") == (200, '{"status":"ok"}\n')
    assert up.get("/")[0] == 200
    assert up.get("/live")[0] == 401


@pytest.mark.parametrize(
    "target",
    [b"/runs?q=\xd8\xaf\xff", b"/runs?q=%FF%00", b"/ru\xff", b"/%FF%00", b"//x", b"/runs/%2e%2e", b"*", b"/?\x7f"],
)
def test_odd_bytes_in_an_address_are_no_fault_of_ours(up: Up, target: bytes) -> None:
    with socket.create_connection(("127.0.0.1", up.port), timeout=10) as wire:
        wire.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        status = wire.makefile("rb").readline().split()
    assert not status or status[1][:1] != b"5", status


def test_requests_are_logged_as_json(up: Up) -> None:
    up.get("/login?phone=%2B989120000001")

    def logged() -> bool:
        lines = [json.loads(line) for line in up.said.split("\n")[:-1] if line.startswith("{")]
        return any(line.get("route") == "/login" and line["status"] == 200 for line in lines)

    wait_until(logged, 10)
    assert "9120000001" not in up.said


def is_server(process: psutil.Process) -> bool:
    """Return whether a process is the web server above its workers; one that has ended meanwhile is not."""
    with contextlib.suppress(psutil.Error):
        return "granian" in " ".join(process.cmdline()) and bool(process.children())
    return False


def test_two_web_processes_need_little_memory(up: Up) -> None:
    (server,) = [process for process in up.family() if is_server(process)]
    workers = server.children()
    assert len(workers) == 2
    total = sum(process.memory_full_info().pss for process in workers)
    assert total < 200e6, f"{total / 1e6:.0f} MB"


@pytest.mark.parametrize("kind", KINDS)
def test_slow_clients_keep_nobody_waiting(up: Up, kind: str) -> None:
    """Twice as many connections as the site has threads, of one address and of several."""
    for addresses in (("127.0.0.1",), ("127.0.0.2", "127.0.0.3", "127.0.0.4")):
        with attacked(up.port, kind, 32, addresses) as attack:
            assert [visit(up.port, path)[0] for path in ("/healthz", "/login", "/runs")] == [200] * 3
            assert len(attack.open) == 32


def test_a_form_that_is_too_large_is_refused_with_a_page_to_who_sends_it_whole(up: Up) -> None:
    size = 5_000_000
    kind = b"Content-Type: application/x-www-form-urlencoded\r\n"
    for how in (b"Content-Length: %d\r\n\r\n" % size, b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % size):
        with socket.create_connection(("127.0.0.1", up.port), timeout=20) as wire:
            wire.sendall(b"POST /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + kind + how + b"a" * size)
            if b"chunked" in how:
                wire.sendall(b"\r\n0\r\n\r\n")
            answer = wire.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"</html>" in answer


def test_a_form_that_breaks_off_is_a_mistake_of_its_sender(up: Up) -> None:
    with socket.create_connection(("127.0.0.1", up.port), timeout=10) as wire:
        wire.sendall(b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\na=b")
        wire.shutdown(socket.SHUT_WR)
        assert wire.makefile("rb").readline().split()[1:2] in ([], [b"400"])


def test_slow_clients_of_all_kinds_at_once_keep_nobody_waiting(up: Up) -> None:
    with contextlib.ExitStack() as attacks:
        for kind in KINDS:
            attacks.enter_context(attacked(up.port, kind, 20, ("127.0.0.2", "127.0.0.3")))
        assert [visit(up.port, path)[0] for path in ("/healthz", "/login", "/runs")] == [200] * 3


def test_its_database_and_redis_are_started_again_when_killed(up: Up) -> None:
    assert up.get("/cards")[0] == 200
    for folder in ("postgres", "redis"):
        pid = int(next((up.home / folder).glob("*.pid")).read_text().split()[0])
        psutil.Process(pid).kill()
    end = time.monotonic() + START_SECONDS
    while up.get("/readyz")[0] != 200 or up.get("/cards")[0] != 200:
        assert time.monotonic() < end, up.said
        time.sleep(0.2)


def test_another_one_on_the_same_port_gives_up_and_harms_nothing(up: Up) -> None:
    other = Up(up.home, PORT=str(up.port))
    assert other.process.wait(START_SECONDS) == 1
    assert f"port {up.port} is taken" in other.said
    assert up.get("/readyz")[0] == 200


def test_a_wrong_setting_stops_the_start_with_one_line() -> None:
    with home_folder() as home:
        other = Up(home, HAMPA_TIMEZONE="Nowhere")
        assert other.process.wait(START_SECONDS) == 1
        assert other.said.splitlines() == ["hampa: HAMPA_TIMEZONE must be an IANA time zone such as Asia/Tehran"]


def test_the_web_server_killed_alone_comes_back(up: Up) -> None:
    (server,) = [process for process in up.family() if is_server(process)]
    server.kill()
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            if up.get("/readyz")[0] == 200:
                break
        except OSError:
            assert time.monotonic() < end, "it did not come back"
        time.sleep(0.1)


def test_it_ends_within_ten_seconds_with_all_it_started_and_still_answers_a_form_that_is_being_sent(
    used_home: Path,
) -> None:
    made = Up(used_home).wait()
    family = made.family()
    assert len(family) > 5
    with socket.create_connection(("127.0.0.1", made.port), timeout=10) as wire:
        wire.sendall(b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\na=b")
        assert made.get("/healthz")[0] == 200
        made.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not accepts(made.port))
        wire.sendall(b"&c=d")
        assert wire.makefile("rb").readline().split()[1] == b"400"  # without a token
    assert made.process.wait(END_SECONDS) == 0
    assert not psutil.wait_procs(family, timeout=1)[1]
    assert not (used_home / "postgres" / "postmaster.pid").exists()


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_all_of_it_killed_and_started_again_nothing_is_lost(used_home: Path) -> None:
    made = Up(used_home).wait()
    with database(used_home) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
        made.kill_all()
    again = Up(used_home).wait()
    assert again.get("/readyz")[0] == 200
    with database(used_home) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)
    embedded.release(used_home)
    assert again.end(signal.SIGINT) < END_SECONDS
