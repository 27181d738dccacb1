"""Mail by SMTP (RFC 5321) through one server: with STARTTLS, with TLS from the start, or in clear.

Each mail has its own connection, for less time than the lease of a message. The meaning of the answers:

    no connection, no TLS, no sign-in, 4xx anywhere      not taken; retried
    5xx about the recipient or the mail itself           never taken
    5xx about us (sign-in, sender)                       not taken until an operator corrects a setting
    nothing more after the mail was handed over          it may have been taken
"""

import smtplib
import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any

from hampa.platform import clock
from hampa.platform.delivery.base import Answer, Fault, MailMessage, Outcome
from hampa.platform.security.outgoing import Wire, resolve

STEP_SECONDS = 6.0
MOST_SECONDS = 20.0
"""The limit of the whole conversation; with one more step well below the lease of a message."""
PORTS = {"starttls": 587, "tls": 465, "none": 25}
SEVEN_BITS = SMTP.clone(cte_type="7bit")
"""The encoding that servers without 8BITMIME also take."""
TAKEN, ACCEPTED_TO = 250, (250, 251, 252)
ERROR_LENGTH = 200


class SmtpGateway:
    """A client of one server, which checks certificates and sends nothing without the configured security."""

    name = "smtp"
    parallel = 4

    def __init__(self, host: str, port: int, *, security: str, user: str = "", password: str = "", sender: str) -> None:
        self._host, self._port, self._security = host, port or PORTS[security], security
        self._user, self._password, self._sender = user, password, sender

    def send(self, message: MailMessage, /) -> Outcome:
        """Send a mail."""
        try:
            mail = self._compose(message)
            content = mail.as_bytes()
            _check_lines(content, mail.keys())
        except ValueError as error:  # a line end in a header, which nobody types
            return Outcome(Answer.REFUSED, error=f"it can't be written: {error}"[:ERROR_LENGTH])
        wire = Wire()
        with wire.cut_after(MOST_SECONDS):
            return self._hand_over(message, content, wire)

    def _hand_over(self, message: MailMessage, content: bytes, wire: Wire) -> Outcome:
        ends_at = time.monotonic() + MOST_SECONDS
        handed_over = False
        server: smtplib.SMTP | None = None
        try:
            server = self._connect(ends_at, wire)
            self._start_step(server, ends_at)
            code, reply = server.mail(parseaddr(self._sender)[1])
            if code != TAKEN:
                fault = Fault.ACCOUNT if code >= 500 else Fault.LIMIT
                return Outcome(Answer.RETRY, error=_error("the sender was refused", code, reply), fault=fault)
            self._start_step(server, ends_at)
            code, reply = server.rcpt(message.to)
            if code not in ACCEPTED_TO:
                return _refusal("the recipient was refused", code, reply)
            self._start_step(server, ends_at)
            code, reply = server.docmd("data")
            if code != 354:
                return _refusal("the mail was refused", code, reply)
            handed_over = True
            server.send(_wire_format(content))
            self._start_step(server, ends_at)
            code, reply = server.getreply()
            if code != TAKEN:
                refusal = _refusal("the mail was refused", code, reply)
                return refusal if code >= 400 else replace(refusal, answer=Answer.UNKNOWN)
            with suppress(OSError, smtplib.SMTPException):
                server.putcmd("quit")
            return Outcome(Answer.TAKEN, provider_id=_text(reply))
        except smtplib.SMTPAuthenticationError as error:
            return Outcome(Answer.RETRY, error=f"{type(error).__name__}: {error}"[:ERROR_LENGTH], fault=Fault.ACCOUNT)
        except (smtplib.SMTPException, OSError) as error:
            answer = Answer.UNKNOWN if handed_over else Answer.RETRY
            return Outcome(answer, error=f"{type(error).__name__}: {error}"[:ERROR_LENGTH])
        finally:
            if server is not None:
                server.close()

    def _connect(self, ends_at: float, wire: Wire) -> smtplib.SMTP:
        """Return a connection, secured and signed in, which the wire can cut from its first moment on."""
        context: Any = _Context(ssl.create_default_context(), wire) if self._security != "none" else None
        resolve(self._host, STEP_SECONDS)
        if self._security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=STEP_SECONDS, context=context)
        else:
            server = _Server(wire, self._host, self._port)
        try:
            self._start_step(server, ends_at)
            server.ehlo_or_helo_if_needed()
            if self._security == "starttls":
                self._start_step(server, ends_at)
                server.starttls(context=context)
                server.ehlo()
            if self._user:
                self._start_step(server, ends_at)
                server.login(self._user, self._password)
        except BaseException:
            server.close()
            raise
        return server

    def _start_step(self, server: smtplib.SMTP, ends_at: float) -> None:
        """Limit the next step to the time that is left. Raise TimeoutError if there is none."""
        left = ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the server took too long")
        if server.sock is not None:
            server.sock.settimeout(min(left, STEP_SECONDS))

    def _compose(self, message: MailMessage) -> EmailMessage:
        domain = parseaddr(self._sender)[1].rpartition("@")[2]
        mail = EmailMessage(policy=SEVEN_BITS)
        mail["From"] = self._sender
        mail["To"] = message.to
        # The library would decode what looks encoded (RFC 2047), line ends too, and not encode it again.
        mail["Subject"] = message.subject.replace("=?", "= ?")
        mail["Date"] = format_datetime(clock.now())
        mail["Message-ID"] = f"<{message.idempotency_key}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        if message.unsubscribe:
            mail["List-Unsubscribe"] = f"<{message.unsubscribe}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail.set_content(message.text)
        mail.add_alternative(message.html, subtype="html")
        return mail


class _Server(smtplib.SMTP):
    """A conversation in clear, whose connection a wire knows before the server says anything."""

    def __init__(self, wire: Wire, host: str, port: int) -> None:
        self._wire = wire
        super().__init__(host, port, timeout=STEP_SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        self._wire.attach(connection)
        return connection


class _Context:
    """What smtplib secures a connection with; the wire knows it before the handshake."""

    def __init__(self, context: ssl.SSLContext, wire: Wire) -> None:
        self._context, self._wire = context, wire

    def wrap_socket(self, connection: socket.socket, *, server_hostname: str) -> ssl.SSLSocket:
        secured = self._context.wrap_socket(connection, server_hostname=server_hostname, do_handshake_on_connect=False)
        self._wire.attach(secured)
        try:
            secured.do_handshake()
        except BaseException:
            secured.close()
            raise
        return secured


def _check_lines(content: bytes, names: Sequence[str]) -> None:
    """Raise ValueError if a mail has other headers than these, or an end of a line that is not both CR and LF."""
    ends = {content.count(end) for end in (b"\r\n", b"\r", b"\n")}
    lines = content.partition(b"\r\n\r\n")[0].split(b"\r\n")
    found = [line.partition(b":")[0].decode("ascii", "replace") for line in lines if not line.startswith((b" ", b"\t"))]
    if len(ends) > 1 or found != list(names):
        raise ValueError("a header has lines of its own")


def _wire_format(mail: bytes) -> bytes:
    """Return a mail with leading dots doubled, and its end (RFC 5321 §4.5.2)."""
    lines = [b"." + line if line.startswith(b".") else line for line in mail.split(b"\r\n")]
    return b"\r\n".join(lines).removesuffix(b"\r\n") + b"\r\n.\r\n"


def _refusal(what: str, code: int, reply: bytes) -> Outcome:
    """Return the outcome of a code: 5xx is final, anything else is not."""
    answer = Answer.REFUSED if 500 <= code < 600 else Answer.RETRY
    return Outcome(answer, error=_error(what, code, reply), fault=Fault.MESSAGE)


def _error(what: str, code: int, reply: bytes) -> str:
    return f"{what}: {code} {_text(reply)}"[:ERROR_LENGTH]


def _text(reply: bytes) -> str:
    return reply.decode("ascii", "replace").replace("\n", " ")[:ERROR_LENGTH]
