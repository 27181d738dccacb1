"""Connections are ended whose client takes no answer, and those over the limit of a client."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import pytest

from hampa.platform.web.connections import UNSENT_BYTES, ConnectionWatch, open_connections

OTHERS = "127.0.0.2"


@pytest.fixture
def server() -> Iterator[socket.socket]:
    """Yield a listening socket."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def connect(server: socket.socket, host: str = "127.0.0.1") -> tuple[socket.socket, socket.socket]:
    """Return a client's socket, which takes little at once, and the server's."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.bind((host, 0))
    client.connect(server.getsockname())
    client.setblocking(False)
    accepted, _peer = server.accept()
    accepted.setblocking(False)
    return client, accepted


def fill(accepted: socket.socket) -> int:
    """Send until the kernel takes no more, and return how many bytes it took."""
    sent = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            sent += accepted.send(bytes(65_536))
    return sent


def has_ended(accepted: socket.socket) -> bool:
    try:
        return accepted.recv(1) == b""
    except BlockingIOError:
        return False


def watch_over(server: socket.socket, **limits: float) -> ConnectionWatch:
    return ConnectionWatch(server.getsockname()[1], **({"per_client": 100, "most": 1000} | limits))  # type: ignore[arg-type]


def test_the_kernel_takes_little_for_who_reads_nothing(server: socket.socket) -> None:
    watch_over(server).look()
    client, accepted = connect(server)
    with client, accepted:
        assert fill(accepted) < 3 * UNSENT_BYTES, "megabytes without a bound"


def test_who_takes_nothing_of_an_answer_is_cut_off(server: socket.socket) -> None:
    (slow, to_slow), (idle, to_idle) = connect(server), connect(server)
    fill(to_slow)
    watch = watch_over(server, grace_seconds=0.0)
    watch.look()
    assert not has_ended(to_slow), "nothing is known at the first look"
    watch.look()
    assert (has_ended(to_slow), has_ended(to_idle)) == (True, False)
    for each in (slow, to_slow, idle, to_idle):
        each.close()


def test_what_was_not_taken_is_dropped_with_the_connection(server: socket.socket) -> None:
    """Else the kernel keeps megabytes for each of them, and waits."""
    client, accepted = connect(server)
    fill(accepted)
    watch = watch_over(server, grace_seconds=0.0)
    watch.look()
    watch.look()
    accepted.close()
    client.settimeout(10)
    with client, pytest.raises(ConnectionResetError):
        list(iter(lambda: client.recv(65_536), b""))


def test_who_takes_an_answer_at_the_least_rate_is_not(server: socket.socket) -> None:
    client, accepted = connect(server)
    fill(accepted)
    watch = watch_over(server, grace_seconds=0.0)
    watch.look()
    with contextlib.suppress(BlockingIOError):
        while client.recv(65_536):
            pass
    watch.look()
    assert not has_ended(accepted)
    client.close()
    accepted.close()


def test_the_newest_connections_of_a_client_end_that_are_too_many(server: socket.socket) -> None:
    mine = [connect(server) for _ in range(4)]
    watch = watch_over(server, per_client=3)
    watch.look()
    mine.append(connect(server))
    others = connect(server, OTHERS)
    watch.look()
    assert [has_ended(accepted) for _client, accepted in mine].count(True) == 2
    assert has_ended(mine[-1][1])
    assert not has_ended(others[1])
    for each in (*(each for pair in mine for each in pair), *others):
        each.close()


def test_as_all_places_fill_up_the_client_with_most_of_them_loses(server: socket.socket) -> None:
    mine = [connect(server) for _ in range(7)]
    others = connect(server, OTHERS)
    watch_over(server, most=8).look()
    assert [has_ended(accepted) for _client, accepted in mine].count(True) == 5
    assert not has_ended(others[1])
    for each in (*(each for pair in mine for each in pair), *others):
        each.close()


def test_a_client_that_is_gone_is_given_up_after_a_minute(server: socket.socket) -> None:
    client, accepted = connect(server)
    assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 0
    watch_over(server).look()
    assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 60_000
    client.close()
    accepted.close()


def test_looking_leaves_no_file_open(server: socket.socket) -> None:
    client, accepted = connect(server)
    with open("/dev/null") as file:
        before = file.fileno()
    for _peer, duplicate in open_connections(server.getsockname()[1]):
        duplicate.close()
    with open("/dev/null") as file:
        assert file.fileno() == before
    client.close()
    accepted.close()
