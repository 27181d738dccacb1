"""Clients that are slow or silent, many at once, on sockets of this machine; see figure 30 of the drills."""

from __future__ import annotations

import contextlib
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException

HEAD = b"Host: 127.0.0.1\r\nUser-Agent: slow\r\n"
LARGE = "/static/vendor/leaflet-1.9.4.js"
"""A path whose answer is longer than a small window."""


def silent(_connection: socket.socket, _second: int) -> None:
    """Connect, and say nothing."""


def slow_head(connection: socket.socket, second: int) -> None:
    """Send a line of the head each second."""
    connection.sendall(b"GET / HTTP/1.1\r\n" + HEAD if not second else b"X-Line: more\r\n")


def silent_body(connection: socket.socket, second: int) -> None:
    """Announce a body of 900,000 bytes, and send a few."""
    if not second:
        head = b"POST /login HTTP/1.1\r\n" + HEAD + b"Content-Type: application/x-www-form-urlencoded\r\n"
        connection.sendall(head + b"Content-Length: 900000\r\n\r\nphone=")


def slow_body(connection: socket.socket, second: int) -> None:
    """Send a byte of a body each second."""
    if second:
        connection.sendall(b"1")
    else:
        silent_body(connection, 0)


def slow_reader(connection: socket.socket, second: int) -> None:
    """Ask for many pages at once, and take none of the answers."""
    if not second:
        connection.sendall(b"".join(b"GET %b HTTP/1.1\r\n%b\r\n" % (LARGE.encode(), HEAD) for _ in range(200)))


KINDS: dict[str, Callable[[socket.socket, int], None]] = {
    kind.__name__: kind for kind in (silent, slow_head, silent_body, slow_body, slow_reader)
}


class Attack:
    """`count` connections of a kind, from these loopback addresses in turn; who is cut off comes back at once."""

    def __init__(self, port: int, kind: str, count: int, addresses: tuple[str, ...] = ("127.0.0.1",)) -> None:
        self.port, self.kind, self.count, self.addresses = port, KINDS[kind], count, addresses
        self.open: list[tuple[socket.socket, float]] = []
        self.ended = self.refused = self.made = 0
        self._stop = threading.Event()

    def step(self) -> None:
        """Keep the connections up, and have each do what its kind does in this second."""
        for entry in self.open[:]:
            connection, since = entry
            try:
                self.kind(connection, max(1, int(time.monotonic() - since)))
                if self.kind is not slow_reader and self._has_ended(connection):
                    raise ConnectionError
            except BlockingIOError:
                continue
            except OSError:
                self.ended += 1
                self.open.remove(entry)
                connection.close()
        while len(self.open) < self.count and not self._stop.is_set():
            try:
                self.open.append((self._connect(), time.monotonic()))
            except OSError:
                self.refused += 1
                return

    def _connect(self) -> socket.socket:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(2)
        connection.bind((self.addresses[self.made % len(self.addresses)], 0))
        connection.connect(("127.0.0.1", self.port))
        self.made += 1
        with contextlib.suppress(OSError):
            self.kind(connection, 0)
        connection.setblocking(False)
        return connection

    def _has_ended(self, connection: socket.socket) -> bool:
        try:
            return not connection.recv(65_536)
        except BlockingIOError:
            return False

    def run(self) -> None:
        """Attack until `end`."""
        while not self._stop.wait(1):
            self.step()

    def end(self) -> None:
        """Close all connections."""
        self._stop.set()
        for connection, _since in self.open:
            connection.close()


@contextmanager
def attacked(port: int, kind: str, count: int, addresses: tuple[str, ...] = ("127.0.0.1",)) -> Iterator[Attack]:
    """Attack a server within the block, in a thread."""
    attack = Attack(port, kind, count, addresses)
    attack.step()
    thread = threading.Thread(target=attack.run)
    thread.start()
    try:
        yield attack
    finally:
        attack.end()
        thread.join()


def visit(port: int, path: str, *, timeout: float = 20) -> tuple[int, float]:
    """Return the status of a page for somebody else, 0 if there was no answer, and the seconds that it took."""
    started = time.perf_counter()
    connection = HTTPConnection("127.0.0.1", port, timeout=timeout, source_address=("127.0.0.99", 0))
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer.status, time.perf_counter() - started
    except (OSError, HTTPException):
        return 0, time.perf_counter() - started
    finally:
        connection.close()


def percentile_95(seconds: list[float]) -> float:
    """Return the 95th percentile of some durations."""
    return statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 1 else sum(seconds)
