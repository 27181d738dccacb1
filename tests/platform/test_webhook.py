"""The operator's own gateway: what is posted, and what each answer means."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from hampa.outbox.models import LEASE
from hampa.platform.delivery.base import Answer, SmsMessage
from hampa.platform.sms import http
from hampa.platform.sms.webhook import WebhookGateway
from tests import sms_gateway
from tests.sms_gateway import Call, Reply, SmsGateway

MESSAGE = SmsMessage(
    to="+989121234567",
    text="کد تو: 123456",
    template="auth/sms/sign_in_code.txt",
    params={"secret": "123456"},
    purpose="sign_in_code",
    idempotency_key="message-1",
    veiled="کد تو: ••••••",
)


@pytest.fixture
def theirs() -> Iterator[SmsGateway]:
    with sms_gateway.running() as gateway:
        yield gateway


@pytest.fixture
def ours(theirs: SmsGateway) -> Iterator[WebhookGateway]:
    with closing(WebhookGateway(theirs.url, "its-token")) as gateway:
        yield gateway


def test_a_message_is_posted_with_its_template_and_its_proof(theirs: SmsGateway, ours: WebhookGateway) -> None:
    outcome = ours.send(MESSAGE)
    assert (outcome.answer, outcome.provider_id) == (Answer.TAKEN, "from-the-gateway")
    (call,) = theirs.calls
    assert call.body == {
        "id": "message-1",
        "to": "+989121234567",
        "text": "کد تو: 123456",
        "purpose": "sign_in_code",
        "template": "auth/sms/sign_in_code.txt",
        "params": {"secret": "123456"},
    }
    assert call.headers["Authorization"] == "Bearer its-token"
    assert call.headers["Idempotency-Key"] == "message-1"


def test_a_gateway_without_a_token_is_sent_none(theirs: SmsGateway) -> None:
    with closing(WebhookGateway(theirs.url, "")) as ours:
        ours.send(MESSAGE)
    assert "Authorization" not in theirs.calls[0].headers


@pytest.mark.parametrize("body", ["", "thank you", "[]", "{}"])
def test_a_yes_needs_no_words(theirs: SmsGateway, ours: WebhookGateway, body: str) -> None:
    theirs.answer = lambda _call: Reply(202, body)
    outcome = ours.send(MESSAGE)
    assert (outcome.answer, outcome.provider_id) == (Answer.TAKEN, None)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (400, Answer.REFUSED),
        (404, Answer.REFUSED),
        (422, Answer.REFUSED),
        (301, Answer.RETRY),
        (401, Answer.RETRY),
        (403, Answer.RETRY),
        (429, Answer.RETRY),
        (503, Answer.RETRY),
        (408, Answer.UNKNOWN),
        (500, Answer.UNKNOWN),
        (502, Answer.UNKNOWN),
        (504, Answer.UNKNOWN),
    ],
)
def test_each_status_means_what_is_documented(
    theirs: SmsGateway, ours: WebhookGateway, status: int, answer: Answer
) -> None:
    theirs.answer = lambda _call: Reply(status, "because", {"Location": "/elsewhere"})
    outcome = ours.send(MESSAGE)
    assert (outcome.answer, outcome.error) == (answer, f"answered {status}: because")


@pytest.mark.parametrize(("given", "seconds"), [("120", 120.0), ("0", 0.0), ("soon", None), ("۱۲", None), ("-5", None)])
def test_the_gateway_may_say_when_to_come_again(
    theirs: SmsGateway, ours: WebhookGateway, given: str, seconds: float | None
) -> None:
    theirs.answer = lambda _call: Reply(429, headers={"Retry-After": given.encode().decode("latin-1")})
    assert ours.send(MESSAGE).retry_after == seconds


def test_without_a_connection_it_surely_was_not_taken() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with closing(WebhookGateway(f"http://127.0.0.1:{nobody.getsockname()[1]}/", "")) as ours:
            assert ours.send(MESSAGE).answer is Answer.RETRY


def test_a_gateway_that_hangs_may_have_taken_it(
    theirs: SmsGateway, ours: WebhookGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = threading.Event()

    def hang(_call: Call) -> Reply:
        heard.wait(10)
        return Reply()

    theirs.answer = hang
    monkeypatch.setattr(ours._client, "timeout", httpx.Timeout(0.1))
    outcome = ours.send(MESSAGE)
    heard.set()
    assert (outcome.answer, outcome.error) == (Answer.UNKNOWN, "no answer: ReadTimeout")


def test_a_gateway_that_hangs_up_may_have_taken_it(theirs: SmsGateway, ours: WebhookGateway) -> None:
    def hang_up(_call: Call) -> Reply:
        raise ConnectionError

    theirs.answer = hang_up
    assert ours.send(MESSAGE).answer is Answer.UNKNOWN


def test_a_call_ends_well_before_its_lease() -> None:
    longest = sum(filter(None, http.TIMEOUT.as_dict().values()))
    assert longest * 2 < LEASE.total_seconds(), "of two gateways the second takes over"
