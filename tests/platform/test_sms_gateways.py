"""sms.ir, Kavenegar and Twilio: what they are sent, and what each of their answers means."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from hampa.platform.delivery.base import Answer, Fault, SmsMessage
from hampa.platform.sms.kavenegar import KavenegarGateway
from hampa.platform.sms.smsir import SmsirGateway
from hampa.platform.sms.twilio import TwilioGateway
from tests.sms_servers import Kavenegar, Says, Service, Smsir, Twilio, running

TEXT = SmsMessage(
    to="+989121234567",
    text="فردا ۶:۰۰، دور دریاچه",
    template="runs/notices/run_changed.txt",
    params={"subject": "7"},
    purpose="run_changed",
    idempotency_key="0190a1b2-0000-7000-8000-000000000001",
    veiled="فردا ۶:۰۰، دور دریاچه",
)
CODE = replace(
    TEXT,
    text="کد تو: ۳۱۴۱۵۹",
    template="auth/sms/sign_in_code.txt",
    params={"host": "hampa.example", "secret": "314159"},
    purpose="sign_in_code",
    veiled="کد تو: ••••••",
    valid_seconds=300,
)
TO_BERLIN = {"to": "+4915735981234"}


@dataclass
class Both:
    """A service, and our client of it."""

    theirs: Any
    ours: Any


def both(name: str, **options: Any) -> Any:
    """Return a context manager of a service and our client."""

    class Context:
        def __enter__(self) -> Both:
            self._stack = ExitStack()
            kinds = {"smsir": Smsir, "kavenegar": Kavenegar, "twilio": Twilio}
            service = self._stack.enter_context(running(kinds[name]()))
            return Both(service, self._stack.enter_context(closing(client(service, **options))))

        def __exit__(self, *_error: object) -> None:
            self._stack.close()

    return Context()


def client(service: Service, **options: Any) -> Any:
    """Return our client of a service, with the right settings unless others are given."""
    if isinstance(service, Smsir):
        values = {"key": service.key, "line": service.line, "code_template": f"{service.template}:{service.parameter}"}
        return SmsirGateway(**values | options, url=service.url)
    if isinstance(service, Kavenegar):
        values = {"key": service.key, "sender": service.sender, "code_template": service.template}
        return KavenegarGateway(**values | options, url=service.url)
    assert isinstance(service, Twilio)
    values = {"account": service.account, "token": service.token, "sender": service.sender}
    receipts = {"receipts_url": "https://hampa.example/gateways/twilio/receipts"}
    return TwilioGateway(**values | receipts | options, url=service.url)


NAMES = ("smsir", "kavenegar", "twilio")
every = pytest.mark.parametrize("name", NAMES)


@pytest.fixture
def smsir() -> Iterator[Both]:
    with both("smsir") as pair:
        yield pair


@pytest.fixture
def kavenegar() -> Iterator[Both]:
    with both("kavenegar") as pair:
        yield pair


@pytest.fixture
def twilio() -> Iterator[Both]:
    with both("twilio") as pair:
        yield pair


def verdict(outcome: Any) -> tuple[Answer, Fault]:
    return outcome.answer, outcome.cause


# What is sent


def test_smsir_gets_a_text_for_a_line_and_a_code_for_a_template(smsir: Both) -> None:
    text, code = smsir.ours.send(TEXT), smsir.ours.send(CODE)
    assert [outcome.answer for outcome in (text, code)] == [Answer.TAKEN] * 2
    assert {text.provider_id, code.provider_id} == {"8792343", "8792344"}
    sent, verified = smsir.theirs.asked
    assert (sent.path, sent.fields) == (
        "/v1/send/bulk",
        {"lineNumber": 30007732904, "messageText": TEXT.text, "mobiles": ["9121234567"]},
    )
    assert (verified.path, verified.fields) == (
        "/v1/send/verify",
        {"mobile": "9121234567", "templateId": 123456, "parameters": [{"name": "CODE", "value": "314159"}]},
    )


def test_smsir_is_not_asked_to_deliver_abroad(smsir: Both) -> None:
    assert verdict(smsir.ours.send(replace(TEXT, **TO_BERLIN))) == (Answer.REFUSED, Fault.MESSAGE)
    assert smsir.theirs.asked == []


def test_kavenegar_gets_a_text_with_our_id_and_a_code_for_a_template(kavenegar: Both) -> None:
    first, again = kavenegar.ours.send(TEXT), kavenegar.ours.send(TEXT)
    assert first.answer is Answer.TAKEN and first.provider_id == again.provider_id, "it knows it by our id"
    other = kavenegar.ours.send(replace(TEXT, idempotency_key="another", **TO_BERLIN))
    assert other.provider_id != first.provider_id
    code = kavenegar.ours.send(CODE)
    assert code.answer is Answer.TAKEN
    sent, abroad, looked_up = kavenegar.theirs.asked[0], kavenegar.theirs.asked[2], kavenegar.theirs.asked[3]
    assert {name: sent.fields[name] for name in ("receptor", "message", "sender")} == {
        "receptor": "09121234567",
        "message": TEXT.text,
        "sender": "10004346",
    }
    assert abroad.fields["receptor"] == "004915735981234"
    assert looked_up.path.endswith("/verify/lookup.json")
    assert looked_up.fields == {"receptor": "09121234567", "token": "314159", "template": "hampa-code"}


def test_twilio_gets_a_form_and_an_address_for_its_receipts(twilio: Both) -> None:
    outcome = twilio.ours.send(replace(CODE, **TO_BERLIN))
    assert outcome.answer is Answer.TAKEN and outcome.provider_id.startswith("SM")
    (asked,) = twilio.theirs.asked
    assert asked.fields == {
        "To": "+4915735981234",
        "From": Twilio.sender,
        "Body": CODE.text,
        "StatusCallback": f"https://hampa.example/gateways/twilio/receipts?message={CODE.idempotency_key}",
        "ValidityPeriod": "300",
    }


def test_twilio_sends_by_a_messaging_service_and_asks_for_no_receipts_where_it_can_bring_none() -> None:
    with both("twilio", sender="MG123", receipts_url="http://127.0.0.1:5000/x") as pair:
        assert pair.ours.send(TEXT).answer is Answer.TAKEN
        assert pair.theirs.asked[0].fields.keys() == {"To", "MessagingServiceSid", "Body"}


@every
def test_a_code_goes_as_text_where_no_template_is_set(name: str) -> None:
    with both(name, **({} if name == "twilio" else {"code_template": ""})) as pair:
        assert pair.ours.send(CODE).answer is Answer.TAKEN
        assert CODE.text in pair.theirs.asked[0].fields.values()


# What the answers mean


@every
def test_an_account_without_credit_is_the_account_s_fault(name: str) -> None:
    with both(name) as pair:
        pair.theirs.credit = 0
        for message in (TEXT, CODE):
            assert verdict(pair.ours.send(message)) == (Answer.RETRY, Fault.ACCOUNT)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("smsir", {"key": "wrong"}, TEXT),
        ("smsir", {"line": "1"}, TEXT),
        ("smsir", {"code_template": "1:CODE"}, CODE),
        ("smsir", {"code_template": "123456:OTHER"}, CODE),
        ("kavenegar", {"key": "wrong"}, TEXT),
        ("kavenegar", {"sender": "1"}, TEXT),
        ("kavenegar", {"code_template": "other"}, CODE),
        ("twilio", {"token": "wrong"}, TEXT),
        ("twilio", {"sender": "+1"}, TEXT),
    ],
)
def test_a_wrong_setting_is_the_account_s_fault(name: str, options: dict[str, str], message: SmsMessage) -> None:
    with both(name, **options) as pair:
        outcome = pair.ours.send(message)
        assert verdict(outcome) == (Answer.RETRY, Fault.ACCOUNT)
        assert not set(options.values()) & {"wrong"} or "wrong" not in (outcome.error or "")


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("smsir", "+98" + Smsir.blacklist),
        ("kavenegar", "+98" + Kavenegar.blocked[1:]),
        ("twilio", Twilio.unsubscribed),
        ("twilio", Twilio.landline),
        ("twilio", "+49157"),
    ],
)
def test_a_number_that_is_refused_is_the_message_s_fault(name: str, number: str) -> None:
    with both(name) as pair:
        assert verdict(pair.ours.send(replace(TEXT, to=number))) == (Answer.REFUSED, Fault.MESSAGE)


def smsir_says(status: int, http: int = 400) -> Says:
    return Says(http, {"status": status, "message": "…", "data": None})


def kavenegar_says(status: int) -> Says:
    return Says(status, {"return": {"status": status, "message": "…"}, "entries": None})


def twilio_says(http: int, code: int, **headers: str) -> Says:
    return Says(http, {"code": code, "message": "…", "status": http}, headers)


@pytest.mark.parametrize(
    ("name", "says", "answer", "fault"),
    [
        *(("smsir", smsir_says(code), Answer.RETRY, Fault.ACCOUNT) for code in (11, 12, 13, 14, 15, 119, 123, 124)),
        *(("smsir", smsir_says(code), Answer.REFUSED, Fault.MESSAGE) for code in (16, 103, 104, 114, 115, 117)),
        ("smsir", smsir_says(20, 429), Answer.RETRY, Fault.LIMIT),
        ("smsir", smsir_says(0), Answer.RETRY, Fault.MESSAGE),
        ("smsir", smsir_says(0, 500), Answer.UNKNOWN, Fault.GATEWAY),
        *(("kavenegar", kavenegar_says(code), Answer.RETRY, Fault.ACCOUNT) for code in (401, 407, 412, 418, 424, 432)),
        *(("kavenegar", kavenegar_says(code), Answer.REFUSED, Fault.MESSAGE) for code in (411, 413, 414, 422, 431)),
        *(("kavenegar", kavenegar_says(code), Answer.RETRY, Fault.GATEWAY) for code in (402, 409)),
        ("kavenegar", kavenegar_says(451), Answer.RETRY, Fault.LIMIT),
        ("kavenegar", kavenegar_says(499), Answer.RETRY, Fault.MESSAGE),
        ("twilio", twilio_says(429, 20429), Answer.RETRY, Fault.LIMIT),
        ("twilio", twilio_says(400, 21611), Answer.RETRY, Fault.LIMIT),
        ("twilio", twilio_says(401, 10001), Answer.RETRY, Fault.ACCOUNT),
        ("twilio", twilio_says(400, 21408), Answer.RETRY, Fault.ACCOUNT),
        *(("twilio", twilio_says(400, code), Answer.REFUSED, Fault.MESSAGE) for code in (21211, 21610, 21612, 21614)),
        ("twilio", twilio_says(400, 29999), Answer.RETRY, Fault.MESSAGE),
        ("twilio", twilio_says(500, 20500), Answer.UNKNOWN, Fault.GATEWAY),
    ],
)
def test_each_error_means_what_is_documented(name: str, says: Says, answer: Answer, fault: Fault) -> None:
    with both(name) as pair:
        pair.theirs.script = [says]
        assert verdict(pair.ours.send(TEXT)) == (answer, fault)


@every
@pytest.mark.parametrize(
    ("says", "answer", "fault"),
    [
        (Says(503, "<h1>Service Unavailable</h1>"), Answer.RETRY, Fault.GATEWAY),
        (Says(502, "<h1>Bad Gateway</h1>"), Answer.UNKNOWN, Fault.GATEWAY),
        (Says(504), Answer.UNKNOWN, Fault.GATEWAY),
        (Says(429, "slow down"), Answer.RETRY, Fault.LIMIT),
        (Says(403, "blocked"), Answer.RETRY, Fault.ACCOUNT),
        (Says(302, "", {"Location": "/elsewhere"}), Answer.RETRY, Fault.ACCOUNT),
        (Says(200, "{'status': 1"), Answer.UNKNOWN, Fault.GATEWAY),
        (Says(200, "[]"), Answer.UNKNOWN, Fault.GATEWAY),
        (Says(200, ""), Answer.UNKNOWN, Fault.GATEWAY),
        (Says(200, '{"status": 1, "return": {"sta', cut=True), Answer.UNKNOWN, Fault.GATEWAY),
    ],
)
def test_an_answer_that_is_not_the_service_s_own_is_read_by_its_status(
    name: str, says: Says, answer: Answer, fault: Fault
) -> None:
    with both(name) as pair:
        pair.theirs.script = [says]
        assert verdict(pair.ours.send(TEXT)) == (answer, fault)


@every
def test_a_service_may_say_when_to_come_again(name: str) -> None:
    limits = {"smsir": smsir_says(20, 429), "kavenegar": kavenegar_says(451), "twilio": twilio_says(429, 20429)}
    with both(name) as pair:
        pair.theirs.script = [replace(limits[name], headers={"Retry-After": "17"})]
        assert pair.ours.send(TEXT).retry_after == 17.0


@every
def test_a_service_that_hangs_or_hangs_up_may_have_taken_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = threading.Event()

    def hang(_asked: object) -> None:
        heard.wait(10)

    def hang_up(_asked: object) -> None:
        raise ConnectionError

    with both(name) as pair:
        monkeypatch.setattr(pair.ours._client, "timeout", httpx.Timeout(0.1))
        pair.theirs.before = hang
        outcome = pair.ours.send(CODE)
        heard.set()
        assert (verdict(outcome), outcome.error) == ((Answer.UNKNOWN, Fault.GATEWAY), "no answer: ReadTimeout")
        pair.theirs.before = hang_up
        assert verdict(pair.ours.send(CODE)) == (Answer.UNKNOWN, Fault.GATEWAY)


@every
def test_a_service_that_answers_letter_by_letter_is_left(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hampa.platform.sms.http.MOST_SECONDS", 0.3)
    with both(name) as pair:
        for part in ("head", "body"):
            pair.theirs.script = [Says(200, {"x": "y" * 2_000}, drips=part)]
            began = time.monotonic()
            outcome = pair.ours.send(CODE)
            assert (outcome.answer, outcome.fault) == (Answer.UNKNOWN, Fault.GATEWAY), part
            assert time.monotonic() - began < 5, "each letter came in time"
        assert pair.ours.send(CODE).answer is Answer.TAKEN, "the next one is sent by another connection"


@every
def test_no_more_is_read_of_an_answer_than_anybody_needs(name: str) -> None:
    with both(name) as pair:
        pair.theirs.script = [Says(200, "x" * 3_000_000)]
        assert pair.ours.send(CODE).answer is Answer.UNKNOWN


@every
def test_without_a_connection_it_surely_was_not_taken_and_no_key_is_told(name: str) -> None:
    with both(name) as pair:
        closed = pair.theirs
    ours = client(closed)
    outcome = ours.send(TEXT)
    ours.close()
    assert verdict(outcome) == (Answer.RETRY, Fault.GATEWAY)
    assert getattr(closed, "key", "twilio-token") not in (outcome.error or "")
