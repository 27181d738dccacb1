"""Requests to other servers, for no longer than they may take; to addresses that people named, on the public internet.

A host that people named is resolved once, its addresses are looked at, and one of them is connected to: by then it can't
be another.
"""

import ipaddress
import os
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import Future, TimeoutError as FutureTimeoutError
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Final

from hampa.platform.security.ip_addresses import is_loopback

if TYPE_CHECKING:
    import httpx

HTTPS_PORT: Final = 443

Resolver = Callable[[str], Sequence[str]]
"""Returns the IP addresses of a host; raises OSError when there are none."""


RESOLVE_SECONDS = 3.0
MOST_RESOLVING = 8
"""Names that a process asks for at a time, also those whose answers nobody waits for any more."""
_resolving = threading.BoundedSemaphore(MOST_RESOLVING)


def resolve(host: str, seconds: float = RESOLVE_SECONDS) -> list[str]:
    """Return the IP addresses of a host. Raise OSError, and TimeoutError (which is one) after so many seconds.

    The C library knows no such limit: a thread asks it, which is left behind when it takes too long.
    """
    ends_at = time.monotonic() + seconds
    if not _resolving.acquire(timeout=seconds):
        raise TimeoutError("too many names are asked for")
    answer: Future[list[str]] = Future()
    threading.Thread(target=_ask_for, args=(host, answer), daemon=True).start()
    try:
        return answer.result(max(0.0, ends_at - time.monotonic()))
    except FutureTimeoutError:
        raise TimeoutError("the name was not answered in time") from None


def _ask_for(host: str, answer: "Future[list[str]]") -> None:
    try:
        found = socket.getaddrinfo(host, HTTPS_PORT, type=socket.SOCK_STREAM)
        answer.set_result(list(dict.fromkeys(str(address[0]) for *_rest, address in found)))
    except UnicodeError:  # a name with an empty label, or one that is too long
        answer.set_exception(socket.gaierror(socket.EAI_NONAME, "no such name"))
    except Exception as reason:
        answer.set_exception(reason)
    finally:
        _resolving.release()


SPECIAL: Final = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20")))
"""Networks for special purposes (RFC 6890, 7526, 9637) that older versions of Python take for public."""


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the public internet; those that a gateway translates do not count."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    if any(ip.version == network.version and ip in network for network in SPECIAL):
        return False
    if getattr(ip, "is_site_local", False):  # fec0::/10, deprecated by RFC 3879 and still routed inside
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and (mapped is None or is_public(str(mapped)))


class Wire:
    """The connection of a request, which is cut at its deadline.

    httpx and smtplib bound each read, not all of them together: a server that sends its answer letter by letter would be
    read for as long as it likes. `is_over` says that it was cut.
    """

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self.is_over = False

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """Note the connection, as httpx's extension `trace` tells of it."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self.attach(info["return_value"].get_extra_info("socket"))

    def attach(self, connection: socket.socket) -> None:
        """Note the connection, which TLS makes another."""
        self._socket = connection
        if self.is_over:
            self.cut()

    @contextmanager
    def cut_after(self, seconds: float) -> Iterator[None]:
        """Cut the connection when the block takes longer."""
        deadline = _deadlines.add(self, seconds)
        try:
            yield
        finally:
            deadline.wire = None

    def cut(self) -> None:
        """Cut the connection, now or as soon as there is one."""
        self.is_over = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


@dataclass(order=True)
class _Deadline:
    """When a wire is cut, by `time.monotonic`; None once its request has ended."""

    at: float
    wire: Wire | None = field(compare=False)


class _Deadlines:
    """One thread that cuts wires at their deadlines; a timer would be a thread for each request."""

    def __init__(self) -> None:
        self._waiting: list[_Deadline] = []
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None

    def add(self, wire: Wire, seconds: float) -> _Deadline:
        """Have a wire cut after so many seconds, unless its deadline loses it before."""
        deadline = _Deadline(time.monotonic() + seconds, wire)
        with self._condition:
            heappush(self._waiting, deadline)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            elif self._waiting[0] is deadline:
                self._condition.notify()
        return deadline

    def _run(self) -> None:
        while True:
            with self._condition:
                while not self._waiting or (left := self._waiting[0].at - time.monotonic()) > 0:
                    self._condition.wait(left if self._waiting else None)
                wire = heappop(self._waiting).wire
            if wire is not None:
                wire.cut()


_deadlines = _Deadlines()


def _begin_anew() -> None:
    """Give a forked process deadlines of its own: the thread of those that it was born with is not there."""
    global _deadlines
    _deadlines = _Deadlines()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)


@dataclass
class Line:
    """A client with one connection, which is kept open for the next request to the same server."""

    client: "httpx.Client"
    wire: Wire = field(default_factory=Wire)
    used_at: float = field(default_factory=time.monotonic)


class RefusedEndpoint(Exception):
    """An address that somebody named and that is not called."""


def address_to_call(host: str, resolver: Resolver, is_public: Callable[[str], bool], *, local: bool) -> str:
    """Return the IP address of a host that somebody named; with `local` it may be this machine's own.

    Raise RefusedEndpoint for one that leads inside, and OSError.
    """
    addresses = resolver(host)
    if local and is_loopback(host):
        return addresses[0]
    if not addresses or not all(map(is_public, addresses)):
        raise RefusedEndpoint("no public address")
    return addresses[0]


class Lines:
    """Connections to servers, each used by one thread at a time, for no longer than `most_seconds`.

    `new_client` makes the client of one; the last few that are open are kept for `idle_seconds`.
    """

    def __init__(
        self, new_client: Callable[[], "httpx.Client"], *, most_seconds: float, most_idle: int, idle_seconds: float
    ) -> None:
        self._new_client, self.most_seconds = new_client, most_seconds
        self._most_idle, self._idle_seconds = most_idle, idle_seconds
        self._idle: defaultdict[Hashable, list[Line]] = defaultdict(list)
        self._lock = threading.Lock()

    @contextmanager
    def to(self, server: Hashable) -> Iterator[Line]:
        """Yield a line to a server, which is cut at the deadline; it is kept if nothing goes wrong."""
        line = self._idle_line(server) or Line(self._new_client())
        try:
            with line.wire.cut_after(self.most_seconds):
                yield line
        except BaseException:
            line.client.close()
            raise
        line.used_at = time.monotonic()
        with self._lock:
            kept = not line.wire.is_over and sum(map(len, self._idle.values())) < self._most_idle
            if kept:
                self._idle[server].append(line)
        if not kept:
            line.client.close()

    def has_idle(self, server: Hashable) -> bool:
        """Return whether a connection to a server is open and unused."""
        with self._lock:
            return bool(self._idle.get(server))

    def close(self) -> None:
        """Close the connections that nobody uses."""
        with self._lock:
            lines = [line for kept in self._idle.values() for line in kept]
            self._idle.clear()
        for line in lines:
            line.client.close()

    def _idle_line(self, server: Hashable) -> Line | None:
        """Return a line that is open, and close those that nobody has used lately."""
        since = time.monotonic() - self._idle_seconds
        with self._lock:
            old = [line for lines in self._idle.values() for line in lines if line.used_at < since]
            for key in list(self._idle):
                self._idle[key] = [line for line in self._idle[key] if line.used_at >= since]
                if not self._idle[key]:
                    del self._idle[key]
            lines = self._idle.get(server)
            line = lines.pop() if lines else None
        for unused in old:
            with suppress(Exception):
                unused.client.close()
        return line
