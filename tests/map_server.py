"""A server of short links over HTTPS on this machine, for every host that its certificate names."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hampa.platform.geo.short_links import LinkOpener

HOSTS = ("maps.app.goo.gl", "goo.gl", "www.google.com", "nshn.ir", "neshan.org", "evil.example")


@dataclass
class MapServer:
    """What is answered, by host and path: a status, and where to or the text; and what was asked.

    A text is sent in parts of `part` letters, with so many `seconds` before each; `sent` counts the letters. With
    `slow_head` the head is sent so, letter by letter, and never ends.
    """

    port: int
    context: ssl.SSLContext
    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    seconds: float = 0.0
    part: int = 200
    sent: int = 0
    slow_head: bool = False

    def opener(self, **given: object) -> LinkOpener:
        """Return an opener that finds all hosts here."""
        values = {
            "resolver": lambda _host: ["127.0.0.1"],
            "is_public": lambda _address: True,
            "port": self.port,
            "certificates": self.context,
            "most_seconds": 2.0,
        }
        return LinkOpener(**(values | given))  # type: ignore[arg-type]


@contextmanager
def map_server(folder: Path) -> Iterator[MapServer]:
    """Run the server while the block runs."""
    certificate = _certificate(folder)
    trusted = ssl.create_default_context(cafile=str(certificate))
    server = MapServer(0, trusted)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            key = f"{self.headers['Host']}{self.path}"
            server.asked.append((key, dict(self.headers)))
            status, what = server.answers.get(key, (404, ""))
            if server.slow_head:
                self.dribble()
                return
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", what)
            self.send_header("Set-Cookie", "seen=1")
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            if status < 300:
                try:
                    for start in range(0, len(what), server.part):
                        time.sleep(server.seconds)
                        server.sent += self.wfile.write(what[start : start + server.part].encode())
                except OSError:  # the opener has had enough
                    return

        def dribble(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            try:
                while server.sent < 200:
                    time.sleep(server.seconds)
                    server.sent += self.wfile.write(b"x")
            except OSError:
                return

        def log_message(self, *_given: object) -> None:
            return

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    speaking = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    speaking.load_cert_chain(certificate)
    listening.socket = speaking.wrap_socket(listening.socket, server_side=True)
    server.port = listening.server_port
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "maps")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1000))
        .not_valid_after(now + timedelta(days=1000))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "maps.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path
