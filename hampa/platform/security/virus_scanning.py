"""Scanning by ClamAV: a client of `clamd` over TCP, which speaks its INSTREAM command (clamd(8))."""

import re
import socket
import struct
import time
from typing import IO

from hampa.platform.config import settings

CHUNK = 1 << 16
CONNECT_SECONDS, STEP_SECONDS, MOST_SECONDS = 5.0, 20.0, 90.0
LONGEST_ANSWER = 1_000
FOUND = re.compile(r"^stream: (?P<name>.{1,200}) FOUND$")


class ScanFailed(Exception):
    """ClamAV has not said whether a file is clean: it is away, too slow, or answered an error."""


def scans() -> bool:
    """Return whether files are scanned here."""
    return bool(settings().clamav)


def find_virus(source: IO[bytes]) -> str | None:
    """Return the name of what ClamAV finds in a file, None if it is clean. Raise ScanFailed."""
    answer = _ask(b"zINSTREAM\0", source)
    if answer == "stream: OK":
        return None
    if match := FOUND.match(answer):
        return match["name"]
    raise ScanFailed(f"clamd answered {answer[:100]!r}")


def scanner_version() -> str:
    """Return what ClamAV says of itself. Raise ScanFailed."""
    return _ask(b"zVERSION\0", None)


def _ask(command: bytes, source: IO[bytes] | None) -> str:
    ends_at = time.monotonic() + MOST_SECONDS
    host, _colon, port = settings().clamav.rpartition(":")
    address = host.strip("[]"), int(port)
    try:
        with socket.create_connection(address, timeout=CONNECT_SECONDS) as wire:
            wire.settimeout(STEP_SECONDS)
            wire.sendall(command)
            if source is not None:
                _send(wire, source, ends_at)
            return _answer(wire, ends_at)
    except OSError as error:
        raise ScanFailed(f"clamd is away: {error}") from error


def _send(wire: socket.socket, source: IO[bytes], ends_at: float) -> None:
    """Send a file in chunks, each after its length, and an empty one; clamd hangs up on what is too large for it."""
    try:
        while chunk := source.read(CHUNK):
            if time.monotonic() > ends_at:
                raise ScanFailed("clamd takes a file too slowly")
            wire.sendall(struct.pack(">I", len(chunk)) + chunk)
        wire.sendall(struct.pack(">I", 0))
    except (BrokenPipeError, ConnectionResetError):
        return  # its answer says why


def _answer(wire: socket.socket, ends_at: float) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
        if time.monotonic() > ends_at:
            raise ScanFailed("clamd answers too slowly")
        part = wire.recv(CHUNK)
        if not part:
            break
        answer += part
    if not answer.endswith(b"\0"):
        raise ScanFailed("clamd has ended in the middle of its answer")
    return answer[:-1].decode("utf-8", "replace").strip()
