"""A small, bounded load generator for servers on this machine, and readings of what they cost.

Plain sockets and HTTP/1.1 keep-alive: the client takes a small, even share of the two cores, so that
what differs between two servers is the servers.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Round:
    """What one round of requests gave: how many, in how many seconds, what went wrong, and bytes a page."""

    requests: int
    seconds: float
    errors: int
    size: int

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds if self.seconds else 0.0


class Client:
    """One keep-alive connection to a server on loopback."""

    def __init__(self, port: int, cookie: str = "") -> None:
        self.port = port
        self.be(cookie)
        self.socket: socket.socket | None = None
        self.buffer = b""

    def be(self, cookie: str) -> None:
        """Send this cookie from now on, the token of a program (`Bearer …`), or none."""
        name = "Authorization" if cookie.startswith("Bearer ") else "Cookie"
        self.cookie = f"{name}: {cookie}\r\n" if cookie else ""

    def get(self, path: str) -> tuple[int, int]:
        """Status and body size of a GET; status 0 when the connection broke."""
        wire = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{self.cookie}Accept: text/html\r\n\r\n"
        return self.send(wire.encode())

    def post(self, path: str, body: bytes) -> tuple[int, int]:
        """Status and body size of a form's POST."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{self.cookie}"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return self.send(head.encode() + body)

    def send(self, wire: bytes) -> tuple[int, int]:
        """Send raw bytes and read one answer."""
        try:
            if self.socket is None:
                self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=30)
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.buffer = b""
            self.socket.sendall(wire)
            return self._read()
        except OSError:
            self.close()
            return 0, 0

    def _more(self) -> None:
        assert self.socket is not None
        part = self.socket.recv(262_144)
        if not part:
            raise ConnectionResetError
        self.buffer += part

    def _read(self) -> tuple[int, int]:
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        status = int(head[9:12])
        lower = head.lower()
        if b"transfer-encoding: chunked" in lower:
            return status, self._chunks()
        length = 0
        for line in lower.split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line[15:])
        while len(self.buffer) < length:
            self._more()
        self.buffer = self.buffer[length:]
        return status, length

    def _chunks(self) -> int:
        size = 0
        while True:
            while b"\r\n" not in self.buffer:
                self._more()
            line, _, self.buffer = self.buffer.partition(b"\r\n")
            length = int(line.split(b";")[0], 16)
            while len(self.buffer) < length + 2:
                self._more()
            self.buffer = self.buffer[length + 2 :]
            if not length:
                return size
            size += length

    def close(self) -> None:
        """Let the connection go."""
        if self.socket is not None:
            self.socket.close()
        self.socket = None


def pages(
    port: int,
    paths: Sequence[str] | Iterator[str],
    *,
    seconds: float,
    clients: int = 8,
    cookie: str | Sequence[str] = "",
) -> Round:
    """GET `paths` in turn from several connections for a while; anything but 200 is an error.

    Of an iterator the connections take turns, so that each path is asked for once, also by the next round.
    With the cookies of many people, each of them looks in turn, so that nothing kept for one person alone counts.
    """
    cookies = [cookie] if isinstance(cookie, str) else cookie
    stop = time.perf_counter() + seconds
    results: list[tuple[int, int, int]] = []

    def run(offset: int) -> None:
        client, done, errors, size = Client(port), 0, 0, 0
        while time.perf_counter() < stop:
            client.be(cookies[(done * clients + offset) % len(cookies)])
            path = next(paths) if isinstance(paths, Iterator) else paths[(done + offset) % len(paths)]
            status, length = client.get(path)
            done += 1
            size = max(size, length)
            errors += status != 200
        client.close()
        results.append((done, errors, size))

    started = time.perf_counter()
    threads = [threading.Thread(target=run, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - started
    return Round(sum(r[0] for r in results), took, sum(r[1] for r in results), max((r[2] for r in results), default=0))


def family(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    found, waiting = [], [pid]
    while waiting:
        current = waiting.pop()
        found.append(current)
        for task in Path(f"/proc/{current}/task").glob("*/children"):
            try:
                waiting.extend(int(child) for child in task.read_text().split())
            except OSError:
                continue
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """Seconds of CPU that processes have used so far, user and system."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def memory_mb(pids: Iterable[int]) -> float:
    """Megabytes of memory that processes hold, shared pages counted by share (PSS)."""
    total = 0
    for pid in pids:
        try:
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        except OSError:
            continue
    return total / 1024
