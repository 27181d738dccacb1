"""Mail by SMTP, in a real conversation: what is sent, and what each answer means."""

from __future__ import annotations

import socket
import time
from dataclasses import replace

import pytest

from hampa.outbox.models import LEASE
from hampa.platform.delivery.base import Answer, MailMessage
from hampa.platform.mail import addresses, smtp
from hampa.platform.mail.smtp import SmtpGateway
from tests.mail_server import HANG_UP, certificate, running

MAIL = MailMessage(
    to="sara@example.org",
    subject="این نشانی مال توست؟",
    text="پیوند:\n.با نقطه شروع می‌شود\nhttps://hampa.example/x\n",
    html='<!doctype html><p dir="rtl">پیوند</p>',
    purpose="email_link",
    idempotency_key="0192-abc",
    veiled="پیوند: ••••",
)


def gateway(server, security="none", **given):
    return SmtpGateway("127.0.0.1", server.port, security=security, sender="Hampa <hello@hampa.example>", **given)


def test_a_mail_arrives_whole_in_both_forms():
    with running() as server:
        outcome = gateway(server).send(MAIL)
    assert (outcome.answer, outcome.provider_id) == (Answer.TAKEN, "kept as 7")
    (mail,) = server.mails
    assert (mail["To"], mail["Subject"]) == (MAIL.to, MAIL.subject)
    assert mail["From"] == "Hampa <hello@hampa.example>"
    assert mail["Message-ID"] == "<0192-abc@hampa.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n") == MAIL.text
    assert mail.get_body(("html",)).get_content().strip() == MAIL.html
    assert all(byte < 128 for byte in server.taken[0]), "not every server takes 8 bits"
    assert all(len(line) <= 998 for line in server.taken[0].split(b"\r\n"))


ENCODED = [
    "=?utf-8?q?Hi=0D=0ABcc=3A_x=40evil.example?=",
    "=?utf-8?q?Hi=0D=0A=0D=0AAnother_text?=",
    "=?utf-8?b?SGkKWC1FdmlsOiAx?=",
    "=?utf-8?q?Hi=0A=2E=0AMAIL_FROM=3A?=",
    "=?utf-7?q?+AAo-X?=",
]


@pytest.mark.parametrize("title", ENCODED)
def test_what_somebody_typed_encoded_is_no_header(title, monkeypatch):
    with running() as server:
        assert gateway(server).send(replace(MAIL, subject=f"Sara: {title}")).answer is Answer.TAKEN
        (mail,), (content,) = server.mails, server.taken
        assert mail["Subject"] == f"Sara: {title}".replace("=?", "= ?")
        assert mail.keys() == server_keys() and mail.get_body(("plain",)).get_content() == MAIL.text.replace(
            "\n", "\r\n"
        )
        assert content.count(b"\r") == content.count(b"\n") == content.count(b"\r\n")
        # What a library lets through all the same is not sent.
        monkeypatch.setattr(SmtpGateway, "_compose", composed_with(title))
        assert gateway(server).send(MAIL).answer is Answer.REFUSED
        assert len(server.mails) == 1


def server_keys():
    return ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]


def composed_with(title):
    compose = SmtpGateway._compose

    def _compose(self, message):
        mail = compose(self, message)
        mail.replace_header("Subject", title)
        return mail

    return _compose


@pytest.mark.parametrize("address", [f"{local}@example.com" for local in ("=?utf-8?q?a=3Ee?=", "=?utf-8?q?a=0Ab?=")])
def test_an_address_that_looks_encoded_is_none(address):
    with pytest.raises(ValueError):
        addresses.parse(address)


@pytest.mark.parametrize(
    "text",
    ["..\r\n.\r\nRCPT TO:<x@evil.example>\r\n", ".\n", "a\n.\nb\n", "x" * 3000 + "\n"],
    ids=lambda text: f"{len(text)} letters",
)
def test_no_text_ends_a_mail_before_its_end(text):
    with running() as server:
        assert gateway(server).send(replace(MAIL, text=text)).answer is Answer.TAKEN
    (mail,) = server.mails
    assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n") == text.replace("\r\n", "\n")
    assert [line for line in server.said if line.startswith("RCPT")] == ["RCPT TO:<sara@example.org>"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": "Hello\r\nBcc: everybody@example.org"},
        {"subject": "Hello\nBcc: everybody@example.org"},
        {"to": "sara@example.org\r\nBcc: everybody@example.org"},
        {"idempotency_key": "7>\r\nBcc: <everybody@example.org"},
    ],
)
def test_no_header_is_smuggled_in(wrong):
    with running() as server:
        assert gateway(server).send(replace(MAIL, **wrong)).answer is Answer.REFUSED
    assert server.taken == [] and not any("everybody" in line for line in server.said)


@pytest.mark.parametrize(
    ("at", "says", "means"),
    [
        ("CONNECT", "421 too busy", Answer.RETRY),
        ("CONNECT", "554 not you", Answer.RETRY),
        ("CONNECT", HANG_UP, Answer.RETRY),
        ("EHLO", HANG_UP, Answer.RETRY),
        ("MAIL", "451 later", Answer.RETRY),
        ("MAIL", "550 not from you", Answer.RETRY),
        ("RCPT", "450 mailbox busy", Answer.RETRY),
        ("RCPT", "550 nobody of that name", Answer.REFUSED),
        ("RCPT", HANG_UP, Answer.RETRY),
        ("DATA", "452 no room", Answer.RETRY),
        ("DATA", "554 no", Answer.REFUSED),
        ("DOT", "451 later", Answer.RETRY),
        ("DOT", "554 spam", Answer.REFUSED),
        ("DOT", HANG_UP, Answer.UNKNOWN),
        ("DOT", "nonsense", Answer.UNKNOWN),
    ],
)
def test_what_an_answer_means(at, says, means):
    with running(answers={at: says}) as server:
        outcome = gateway(server).send(MAIL)
    assert (outcome.answer, server.taken) == (means, [])
    assert outcome.error and len(outcome.error) <= smtp.ERROR_LENGTH


def test_a_server_that_hangs_is_left_before_the_lease_ends(monkeypatch):
    assert LEASE.total_seconds() > smtp.MOST_SECONDS + smtp.STEP_SECONDS
    monkeypatch.setattr(smtp, "STEP_SECONDS", 0.2)
    for at, means in (("CONNECT", Answer.RETRY), ("RCPT", Answer.RETRY), ("DOT", Answer.UNKNOWN)):
        with running(delays={at: 0.6}) as server:
            assert gateway(server).send(MAIL).answer is means


def test_a_slow_server_does_not_get_more_time_than_there_is(monkeypatch):
    monkeypatch.setattr(smtp, "MOST_SECONDS", 0.3)
    with running(delays={"CONNECT": 0.1, "EHLO": 0.1, "MAIL": 0.2, "RCPT": 0.2}) as server:
        began = time.monotonic()
        assert gateway(server).send(MAIL).answer is Answer.RETRY
    assert time.monotonic() - began < 5 and server.taken == []


def test_nobody_there():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        nobody = SmtpGateway("127.0.0.1", port, security="none", sender="a@hampa.example")
        assert nobody.send(MAIL).answer is Answer.RETRY


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_over_tls_with_a_name_and_a_password(security, tmp_path, monkeypatch):
    context, trusted = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with running(**{security: context}, users={"hampa": "s3cret"}) as server:
        known = gateway(server, security, user="hampa", password="s3cret").send(MAIL)
        unknown = gateway(server, security, user="hampa", password="other").send(MAIL)
    assert (known.answer, unknown.answer) == (Answer.TAKEN, Answer.RETRY)
    assert len(server.taken) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_nothing_is_said_to_a_server_that_can_t_prove_who_it_is(security, tmp_path):
    context, _trusted = certificate(tmp_path)
    with running(**{security: context}, users={"hampa": "s3cret"}) as server:
        outcome = gateway(server, security, user="hampa", password="s3cret").send(MAIL)
    assert outcome.answer is Answer.RETRY
    assert not any(line.startswith(("AUTH", "MAIL", "RCPT")) for line in server.said)


def test_without_the_tls_that_was_asked_for_nothing_is_sent():
    with running() as server:
        assert gateway(server, "starttls").send(MAIL).answer is Answer.RETRY
    assert not any(line.startswith("MAIL") for line in server.said)


@pytest.mark.parametrize("at", ["CONNECT", "EHLO", "DOT"])
def test_a_server_that_answers_letter_by_letter_is_left(at, monkeypatch):
    monkeypatch.setattr(smtp, "MOST_SECONDS", 0.3)
    with running(drips=frozenset({at})) as server:
        began = time.monotonic()
        outcome = gateway(server).send(MAIL)
    assert outcome.answer is (Answer.UNKNOWN if at == "DOT" else Answer.RETRY)
    assert time.monotonic() - began < 5, "each letter came in time"
