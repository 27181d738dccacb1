"""Adapters of gateways of payments, against servers that answer as their documentation says."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator

import pytest

from hampa.platform.payments import base
from hampa.platform.payments.base import Charge, GatewayDown, GatewayRefused, Says as Said, Unsigned
from hampa.platform.payments.stripe_checkout import StripeGateway
from hampa.platform.payments.zarinpal import ZarinpalGateway
from hampa.platform.sms import http
from tests.payment_servers import Stripe, Zarinpal
from tests.sms_servers import Says, running

BACK = "http://localhost:5000/subscription/return/1"


@pytest.fixture
def zarinpal() -> Iterator[tuple[Zarinpal, ZarinpalGateway]]:
    with running(Zarinpal()) as server:
        gateway = ZarinpalGateway(server.merchant, url=server.url)
        yield server, gateway
        gateway.close()


@pytest.fixture
def stripe() -> Iterator[tuple[Stripe, StripeGateway]]:
    with running(Stripe()) as server:
        gateway = StripeGateway(server.key, server.webhook_secret, url=server.url)
        yield server, gateway
        gateway.close()


def charge(amount: int = 990_000, currency: str = "IRR") -> Charge:
    return Charge(uuid.uuid4(), amount, currency, "همپا: یک‌ماهه", BACK)


def test_zarinpal_takes_a_charge_on_and_confirms_it_once(zarinpal):
    server, gateway = zarinpal
    checkout = gateway.start(charge())
    asked = server.asked[-1].fields
    assert checkout.url == f"{server.url}/pg/StartPay/{checkout.gateway_id}"
    assert (asked["amount"], asked["currency"], asked["callback_url"]) == (990_000, "IRR", BACK)
    verify = lambda amount=990_000: gateway.verify(checkout.gateway_id, amount, "IRR")  # noqa: E731
    assert verify().says is Said.OPEN, "still at the bank"
    server.pay(checkout.gateway_id)
    assert verify(1).says is Said.DIFFERENT
    assert verify() == verify() == base.Verdict(Said.PAID, "201"), "confirmed, and confirmed before"
    server.pay(checkout.gateway_id, "FAILED")
    assert verify().says is Said.FAILED
    assert gateway.verify("A0", 990_000, "IRR").says is Said.FAILED, "an authority that is none"
    with pytest.raises(GatewayRefused):
        gateway.start(charge(10))


@pytest.mark.parametrize(
    "answer",
    [
        Says(500, "<html>"),
        Says(200, "not json"),
        Says(200, {"data": [], "errors": {"code": -12, "message": "To many attempts"}}),
        Says(200, {"data": {"code": 100}}, cut=True),
        Says(502),
        Says(200, {"data": {}, "errors": []}),
    ],
)
def test_an_answer_that_says_nothing_is_no_answer(zarinpal, stripe, answer: Says):
    server, gateway = zarinpal
    checkout = gateway.start(charge())
    server.pay(checkout.gateway_id)
    server.script = [answer]
    with pytest.raises(GatewayDown):
        gateway.verify(checkout.gateway_id, 990_000, "IRR")
    assert gateway.verify(checkout.gateway_id, 990_000, "IRR").says is Said.PAID, "asked again, it is known"
    server, other = stripe
    if answer.status >= 500 or answer.cut:
        server.script = [answer]
        with pytest.raises(GatewayDown):
            other.start(charge(390, "EUR"))


def test_a_gateway_that_drips_is_cut_off(zarinpal, stripe, monkeypatch: pytest.MonkeyPatch):
    for server, kind, currency in ((zarinpal[0], "zarinpal", "IRR"), (stripe[0], "stripe", "EUR")):
        gateway = (
            ZarinpalGateway(server.merchant, url=server.url)
            if kind == "zarinpal"
            else StripeGateway(server.key, server.webhook_secret, url=server.url)
        )
        client = gateway._client if kind == "zarinpal" else gateway._wire._client
        assert client._lines.most_seconds == base.MOST_SECONDS < http.MOST_SECONDS
        client._lines.most_seconds = 0.3
        server.script = [Says(200, {"data": "x" * 5_000}, drips="body")]
        begun = time.monotonic()
        with pytest.raises(GatewayDown):
            gateway.verify("A1", 990_000, currency)
        assert time.monotonic() - begun < 5, "the server would have gone on for fifty seconds"
        gateway.close()


def test_stripe_opens_a_session_and_says_how_it_stands(stripe):
    server, gateway = stripe
    wanted = charge(390, "EUR")
    checkout = gateway.start(wanted)
    assert gateway.start(wanted) == checkout, "the key makes the same of a second try"
    asked = server.asked[0].fields
    assert (asked["mode"], asked["client_reference_id"], asked["success_url"]) == ("payment", str(wanted.id), BACK)
    assert int(asked["expires_at"]) > time.time() + 1_800
    verify = lambda: gateway.verify(checkout.gateway_id, 390, "EUR")  # noqa: E731
    assert verify().says is Said.OPEN
    server.pay(checkout.gateway_id)
    assert verify() == base.Verdict(Said.PAID, "pi_1")
    server.pay(checkout.gateway_id, amount_total=1)
    assert verify().says is Said.DIFFERENT
    server.pay(checkout.gateway_id, payment_status="unpaid", status="expired")
    assert verify().says is Said.FAILED
    gateway.give_back(checkout.gateway_id, "pi_1", "refund-1")
    gateway.give_back(checkout.gateway_id, "pi_1", "refund-2")
    assert server.refunded == ["pi_1"], "given back before is given back"
    with pytest.raises(GatewayRefused):
        gateway.start(charge(10, "EUR"))
    other = StripeGateway("sk_test_wrong", "whsec_x", url=server.url)
    with pytest.raises(GatewayDown):
        other.verify(checkout.gateway_id, 390, "EUR")
    other.close()


def test_stripe_is_known_by_its_signature(stripe):
    from stripe import WebhookSignature

    server, gateway = stripe
    session = {"id": "cs_test_1", "object": "checkout.session"}
    refunded = {"object": "charge", "payment_intent": "pi_1", "refunded": True}

    def body(kind: str, about: dict[str, object]) -> str:
        return json.dumps({"id": "evt_1", "object": "event", "type": kind, "data": {"object": about}})

    def read(text: str, secret: str = server.webhook_secret, **more: int):
        header = WebhookSignature.generate_signature_header(text, secret, **more)
        return gateway.event_of(text.encode(), {"Stripe-Signature": header})

    assert read(body("checkout.session.completed", session)).gateway_id == "cs_test_1"
    assert read(body("charge.refunded", refunded)) == base.Event(reference="pi_1", given_back=True)
    assert read(body("invoice.paid", session)) == base.Event()
    for text, more in (
        (body("checkout.session.completed", session), {"secret": "whsec_another"}),
        (body("checkout.session.completed", session), {"timestamp": int(time.time()) - 3_600}),
        ("no json", {}),
        ('{"object": "event"}', {}),
    ):
        with pytest.raises(Unsigned):
            read(text, **more)
    with pytest.raises(Unsigned):
        gateway.event_of(b"{}", {})
