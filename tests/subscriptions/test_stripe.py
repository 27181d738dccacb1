"""Stripe over HTTP: webhooks before the return, ten times, and forged; money given back on its own pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.payments.gateways import use_payment_gateway
from hampa.platform.payments.stripe_checkout import StripeGateway
from hampa.subscriptions.models import ACTIVE, EXPIRED, OPEN, PAYMENT_REFUNDED
from tests.factories.subscriptions import make_plan
from tests.page import Page
from tests.payment_servers import Stripe
from tests.sms_servers import running
from tests.subscriptions.conftest import HOME, payments_of, subscription_of

HOOK = "/gateways/payments/stripe"


@pytest.fixture
def stripe(app: Flask, db_session: Any) -> Iterator[Stripe]:
    with running(Stripe()) as server:
        gateway = StripeGateway(server.key, server.webhook_secret, url=server.url)
        use_payment_gateway(app, gateway)
        yield server
        use_payment_gateway(app, None)
        gateway.close()


def call(page: Page, kind: str, about: dict[str, Any], secret: str = Stripe.webhook_secret) -> int:
    """Call the webhook as Stripe does, and return the status of the answer."""
    from stripe import WebhookSignature

    body = json.dumps({"id": "evt_1", "object": "event", "type": kind, "data": {"object": about}})
    headers = {"Stripe-Signature": WebhookSignature.generate_signature_header(body, secret)}
    return page.client.post(HOOK, data=body, content_type="application/json", headers=headers).status_code


def test_webhooks_are_hints_that_may_come_first_and_ten_times(page: Page, owner: Person, stripe: Stripe, work):
    make_plan("month", price=390, currency="EUR")
    mine = page.as_(owner)
    leading = mine.get(f"{HOME}/buy/month", 200).form().submit().follow()
    assert "€3.90" in leading.words and f"{stripe.url}/c/pay/cs_test_1" in leading.links
    session = {"id": "cs_test_1", "object": "checkout.session"}
    assert call(page, "checkout.session.completed", session) == 204
    work()
    assert payments_of(owner)[0].state == OPEN and subscription_of(owner) is None, "a call alone pays nothing"
    stripe.pay("cs_test_1")
    assert call(page, "checkout.session.completed", session, "whsec_forged") == 403
    assert [call(page, "checkout.session.completed", session) for _time in range(10)] == [204] * 10
    work()
    ends_at = subscription_of(owner).ends_at
    assert (
        subscription_of(owner).state == ACTIVE
        and "Receipt" in mine.get(f"{HOME}/return/{payments_of(owner)[0].id}").follow().words
    )
    assert call(page, "checkout.session.completed", {**session, "id": "cs_another"}) == 204
    assert subscription_of(owner).ends_at == ends_at and len(payments_of(owner)) == 1
    # Given back on Stripe's own pages: the time goes with the money.
    refunded = {"object": "charge", "payment_intent": "pi_1", "refunded": True}
    assert [call(page, "charge.refunded", refunded) for _time in range(2)] == [204] * 2
    assert payments_of(owner)[0].state == PAYMENT_REFUNDED and subscription_of(owner).state == EXPIRED
    db.session.rollback()


def test_the_webhook_of_another_gateway_is_not_there(page: Page, db_session: Any):
    assert page.client.post(HOOK, data=b"{}", content_type="application/json").status_code == 404
