"""Receipts and SMS from people: only the gateway's own calls count, and each once."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from hampa.notifications.queries.stops import is_stopped
from hampa.outbox import jobs, queries
from hampa.outbox.actions.writing import send_sms
from hampa.outbox.models import OutboxMessage
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.delivery.base import Answer, Outcome
from hampa.platform.jobs import Job
from hampa.platform.sms import inbound
from hampa.platform.sms.callbacks import twilio_signature
from tests.outbox.conftest import ScriptedGateway, fresh, let_die, send, write

TOKEN, SECRET = "twilio-token", "a-secret-of-many-letters-0123456789"
BASE = "https://hampa.example"
SECRETS = {
    "kavenegar": f"/gateways/kavenegar/{SECRET}",
    "smsir": f"/gateways/smsir/{SECRET}",
    "webhook": f"/gateways/webhook/{SECRET}",
}
Given = Callable[..., None]


@pytest.fixture
def given(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Given:
    """Change settings for this test."""

    def change(**values: Any) -> None:
        changed = app.extensions["hampa.settings"].model_copy(update=values)
        monkeypatch.setitem(app.extensions, "hampa.settings", changed)

    change(twilio_token=TOKEN, sms_callback_secret=SECRET, base_url=BASE)
    return change


@pytest.fixture
def client(app: Flask, given: Given, db_session: Session) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def came_in() -> Iterator[list[tuple[str, str, str]]]:
    """Yield what a feature is handed."""
    found: list[tuple[str, str, str]] = []
    handler = inbound.register_inbound(lambda number, text, gateway: found.append((number, text, gateway)))
    yield found
    inbound._handlers.remove(handler)


_ids = itertools.count(1)


def sent(provider: str, gateway: ScriptedGateway, **options: Any) -> OutboxMessage:
    """Return a message that a gateway took under an id of its own."""
    gateway.name, gateway.script = provider, [Outcome(Answer.TAKEN, provider_id=f"{provider}-{next(_ids)}")]
    message = write(**options)
    send()
    assert fresh(message).status == "sent"
    return message


def twilio(client: FlaskClient, what: str, fields: dict[str, str], query: str = "", **more: Any) -> TestResponse:
    """Call as Twilio does."""
    path = f"/gateways/twilio/{what}{query}"
    signature = twilio_signature(BASE + path, fields.items(), more.pop("token", TOKEN)).decode()
    return client.post(path, data=fields | more, headers={"X-Twilio-Signature": signature})


def states(message: OutboxMessage) -> list[str]:
    return [event.what for event in queries.events_of(message.id)]


def calls_of(provider: str, message: OutboxMessage, delivered: bool) -> dict[str, Any]:
    """Return what a provider says of a message, as `client.post` takes it."""
    provider_id = message.provider_id
    return {
        "kavenegar": {"data": {"messageid": provider_id, "status": "10" if delivered else "11"}},
        "smsir": {"json": {"messageId": provider_id, "deliveryState": 1 if delivered else 2}},
        "webhook": {"json": {"id": provider_id, "state": "delivered" if delivered else "undelivered"}},
    }[provider]


def call(client: FlaskClient, provider: str, message: OutboxMessage, delivered: bool) -> TestResponse:
    if provider == "twilio":
        fields = {"MessageSid": str(message.provider_id), "MessageStatus": "delivered" if delivered else "undelivered"}
        return twilio(client, "receipts", fields if delivered else fields | {"ErrorCode": "30005"})
    return client.post(f"{SECRETS[provider]}/receipts", **calls_of(provider, message, delivered))


every = pytest.mark.parametrize("provider", ["twilio", "kavenegar", "smsir", "webhook"])


@every
def test_a_receipt_that_comes_ten_times_counts_once(
    client: FlaskClient, gateway: ScriptedGateway, provider: str
) -> None:
    message = sent(provider, gateway)
    for _ in range(10):
        assert call(client, provider, message, True).status_code == 204
    assert (fresh(message).receipt, message.status) == ("delivered", "sent")
    assert states(message) == ["sent", "delivered"]


@every
def test_what_was_delivered_stays_so_whatever_comes_later(
    client: FlaskClient, gateway: ScriptedGateway, provider: str
) -> None:
    message = sent(provider, gateway)
    for delivered in (False, False, True, False, True):
        call(client, provider, message, delivered)
    assert fresh(message).receipt == "delivered"
    assert states(message) == ["sent", "undelivered", "delivered"]


def test_the_reason_of_a_failure_is_kept(client: FlaskClient, gateway: ScriptedGateway) -> None:
    message = sent("twilio", gateway)
    call(client, "twilio", message, False)
    assert (fresh(message).receipt, message.last_error) == ("undelivered", "not delivered: 30005")
    assert [event.detail for event in queries.events_of(message.id)] == [None, "30005"]


@pytest.mark.parametrize("status", ["accepted", "queued", "sending", "sent", "", "whatever"])
def test_a_message_on_its_way_is_not_yet_anywhere(client: FlaskClient, gateway: ScriptedGateway, status: str) -> None:
    message = sent("twilio", gateway)
    assert (
        twilio(client, "receipts", {"MessageSid": str(message.provider_id), "MessageStatus": status}).status_code == 204
    )
    assert fresh(message).receipt is None


def test_a_forged_receipt_is_refused(client: FlaskClient, gateway: ScriptedGateway, given: Given) -> None:
    message = sent("twilio", gateway)
    fields = {"MessageSid": str(message.provider_id), "MessageStatus": "delivered"}
    wrong = twilio_signature(f"{BASE}/gateways/twilio/messages", fields.items(), TOKEN).decode()
    forged = [
        client.post("/gateways/twilio/receipts", data=fields),
        client.post("/gateways/twilio/receipts", data=fields, headers={"X-Twilio-Signature": "signed"}),
        client.post("/gateways/twilio/receipts", data=fields, headers={"X-Twilio-Signature": wrong}),
        client.post("/gateways/twilio/receipts", json=[], headers={"X-Twilio-Signature": wrong}),
        twilio(client, "receipts", fields, token="another"),
        twilio(client, "receipts", fields, ErrorCode="added"),
        client.post(f"/gateways/twilio/{SECRET}/receipts", data=fields),
        client.post("/gateways/nobody/receipts", data=fields),
        client.post("/gateways/webhook/receipts", data="[" * 200_000, content_type="application/json"),
        client.post(f"/gateways/console/{SECRET}/receipts", data=fields),
    ]
    for provider in SECRETS:
        for path in (f"/gateways/{provider}/receipts", f"/gateways/{provider}/{SECRET[:-1]}/receipts"):
            forged.append(client.post(path, data={"messageid": str(message.provider_id), "status": "10"}))
    assert {answer.status_code for answer in forged} == {403}
    assert fresh(message).receipt is None
    given(twilio_token="", sms_callback_secret="")
    assert twilio(client, "receipts", fields, token="").status_code == 403
    assert client.post("/gateways/kavenegar//receipts", data=fields).status_code in (403, 404)


@pytest.mark.parametrize(
    ("networks", "address", "status"),
    [
        (("192.0.2.0/24",), "192.0.2.7", 204),
        (("192.0.2.0/24",), "::ffff:192.0.2.7", 204),
        (("192.0.2.0/24",), "198.51.100.1", 403),
        ((), "198.51.100.1", 204),
    ],
)
def test_the_secret_may_be_good_from_some_networks_alone(
    client: FlaskClient, gateway: ScriptedGateway, given: Given, networks: tuple[str, ...], address: str, status: int
) -> None:
    message = sent("kavenegar", gateway)
    given(sms_callback_secret=SECRET, sms_callback_networks=networks)
    posted = calls_of("kavenegar", message, True)
    answer = client.post(f"{SECRETS['kavenegar']}/receipts", environ_base={"REMOTE_ADDR": address}, **posted)
    assert answer.status_code == status


def test_one_provider_says_nothing_of_the_messages_of_another(client: FlaskClient, gateway: ScriptedGateway) -> None:
    message = sent("kavenegar", gateway)
    client.post(f"{SECRETS['webhook']}/receipts", json={"id": message.provider_id, "state": "delivered"})
    assert fresh(message).receipt is None


def test_several_receipts_may_come_at_once(client: FlaskClient, gateway: ScriptedGateway) -> None:
    messages = [sent("smsir", gateway) for _ in range(3)]
    client.post(f"{SECRETS['smsir']}/receipts", json=[calls_of("smsir", one, True)["json"] for one in messages])
    assert {fresh(message).receipt for message in messages} == {"delivered"}


def test_a_receipt_that_overtakes_our_own_record_is_kept_for_later(
    client: FlaskClient, gateway: ScriptedGateway
) -> None:
    message = write()
    let_die(message, clock.now() + timedelta(minutes=1))  # a worker has it, and has not recorded the answer
    version = message.version
    fields = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    for _ in range(3):
        assert twilio(client, "receipts", fields, f"?message={message.id}").status_code == 204
    assert (fresh(message).receipt, message.version) == (None, version)
    (job,) = db.session.scalars(select(Job).where(Job.name == "outbox.late_receipt"))
    message.status, message.provider, message.provider_id = "sent", "twilio", "SM1"
    db.session.commit()
    jobs.record_late_receipt(**job.args)
    assert (fresh(message).receipt, states(message)) == ("delivered", ["delivered"])


def test_what_arrived_though_the_answer_was_lost_is_not_sent_again(
    client: FlaskClient, gateway: ScriptedGateway
) -> None:
    gateway.name, gateway.script = "twilio", [Outcome(Answer.UNKNOWN, error="no answer")]
    message = write()
    send()
    assert fresh(message).status == "pending"
    twilio(client, "receipts", {"MessageSid": "SM2", "MessageStatus": "delivered"}, f"?message={message.id}")
    assert (fresh(message).status, message.receipt, message.provider_id) == ("sent", "delivered", "SM2")
    with clock.shifted(timedelta(days=1)):
        assert send() == 0


def test_a_receipt_of_nobody_s_message_is_dropped(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    jobs.record_late_receipt("kavenegar", "1", "delivered", None, "")
    assert "of no message" in caplog.text
    assert db.session.scalar(select(func.count()).select_from(OutboxMessage)) == 0


# SMS from people

INBOUND = {
    "kavenegar": {"data": {"from": "09121234567", "to": "10004346", "message": "لغو", "messageid": "7"}},
    "smsir": {"json": {"mobile": 989121234567, "number": 30007732904, "messageText": "لغو"}},
    "webhook": {"json": {"from": "+989121234567", "text": "لغو"}},
}


@pytest.mark.parametrize("provider", INBOUND)
def test_an_sms_is_handed_to_the_features(
    client: FlaskClient, came_in: list[tuple[str, str, str]], provider: str
) -> None:
    answer = client.post(f"{SECRETS[provider]}/messages", **INBOUND[provider])
    assert answer.status_code == 200
    assert came_in == [("+989121234567", "لغو", provider)]


def test_twilio_s_sms_is_handed_over_and_not_answered(client: FlaskClient, came_in: list[tuple[str, str, str]]) -> None:
    fields = {"From": "+4915735981234", "To": "+4915735980000", "Body": "<b>STOP</b>", "MessageSid": "SM3"}
    answer = twilio(client, "messages", fields)
    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert answer.text == '<?xml version="1.0" encoding="UTF-8"?><Response/>'
    assert came_in == [("+4915735981234", "<b>STOP</b>", "twilio")]


def test_a_forged_sms_is_refused(client: FlaskClient, came_in: list[tuple[str, str, str]]) -> None:
    fields = {"From": "+4915735981234", "Body": "STOP"}
    answers = [
        client.post("/gateways/twilio/messages", data=fields),
        twilio(client, "messages", fields, token="another"),
        client.post("/gateways/kavenegar/guessed/messages", **INBOUND["kavenegar"]),
        client.post("/gateways/smsir/messages", **INBOUND["smsir"]),
    ]
    assert {(answer.status_code, answer.mimetype) for answer in answers} == {(403, "text/plain")}
    assert all("STOP" not in answer.text for answer in answers)
    assert came_in == []


@pytest.mark.parametrize("number", ["", "Hampa", "0", "+1", "\ud800", "9" * 400])
def test_a_sender_without_a_number_is_nobody(
    client: FlaskClient, came_in: list[tuple[str, str, str]], number: str
) -> None:
    answer = client.post(f"{SECRETS['webhook']}/messages", json={"from": number, "text": "STOP"})
    assert (answer.status_code, came_in) == (200, [])


def test_a_number_is_heard_so_often_an_hour(
    client: FlaskClient, came_in: list[tuple[str, str, str]], given: Given
) -> None:
    given(sms_callback_secret=SECRET, sms_inbound_per_number_hour=3)
    for _ in range(5):
        assert client.post(f"{SECRETS['webhook']}/messages", **INBOUND["webhook"]).status_code == 200
    other = {"from": "+989127654321", "text": "STOP"}
    client.post(f"{SECRETS['webhook']}/messages", json=other)
    assert [number for number, _text, _gateway in came_in] == ["+989121234567"] * 3 + ["+989127654321"]
    with clock.shifted(timedelta(hours=1, minutes=1)):
        client.post(f"{SECRETS['webhook']}/messages", **INBOUND["webhook"])
    assert len(came_in) == 5


def test_features_change_things_in_the_transaction_of_the_call(client: FlaskClient) -> None:
    handler = inbound.register_inbound(lambda number, text, _gateway: write_word(number, text))
    try:
        client.post(f"{SECRETS['webhook']}/messages", **INBOUND["webhook"])
    finally:
        inbound._handlers.remove(handler)
    db.session.rollback()
    written = select(OutboxMessage.data).where(OutboxMessage.purpose == "test")
    assert db.session.scalars(written).all() == [{"word": "لغو"}]


def test_whoever_writes_stop_gets_no_more_sms_and_is_told_once(client: FlaskClient) -> None:
    stop = {"from": "+989121234567", "text": "STOP"}
    for _ in range(3):
        client.post(f"{SECRETS['webhook']}/messages", json=stop)
    assert is_stopped("+989121234567")
    assert db.session.scalars(select(OutboxMessage.purpose)).all() == ["sms_stop"]
    client.post(f"{SECRETS['webhook']}/messages", json=stop | {"text": "START"})
    assert not is_stopped("+989121234567")


def write_word(number: str, text: str) -> None:
    send_sms(number, "tests/sms/plain.txt", {"word": text}, purpose="test", key="answer", locale="fa")


def test_the_signature_is_that_of_twilio() -> None:
    """An example that Twilio's libraries are tested with."""
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "From": "+12349013030",
        "To": "+18005551212",
        "Caller": "+12349013030",
        "Digits": "1234",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert twilio_signature(url, fields.items(), "12345") == b"0/KCTR6DLpKmkAf8muzZqo1nDgQ="
    assert twilio_signature(url, reversed(fields.items()), "12345") == b"0/KCTR6DLpKmkAf8muzZqo1nDgQ="
