"""A gateway that speaks the protocol of `hampa.platform.sms.webhook`, on this machine, and remembers every call."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Call:
    """One message as it came in."""

    body: Mapping[str, Any]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: str = '{"id": "from-the-gateway"}'
    headers: Mapping[str, str] = field(default_factory=dict)


class SmsGateway:
    """Set `at_door`, `answer` and `answered` to have something happen at that point of a call."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.at_door: Callable[[], None] = lambda: None
        """When a connection is made, before anything is read from it."""
        self.answer: Callable[[Call], Reply] = lambda _call: Reply()
        self.answered: Callable[[Call], None] = lambda _call: None
        self._server = _Server(("127.0.0.1", 0), _handler(self))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/sms"

    def calls_for(self, key: str) -> int:
        return [call.body["id"] for call in self.calls].count(key)

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


@contextmanager
def running() -> Iterator[SmsGateway]:
    gateway = SmsGateway()
    gateway.start()
    yield gateway
    gateway.stop()


def _handler(gateway: SmsGateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else the body waits for the client to confirm the head, 40 ms

        def setup(self) -> None:
            super().setup()
            gateway.at_door()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            call = Call(json.loads(body), dict(self.headers))
            gateway.calls.append(call)
            reply = gateway.answer(call)
            written = reply.body.encode()
            self.send_response(reply.status)
            for name, value in {**reply.headers, "Content-Length": str(len(written))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(written)
            self.wfile.flush()
            gateway.answered(call)

        def log_message(self, format: str, *args: Any) -> None:
            """Not on the terminal of the tests."""

        def handle(self) -> None:
            try:
                super().handle()
            except (ConnectionError, ValueError):
                self.close_connection = True  # the caller was killed, which is what some tests are for

    return Handler
