"""The web server, as other processes see it: how it is started, its limits, whether its port is free."""

import contextlib
import errno
import resource
import socket
import sys
import time

from hampa.platform.config import Settings

OPEN_CONNECTIONS = 4096
"""The limit of one process; open streams would fill granian's default, and pages would no longer be answered."""
HEAD_BYTES = 65_536
"""The most that a head may have; by granian's default heads alone could fill a gigabyte and more."""
HEAD_SECONDS = 15
"""How long a client may take for the head of a request, and stay connected without one."""
PORT_WAIT_SECONDS = 2.0
ADDRESS = "address"
"""The file in the home that says where the running site is."""


class PortTaken(Exception):
    """A port that another program listens on; the message says how to go on."""


def command() -> list[str]:
    """Return the command line of the web server, which reads the settings from its environment."""
    return [sys.executable, "-m", "hampa.platform.granian_server"]


def check_port(wanted: Settings) -> None:
    """Raise PortTaken if the port can't be used; the server would fail again and again.

    The last server, whose supervisor was killed, may still listen there: it gets a moment to end.
    """
    deadline = time.monotonic() + PORT_WAIT_SECONDS
    while True:
        with socket.socket(socket.AF_INET6 if ":" in wanted.bind else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                return probe.bind((wanted.bind, wanted.port))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise PortTaken(f"{wanted.bind} port {wanted.port} can't be used ({error.strerror})") from None
        if time.monotonic() > deadline:
            raise PortTaken(f"{wanted.bind} port {wanted.port} is taken: choose another with PORT=…")
        time.sleep(0.1)


def answers(wanted: Settings) -> bool:
    """Return whether the server accepts connections."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(wanted.bind, wanted.bind)  # noqa: S104 - read, not bound
    try:
        with socket.create_connection((host, wanted.port), timeout=1):
            return True
    except OSError:
        return False


def note_address(wanted: Settings) -> None:
    """Write down where the site is, for commands that other settings than its own are given to."""
    with contextlib.suppress(OSError):  # a container may have no place for it, and its settings say it
        (wanted.home / ADDRESS).write_text(wanted.base_url)


def forget_address(wanted: Settings) -> None:
    """Take back what `note_address` wrote down."""
    with contextlib.suppress(OSError):
        (wanted.home / ADDRESS).unlink(missing_ok=True)


def address_of(wanted: Settings) -> str:
    """Return where the site is: as the settings say, or, where these leave it out, where the one of this home runs."""
    if wanted.base_url == f"http://127.0.0.1:{wanted.port}":
        with contextlib.suppress(OSError):
            return (wanted.home / ADDRESS).read_text()
    return wanted.base_url


def raise_file_limit() -> None:
    """Let this process open as many files as its connections may need, and as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 3 * OPEN_CONNECTIONS
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
