"""Requests to addresses that people named: to the public internet alone, and for no longer than they may take.

A host is resolved once, its addresses are looked at, and one of them is connected to: by then it can't be another.
"""

import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

HTTPS_PORT: Final = 443

Resolver = Callable[[str], Sequence[str]]
"""Returns the IP addresses of a host; raises OSError when there are none."""


def resolve(host: str) -> list[str]:
    """Return the IP addresses of a host. Raise OSError."""
    found = socket.getaddrinfo(host, HTTPS_PORT, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_rest, address in found))


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the public internet; those that a gateway translates do not count."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    if getattr(ip, "is_site_local", False):  # fec0::/10, deprecated by RFC 3879 and still routed inside
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and (mapped is None or is_public(str(mapped)))


class Wire:
    """The connection of a request, which is cut at its deadline.

    httpx bounds each read, not all of them together: a server that sends its head letter by letter would be read for as
    long as it likes.
    """

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._is_over = False

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """Note the connection, as httpx's extension `trace` tells of it."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = info["return_value"].get_extra_info("socket")
            if self._is_over:
                self._cut()

    @contextmanager
    def cut_after(self, seconds: float) -> Iterator[None]:
        """Cut the connection when the block takes longer."""
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        self._is_over = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
