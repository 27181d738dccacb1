"""A server that answers as the documentation of Google's generateContent says, on this machine, errors included."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

STATUSES = {
    400: "INVALID_ARGUMENT",
    403: "PERMISSION_DENIED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


class GeminiServer:
    """Set `answer` to what the next call gets: a text of the model, a status of an error, seconds of silence, or bytes."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.answer: Callable[[dict[str, Any]], str | int | float | bytes] = lambda _call: '{"sentences": []}'
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def sources_of(self, call: dict[str, Any]) -> list[dict[str, str]]:
        """Return the sources that a call gave."""
        return json.loads(call["body"]["contents"][0]["parts"][0]["text"])["sources"]


def sentences(*rows: tuple[str, str, list[str]]) -> str:
    """Return what a model writes: a part, a text and ids of sources for each sentence."""
    return json.dumps({"sentences": [{"part": part, "text": text, "sources": ids} for part, text, ids in rows]})


def _handler(server: GeminiServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            call = {"path": self.path, "key": self.headers.get("x-goog-api-key"), "body": body}
            server.calls.append(call)
            answer = server.answer(call)
            if isinstance(answer, float):
                time.sleep(answer)
                return
            if isinstance(answer, bytes):
                self._send(200, answer)
            elif isinstance(answer, int):
                error = {"code": answer, "message": "No.", "status": STATUSES[answer]}
                self._send(answer, json.dumps({"error": error}).encode())
            else:
                part = {"content": {"parts": [{"text": answer}], "role": "model"}, "finishReason": "STOP", "index": 0}
                used = {"promptTokenCount": 120, "candidatesTokenCount": 30, "thoughtsTokenCount": 5}
                used["totalTokenCount"] = 155
                made = {"candidates": [part], "usageMetadata": used, "modelVersion": "gemini-test"}
                self._send(200, json.dumps(made).encode())

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def running() -> Iterator[GeminiServer]:
    """Serve until the end of the block."""
    server = GeminiServer()
    thread = threading.Thread(target=server._server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server._server.shutdown()
        server._server.server_close()
        thread.join(5)
