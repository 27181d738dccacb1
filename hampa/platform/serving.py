"""How the web server is started: granian around `asgi:app`."""

from __future__ import annotations

import errno
import socket
import sys
import time

from hampa.platform.config import CHECKOUT, Settings

OPEN_REQUESTS = 4096
"""A process's own limit; granian's default would be filled by open streams, and pages no longer answered."""


PATIENCE_SECONDS = 2.0


class PortTaken(Exception):
    """Another program listens there; the message says how to go on."""


def command(wanted: Settings) -> list[str]:
    """The web server's command line. HTTP/1.1 alone: a proxy in front speaks the others."""
    return [
        *(sys.executable, "-m", "granian", "asgi:app", "--interface", "asgi", "--working-dir", str(CHECKOUT)),
        *("--host", wanted.bind, "--port", str(wanted.port), "--http", "1", "--no-ws"),
        *("--workers", str(wanted.web_workers), "--backpressure", str(OPEN_REQUESTS)),
        *("--respawn-failed-workers", "--workers-kill-timeout", "3", "--log-level", "warning"),
    ]


def check_port(wanted: Settings) -> None:
    """Raise `PortTaken` now rather than let the server fail again and again.

    What listens there may be our last server, whose supervisor was killed: it gets a moment to end.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while reason := _unusable(wanted):
        if reason.errno != errno.EADDRINUSE:
            raise PortTaken(f"{wanted.bind} port {wanted.port} can't be used ({reason.strerror})")
        if time.monotonic() > end:
            raise PortTaken(f"{wanted.bind} port {wanted.port} is taken: choose another with PORT=…")
        time.sleep(0.1)


def _unusable(wanted: Settings) -> OSError | None:
    with socket.socket(socket.AF_INET6 if ":" in wanted.bind else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((wanted.bind, wanted.port))
        except OSError as reason:
            return reason
    return None


def answers(wanted: Settings) -> bool:
    """Whether the server takes connections."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(wanted.bind, wanted.bind)  # noqa: S104 - read, not bound
    try:
        with socket.create_connection((host, wanted.port), timeout=1):
            return True
    except OSError:
        return False
