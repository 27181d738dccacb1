"""A server that speaks the protocol of clamd on this machine: INSTREAM, VERSION, and what goes wrong with them."""

from __future__ import annotations

import socketserver
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""What each scanner finds, and nobody else minds."""


@dataclass
class VirusScanner:
    """A scanner whose next answers a test may replace: a text, b"" to hang up, or seconds of silence."""

    port: int = 0
    answer: bytes | float | None = None
    most_bytes: int = 25_000_000
    scanned: list[bytes] = field(default_factory=list)


class _Talk(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        scanner: VirusScanner = self.server.scanner  # type: ignore[attr-defined]
        command = b""
        while not command.endswith(b"\0"):
            part = self.request.recv(1)
            if not part:
                return
            command += part
        if command == b"zVERSION\0":
            self.request.sendall(b"ClamAV 1.4.3/27500\0")
            return
        assert command == b"zINSTREAM\0", command
        content = self._content(scanner.most_bytes)
        if isinstance(scanner.answer, float):
            time.sleep(scanner.answer)
            return
        if scanner.answer is not None:
            self.request.sendall(scanner.answer)
        elif content is None:
            self.request.sendall(b"INSTREAM size limit exceeded. ERROR\0")
        else:
            scanner.scanned.append(content)
            self.request.sendall(b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0")

    def _content(self, most: int) -> bytes | None:
        content = b""
        while size := struct.unpack(">I", self._exactly(4))[0]:
            content += self._exactly(size)
            if len(content) > most:
                return None
        return content

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self.request.recv(size - len(data))
            if not part:
                raise ConnectionError
            data += part
        return data


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # who hangs up on purpose


@contextmanager
def running() -> Iterator[VirusScanner]:
    """Run a scanner on a free port."""
    scanner = VirusScanner()
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.scanner = scanner  # type: ignore[attr-defined]
        scanner.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield scanner
        finally:
            server.shutdown()
            thread.join()
