"""The ASGI shell: answers the server's start and end, keeps `/live` for itself, hands the rest to Flask."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest
from flask import Flask, request

LIFE = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]


@pytest.fixture
def shell(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Yield the shell around a small site that repeats each request."""
    site = Flask("site")
    site.extensions["hampa.settings"] = app.extensions["hampa.settings"]

    @site.get("/echo")
    def echo() -> str:
        return request.args.get("q", "")

    @site.post("/echo")
    def echo_body() -> bytes:
        return request.get_data()

    wsgi = ModuleType("wsgi")
    wsgi.app = site  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "wsgi", wsgi)
    monkeypatch.setattr("hampa.platform.supervisor.end_with_parent", lambda: None)
    sys.modules.pop("asgi", None)
    import asgi

    yield asgi.app
    asgi.pages.executor.shutdown()
    sys.modules.pop("asgi", None)


def converse(shell: Any, scope: dict[str, Any], *received: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the shell sends when it receives some events."""
    sent: list[dict[str, Any]] = []
    waiting = list(received)

    def receive() -> asyncio.Future[dict[str, Any]]:
        """Return a future, as granian does."""
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        future.set_result(waiting.pop(0))
        return future

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def whole() -> None:
        await shell(scope, receive, send)

    # In a thread of its own: Playwright keeps a loop running in this one while browser tests share the process.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(whole())).result()
    return sent


def get(shell: Any, path: str, query: bytes = b"") -> tuple[int, dict[bytes, bytes], bytes]:
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query, "http_version": "1.1"}
    sent = converse(shell, scope, {"type": "http.request", "body": b"", "more_body": False})
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), body


def test_the_server_is_told_that_all_is_ready_and_that_nothing_is_left(shell: Any) -> None:
    sent = converse(shell, {"type": "lifespan"}, *LIFE)
    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_live_says_when_to_ask_again(shell: Any) -> None:
    status, headers, _ = get(shell, "/live")
    assert status == 503
    assert int(headers[b"retry-after"]) > 0


def test_pages_come_from_flask(shell: Any) -> None:
    assert get(shell, "/echo", b"q=%D8%AF")[::2] == (200, "د".encode())
    assert get(shell, "/nowhere")[0] == 404


def test_what_is_posted_arrives_whole(shell: Any) -> None:
    scope = {"type": "http", "method": "POST", "path": "/echo", "query_string": b"", "http_version": "1.1"}
    scope["headers"] = [(b"content-length", b"6")]
    parts = [b"one", b"two"]
    received = [{"type": "http.request", "body": part, "more_body": part != parts[-1]} for part in parts]
    sent = converse(shell, scope, *received)
    assert sent[0]["status"] == 200
    assert b"".join(message.get("body", b"") for message in sent[1:]) == b"onetwo"


def test_letters_that_were_not_escaped_mean_the_same(shell: Any) -> None:
    assert get(shell, "/echo", "q=د+x&y=1".encode())[::2] == (200, "د x".encode())


def test_bytes_that_are_no_text_do_no_harm(shell: Any) -> None:
    assert get(shell, "/echo", b"q=\xff\xfe\x00")[0] == 200
