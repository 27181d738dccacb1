"""A push service on this machine (RFC 8030), and a browser that can read what it is sent (RFC 8291, RFC 8292)."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hampa.platform.push.encoding import from_base64, to_base64

CURVE = ec.SECP256R1()


@dataclass(frozen=True)
class Received:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class PushServer:
    """`answer` decides what a request is answered; with `slow_head` a head is sent letter by letter, without end."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.connections = 0
        self.answer: Callable[[Received], Reply] = lambda _request: Reply()
        self.slow_head = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def push_server() -> Iterator[PushServer]:
    server = PushServer()
    server.start()
    yield server
    server.stop()


def _handler(server: PushServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            server.connections += 1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            request = Received(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            server.received.append(request)
            if server.slow_head:
                self._dribble()
                return
            reply = server.answer(request)
            self.send_response(reply.status)
            for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def _dribble(self) -> None:
            self.wfile.write(b"HTTP/1.1 201 Created\r\nX-Slow: ")
            while True:
                try:
                    self.wfile.write(b".")
                except OSError:
                    self.close_connection = True
                    return
                time.sleep(0.05)

        def log_message(self, format: str, *args: Any) -> None:
            """Not on the terminal of the tests."""

        def handle(self) -> None:
            try:
                super().handle()
            except (ConnectionError, ValueError):
                self.close_connection = True

    return Handler


class PushBrowser:
    """A browser that subscribed: it has the private key, and reads what comes."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._key = ec.generate_private_key(CURVE)
        self._secret = os.urandom(16)

    @property
    def p256dh(self) -> str:
        return to_base64(self._point)

    @property
    def auth(self) -> str:
        return to_base64(self._secret)

    @property
    def fields(self) -> dict[str, str]:
        """What its script sends in the form."""
        return {"endpoint": self.endpoint, "p256dh": self.p256dh, "auth": self.auth}

    @property
    def _point(self) -> bytes:
        return self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def read(self, request: Received) -> dict[str, Any]:
        """Decrypt a message, step by step as RFC 8188 and 8291 describe the receiver."""
        assert request.headers["content-encoding"] == "aes128gcm"
        body = request.body
        salt, record_size, id_length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, encrypted = body[21 : 21 + id_length], body[21 + id_length :]
        assert len(encrypted) <= record_size <= 4096
        shared = self._key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, sender))
        info = b"WebPush: info\x00" + self._point + sender
        secret = HKDF(SHA256(), 32, self._secret, info).derive(shared)
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\x00").derive(secret)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\x00").derive(secret)
        record = AESGCM(key).decrypt(nonce, encrypted, None).rstrip(b"\x00")
        assert record[-1] == 2, "the only record is the last one"
        return dict(json.loads(record[:-1]))


def claims_of(request: Received, public_key: str) -> dict[str, Any]:
    """Check the signature of a request by the key that browsers were given (RFC 8292), and return its claims."""
    scheme, _space, rest = request.headers["authorization"].partition(" ")
    parameters = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert scheme == "vapid"
    assert parameters["k"] == public_key
    signed, _dot, signature = parameters["t"].rpartition(".")
    header, claims = (json.loads(from_base64(part)) for part in signed.split("."))
    assert header == {"typ": "JWT", "alg": "ES256"}
    raw = from_base64(signature)
    assert len(raw) == 64
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, from_base64(public_key))
    key.verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(SHA256()))
    return dict(claims)
