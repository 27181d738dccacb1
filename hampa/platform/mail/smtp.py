"""Mail by SMTP (RFC 5321), through one server that takes it on: with STARTTLS, with TLS from the start, or in clear.

A mail is one connection, and no longer than a message is leased. What each answer means:

    no connection, no TLS, no sign-in, 4xx anywhere      not taken; come again
    5xx about the recipient or the mail itself           never taken
    5xx about us (sign-in, sender)                       not taken; somebody has to mend a setting
    nothing more after the mail was handed over          it may have been taken
"""

from __future__ import annotations

import smtplib
import ssl
import time
from contextlib import suppress
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from hampa.platform import clock
from hampa.platform.delivery.outcomes import Answer, Outcome
from hampa.platform.mail.base import MailMessage

STEP_SECONDS = 6.0
MOST_SECONDS = 20.0
"""For the whole conversation; with one more step well under the lease of a message."""
PORTS = {"starttls": 587, "tls": 465, "none": 25}
SEVEN_BITS = SMTP.clone(cte_type="7bit")
"""Every server takes that, also one that does not speak 8BITMIME."""
TAKEN, ACCEPTED_TO = 250, (250, 251, 252)
ERROR_LENGTH = 200


class SmtpGateway:
    """Speaks to one server. Without STARTTLS where it was asked for, nothing is sent; certificates are checked."""

    name = "smtp"
    parallel = 4

    def __init__(self, host: str, port: int, *, security: str, user: str = "", password: str = "", sender: str) -> None:
        self._host, self._port, self._security = host, port or PORTS[security], security
        self._user, self._password, self._sender = user, password, sender

    def send(self, message: MailMessage) -> Outcome:
        try:
            written = self._written(message).as_bytes()
        except ValueError as reason:  # a line end in a header, which nobody types
            return Outcome(Answer.REFUSED, error=f"it can't be written: {reason}"[:ERROR_LENGTH])
        ends_at = time.monotonic() + MOST_SECONDS
        handed_over = False
        server: smtplib.SMTP | None = None
        try:
            server = self._opened(ends_at)
            self._step(server, ends_at)
            said = server.mail(parseaddr(self._sender)[1])
            if said[0] != TAKEN:
                return Outcome(Answer.RETRY, error=_error("the sender was refused", *said))
            self._step(server, ends_at)
            said = server.rcpt(message.to)
            if said[0] not in ACCEPTED_TO:
                return _refusal("the recipient was refused", *said)
            self._step(server, ends_at)
            said = server.docmd("data")
            if said[0] != 354:
                return _refusal("the mail was refused", *said)
            handed_over = True
            server.send(_dotted(written))
            self._step(server, ends_at)
            said = server.getreply()
            if said[0] != TAKEN:
                refusal = _refusal("the mail was refused", *said)
                return refusal if said[0] >= 400 else replace(refusal, answer=Answer.UNKNOWN)
            with suppress(OSError, smtplib.SMTPException):
                server.putcmd("quit")
            return Outcome(Answer.TAKEN, provider_id=_words(said[1]))
        except (smtplib.SMTPException, OSError) as reason:
            answer = Answer.UNKNOWN if handed_over else Answer.RETRY
            return Outcome(answer, error=f"{type(reason).__name__}: {reason}"[:ERROR_LENGTH])
        finally:
            if server is not None:
                server.close()

    def _opened(self, ends_at: float) -> smtplib.SMTP:
        """A connection, secured and signed in as it was asked for."""
        context = ssl.create_default_context() if self._security != "none" else None
        if self._security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=STEP_SECONDS, context=context)
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=STEP_SECONDS)
        try:
            self._step(server, ends_at)
            server.ehlo_or_helo_if_needed()
            if self._security == "starttls":
                self._step(server, ends_at)
                server.starttls(context=context)
                server.ehlo()
            if self._user:
                self._step(server, ends_at)
                server.login(self._user, self._password)
        except BaseException:
            server.close()
            raise
        return server

    def _step(self, server: smtplib.SMTP, ends_at: float) -> None:
        """Give the next step what is left of the time. Raises `TimeoutError` when nothing is."""
        left = ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the server took too long")
        if server.sock is not None:
            server.sock.settimeout(min(left, STEP_SECONDS))

    def _written(self, message: MailMessage) -> EmailMessage:
        mail = EmailMessage(policy=SEVEN_BITS)
        mail["From"] = self._sender
        mail["To"] = message.to
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(clock.now())
        domain = parseaddr(self._sender)[1].rpartition("@")[2]
        mail["Message-ID"] = f"<{message.idempotency_key}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        mail.add_alternative(message.html, subtype="html")
        return mail


def _dotted(written: bytes) -> bytes:
    """The mail as it goes over the wire: a dot doubled where a line begins with one, and the end (RFC 5321 §4.5.2)."""
    lines = written.split(b"\r\n")
    return (
        b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines).removesuffix(b"\r\n")
        + b"\r\n.\r\n"
    )


def _refusal(what: str, code: int, said: bytes) -> Outcome:
    """4xx may pass, 5xx will not; anything else is no SMTP, and says nothing."""
    return Outcome(Answer.REFUSED if 500 <= code < 600 else Answer.RETRY, error=_error(what, code, said))


def _error(what: str, code: int, said: bytes) -> str:
    return f"{what}: {code} {_words(said)}"[:ERROR_LENGTH]


def _words(said: bytes) -> str:
    return said.decode("ascii", "replace").replace("\n", " ")[:ERROR_LENGTH]
