"""A watch over the connections of a web process: it ends those of clients that take no answer or hold too many.

granian gives neither a deadline for answers nor a limit per client. The kernel knows both for each socket (TCP_INFO of
Linux: tcp(7), include/uapi/linux/tcp.h): what was acknowledged and what still waits to be sent. Elsewhere only the
limit holds.
"""

import asyncio
import contextlib
import os
import socket
import struct
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import structlog

from hampa.platform.security.ip_addresses import network_of
from hampa.platform.web.asgi import GRACE_SECONDS, LEAST_RATE

FOLDER = "/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"
INTERVAL_SECONDS = 1.0
ACKNOWLEDGED, WAITING = 120, 144
"""Offsets of `tcpi_bytes_acked` (64 bits) and `tcpi_notsent_bytes` (32 bits)."""
INFO_BYTES = 148
GONE_MS = 60_000
UNSENT_BYTES = 200_000
"""What the kernel takes of answers for one connection (it doubles the number), in place of up to 4 MB: whoever asks for many
files at once and reads none has us write a few of them, and a client who is far gets a megabyte a second or more."""
DROP_UNSENT = struct.pack("ii", 1, 0)

log = structlog.get_logger(__name__)


@dataclass
class Connection:
    """A connection since it was first seen; `stuck_since` is when its client began to leave bytes untaken."""

    first_seen: float
    stuck_since: float | None = None
    acknowledged: int = 0


class ConnectionWatch:
    """Ends connections on `port` that take no answer, and the newest ones of a client that has more than `per_client`.

    As the connections in all near `most`, the limit of each client falls.
    """

    def __init__(self, port: int, *, per_client: int, most: int, grace_seconds: float = GRACE_SECONDS) -> None:
        self.port, self.per_client, self.most, self.grace_seconds = port, per_client, most, grace_seconds
        self._known: dict[tuple[str, int], Connection] = {}
        self._is_bounded = False

    async def watch(self) -> None:
        """Look at the connections once a second, until cancelled."""
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            self.look()

    def look(self) -> None:
        """End the connections whose time is over."""
        self._is_bounded = self._is_bounded or bound_unsent(
            self.port
        )  # the server may listen only after the first look
        sockets = dict(open_connections(self.port))
        try:
            for peer in sockets.keys() - self._known.keys():
                end_if_gone(sockets[peer])
            self._known = {peer: self._known.get(peer) or Connection(time.monotonic()) for peer in sockets}
            for peer in {*self._stuck(sockets), *self._too_many()}:
                with contextlib.suppress(OSError):
                    # The kernel would keep for minutes what this client does not take, up to megabytes of it.
                    sockets[peer].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, DROP_UNSENT)
                    sockets[peer].shutdown(socket.SHUT_RDWR)
        finally:
            for duplicate in sockets.values():
                duplicate.close()

    def _stuck(self, sockets: dict[tuple[str, int], socket.socket]) -> Iterator[tuple[str, int]]:
        for peer, connection in self._known.items():
            acknowledged, waiting = progress(sockets[peer])
            if not waiting:
                connection.stuck_since = None
            elif connection.stuck_since is None:
                connection.stuck_since, connection.acknowledged = time.monotonic(), acknowledged
            else:
                taken = acknowledged - connection.acknowledged
                if time.monotonic() - connection.stuck_since > self.grace_seconds + taken / LEAST_RATE:
                    log.info("connection.slow", client=network_of(peer[0]), waiting=waiting)
                    yield peer

    def _too_many(self) -> Iterator[tuple[str, int]]:
        by_client = Counter(network_of(host) for host, _port in self._known)
        limit = self.per_client
        if len(self._known) > self.most * 3 // 4:
            limit = min(limit, max(1, self.most // 2 // len(by_client)))
        room = Counter(dict.fromkeys(by_client, limit))
        for peer, _connection in sorted(self._known.items(), key=lambda known: known[1].first_seen):
            client = network_of(peer[0])
            room[client] -= 1
            if room[client] < 0:
                yield peer
        for client in (client for client, count in by_client.items() if count > limit):
            log.warning("connections.too_many", client=client, connections=by_client[client], limit=limit)


def open_connections(port: int) -> Iterator[tuple[tuple[str, int], socket.socket]]:
    """Yield the peer of each connection that this process has accepted on a port, and a duplicate of its socket."""
    for duplicate in sockets_on(port):
        try:
            yield duplicate.getpeername()[:2], duplicate
        except OSError:  # the listening socket has no peer
            duplicate.close()


def bound_unsent(port: int) -> bool:
    """Bound what the kernel takes of answers on connections that will be accepted on a port, and return if it listens."""
    is_bounded = False
    for duplicate in sockets_on(port):
        with duplicate, contextlib.suppress(OSError):
            if duplicate.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                # Those that it accepts inherit it.
                duplicate.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNSENT_BYTES)
                is_bounded = True
    return is_bounded


def sockets_on(port: int) -> Iterator[socket.socket]:
    """Yield a duplicate of each socket of this process on a port, which the caller closes."""
    duplicates: set[int] = set()
    for name in os.listdir(FOLDER):
        try:
            number = os.dup(int(name))
        except OSError:  # it was closed meanwhile
            continue
        duplicates.add(number)
        if int(name) in duplicates:  # the number of the listing itself, given to a duplicate since
            os.close(number)
            continue
        try:
            duplicate = socket.socket(fileno=number)
        except OSError:  # not a socket
            os.close(number)
            continue
        try:
            is_ours = duplicate.family in (socket.AF_INET, socket.AF_INET6) and duplicate.getsockname()[1] == port
        except OSError:
            is_ours = False
        if is_ours:
            yield duplicate
        else:
            duplicate.close()


def end_if_gone(connection: socket.socket) -> None:
    """Have the kernel end a connection whose client acknowledges nothing for a minute, such as a phone in a tunnel.

    A stream of live events would else stay open for a quarter of an hour, and its person online.
    """
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, GONE_MS)


def progress(connection: socket.socket) -> tuple[int, int]:
    """Return the bytes that the client has acknowledged, and those that wait to be sent; 0 and 0 where unknown."""
    if not hasattr(socket, "TCP_INFO"):
        return 0, 0
    try:
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, INFO_BYTES)
    except OSError:
        return 0, 0
    if len(info) < INFO_BYTES:
        return 0, 0
    return struct.unpack_from("Q", info, ACKNOWLEDGED)[0], struct.unpack_from("I", info, WAITING)[0]
