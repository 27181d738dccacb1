"""What Sentry hears of an error: which page and what broke, never who asked or what they typed."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any

import pytest
import sentry_sdk
from flask import Flask, Response

from hampa.platform import config, logs, sentry

# Constants, since an event shows some lines of the source around the error.
PHONE = "+989120000001"
CODE = "480223"
LINK = "AaLvCQsPcc2kAAAAAAAAAAGq-hYIs"
PERSON = {"id": "person-1", "ip_address": "10.9.8.7"}


class Listener(ThreadingHTTPServer):
    """A Sentry of our own: takes envelopes, keeps their items."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Takes)
        self.raw: list[str] = []

    @property
    def dsn(self) -> str:
        return f"http://key@127.0.0.1:{self.server_port}/1"

    def items(self, kind: str) -> list[dict[str, Any]]:
        found = []
        for envelope in self.raw:
            for header, body in pairwise(envelope.splitlines()):
                if header.startswith("{") and json.loads(header).get("type") == kind:
                    found.append(json.loads(body))
        return found


class Takes(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.raw.append(body.decode())
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Nothing to say."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def site(listener: Listener) -> Iterator[Flask]:
    """Yield an app that fails, and reports to the listener."""
    app = Flask("site")
    environ = {"HAMPA_ENV": "test", "SENTRY_DSN": listener.dsn, "HAMPA_SENTRY_TRACES": "1", "HAMPA_RELEASE": "1.2.3"}
    app.extensions["hampa.settings"] = config.load(environ)
    logs.init_app(app)
    sentry.init_app(app)

    @app.errorhandler(Exception)
    def show(error: Exception) -> Response:
        sentry_sdk.capture_exception(error)
        return Response("sorry", status=500)

    @app.post("/login/<path:rest>")
    def fail(rest: str) -> str:
        typed = {"phone": PHONE, "code": CODE}
        sentry_sdk.set_user(PERSON)
        raise LookupError(f"no row for {typed['phone']} and {CODE}")

    yield app
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


def fail(site: Flask) -> None:
    client = site.test_client()
    client.set_cookie("hampa", "cookie-of-a-person")
    client.post(
        f"/login/{PHONE}/{LINK}?phone=%2B989120000001",
        data={"phone": PHONE, "code": CODE, "line": "what they typed"},
        headers={"X-Request-ID": "request-0001", "Authorization": "Bearer token-of-a-person"},
        environ_base={"REMOTE_ADDR": "10.9.8.7"},
    )
    sentry_sdk.flush(5)


def test_an_error_arrives_with_release_and_request_id(site: Flask, listener: Listener) -> None:
    fail(site)
    (event,) = listener.items("event")
    (error,) = event["exception"]["values"]
    assert error["type"] == "LookupError"
    assert event["tags"]["request_id"] == "request-0001"
    assert event["tags"]["route"] == "/login/<path:rest>"
    assert (event["release"], event["environment"]) == ("1.2.3", "test")
    assert error["stacktrace"]["frames"][-1]["function"] == "fail"


def test_a_trace_arrives(site: Flask, listener: Listener) -> None:
    fail(site)
    (trace,) = listener.items("transaction")
    assert trace["transaction"] == "fail"


@pytest.mark.parametrize(
    "personal",
    ["9120000001", CODE, LINK, "cookie-of-a-person", "token-of-a-person", "what they typed", "person-1", "10.9.8.7"],
)
def test_nothing_personal_arrives(site: Flask, listener: Listener, personal: str) -> None:
    fail(site)
    assert listener.raw
    assert personal not in "".join(listener.raw)


def test_nothing_is_sent_without_a_dsn(listener: Listener) -> None:
    app = Flask("silent")
    app.extensions["hampa.settings"] = config.load({"HAMPA_ENV": "test"})
    sentry.init_app(app)
    sentry_sdk.capture_message("nobody hears this")
    sentry_sdk.flush(1)
    assert not listener.raw
    assert not sentry_sdk.get_client().is_active()
