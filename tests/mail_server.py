"""A server that takes mail by SMTP (RFC 5321) on this machine, and misbehaves as it is told."""

from __future__ import annotations

import base64
import datetime as dt
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HANG_UP = "hang up"


@dataclass
class MailServer:
    """A mail server whose answers a test may replace.

    `answers` has them by command (MAIL, RCPT, DATA, EHLO …, CONNECT for a new connection, DOT at the end of a mail);
    HANG_UP ends the connection there, `delays` are seconds before it answers.
    """

    port: int = 0
    starttls: ssl.SSLContext | None = None
    tls: ssl.SSLContext | None = None
    users: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    drips: frozenset[str] = frozenset()
    delays: dict[str, float] = field(default_factory=dict)
    taken: list[bytes] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def mails(self) -> list[EmailMessage]:
        """What it took, read as a program for mail reads it."""
        read: list[Any] = [message_from_bytes(raw, policy=policy.default) for raw in self.taken]
        return read


class _HungUp(Exception):
    pass


class _Talk(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        try:
            with suppress(_HungUp, OSError):
                if self.server.mail.tls:
                    self.request = self.server.mail.tls.wrap_socket(self.request, server_side=True)
                self._talk()
        finally:
            self.request.close()  # what TLS made of it, which nobody else knows of

    def _talk(self) -> None:
        self.file = self.request.makefile("rb")
        self.secured = self.server.mail.tls is not None
        self._say("CONNECT", "220 mail.test ESMTP")
        while line := self.file.readline():
            told = line.decode("ascii", "replace").strip()
            command = told.split(" ")[0].upper()
            self.server.mail.said.append(command + told[len(command) :])
            if command == "QUIT":
                self._say("QUIT", "221 bye")
                return
            getattr(self, f"_{command.lower()}", self._unknown)(told)

    def _ehlo(self, _told: str) -> None:
        mail = self.server.mail
        lines = ["mail.test"]
        lines += ["STARTTLS"] if mail.starttls and not self.secured else []
        lines += ["AUTH PLAIN"] if mail.users and self.secured else []
        last = len(lines) - 1
        self._say("EHLO", "\r\n".join(f"250{' ' if at == last else '-'}{line}" for at, line in enumerate(lines)))

    def _starttls(self, _told: str) -> None:
        context = self.server.mail.starttls
        assert context is not None
        self._say("STARTTLS", "220 go on")
        self.request = context.wrap_socket(self.request, server_side=True)
        self.file, self.secured = self.request.makefile("rb"), True

    def _auth(self, told: str) -> None:
        _, user, password = base64.b64decode(told.split(" ")[2]).decode().split("\0")
        known = self.server.mail.users.get(user) == password
        self._say("AUTH", "235 welcome" if known else "535 who are you")

    def _mail(self, _told: str) -> None:
        self._say("MAIL", "250 ok")

    def _rcpt(self, _told: str) -> None:
        self._say("RCPT", "250 ok")

    def _data(self, _told: str) -> None:
        if not self._say("DATA", "354 go on").startswith("354"):
            return
        lines = []
        while (line := self.file.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        kept = "250 kept as 7"
        if self.server.mail.answers.get("DOT", kept).startswith("250"):
            self.server.mail.taken.append(b"".join(lines))  # before the answer: then a test looks for it
        self._say("DOT", kept)

    def _unknown(self, _told: str) -> None:
        self._say("UNKNOWN", "502 what")

    def _say(self, at: str, usual: str) -> str:
        mail = self.server.mail
        time.sleep(mail.delays.get(at, 0))
        answer = mail.answers.get(at, usual)
        if answer == HANG_UP:
            raise _HungUp
        if at in mail.drips:
            for letter in f"250-{'x' * 2_000}\r\n":
                self.request.sendall(letter.encode())
                time.sleep(0.01)
        self.request.sendall(f"{answer}\r\n".encode())
        return answer


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, mail: MailServer) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.mail = mail


@contextmanager
def running(**given: Any) -> Iterator[MailServer]:
    """Run a server on a free port."""
    mail = MailServer(**given)
    with _Server(mail) as server:
        mail.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield mail
        server.shutdown()
        thread.join()


def certificate(folder: Path, host: str = "127.0.0.1") -> tuple[ssl.SSLContext, Path]:
    """Return an SSL context with a certificate for this machine, and the certificate's file for clients."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "certificate.pem", folder / "key.pem"
    public.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, public
