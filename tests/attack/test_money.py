"""Who pays, changes plans and asks for the money back, in whatever order, never has time that nobody paid for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.payments.base import Says, Verdict
from hampa.subscriptions.actions import buying, operating
from hampa.subscriptions.models import FAILED, PAID, PAYMENT_REFUNDED, Payment, SubscriptionPlan
from tests.factories.subscriptions import make_payment, make_plan
from tests.subscriptions.conftest import subscription_of
from tests.subscriptions.test_stripe import HOOK, call, stripe  # noqa: F401 - a fixture

A_MONTH = timedelta(days=32)


def buy(person, plan: SubscriptionPlan) -> Payment:
    """Pay for a plan, as the gateway says."""
    payment = make_payment(person, plan)
    buying.settle(payment.id, Verdict(Says.PAID, f"pi_{payment.id}"))
    return payment


def give_back(payment: Payment, operator) -> None:
    operating.refund(operator, payment.id, "asked for it", ends=True)
    db.session.flush()


def test_a_refund_takes_what_the_time_has_become_of_another_plan(owner, companion, stranger, operator):
    dear, cheap = make_plan("dear", price=9_000_000), make_plan("cheap", price=900_000)
    first, _second = buy(owner, dear), buy(owner, cheap)
    assert subscription_of(owner).ends_at - clock.now() > 9 * A_MONTH, "a dear month is worth ten cheap ones"
    give_back(first, operator)
    left = subscription_of(owner).ends_at - clock.now()
    assert timedelta(days=27) < left <= A_MONTH, "the month that was paid for stays, and no more"
    # The other way round: what was paid for and not given back is not taken.
    first, second = buy(companion, cheap), buy(companion, dear)
    give_back(first, operator)
    assert timedelta(days=27) < subscription_of(companion).ends_at - clock.now() <= A_MONTH
    give_back(second, operator)
    assert subscription_of(companion).ends_at - clock.now() < timedelta(seconds=2), "what is whole seconds is taken"
    # Of two payments the one of before is used up first.
    first, second = buy(stranger, cheap), buy(stranger, cheap)
    with clock.frozen(clock.now() + timedelta(days=45)):
        buy(stranger, dear)
        assert [one.granted_seconds > 0 for one in (first, second)] == [False, True]
        assert second.granted_seconds < timedelta(days=2).total_seconds()


def test_money_that_was_given_back_before_we_heard_of_it_buys_nothing(page, owner, stripe, work):  # noqa: F811
    make_plan("month", price=390, currency="EUR")
    page.as_(owner).get("/subscription/buy/month", 200).form().submit().follow()
    session = {"id": "cs_test_1", "object": "checkout.session"}
    stripe.pay("cs_test_1")
    stripe.refunded.append("pi_1")
    refunded = {"object": "charge", "payment_intent": "pi_1", "refunded": True}
    assert call(page, "charge.refunded", refunded) == 204, "the payment that it is of is not known by its intent yet"
    assert call(page, "checkout.session.completed", session) == 204
    work()
    payment = db.session.query(Payment).one()
    db.session.refresh(payment)
    assert (payment.state, subscription_of(owner)) == (FAILED, None)


def test_a_refund_that_names_no_payment_is_of_none(page, owner, stripe):  # noqa: F811
    paid = make_payment(owner, gateway="stripe", state=PAID, number=1, paid_at=clock.now(), next_check_at=None)
    assert paid.reference == ""
    assert call(page, "charge.refunded", {"object": "charge", "payment_intent": None, "refunded": True}) == 204
    db.session.refresh(paid)
    assert paid.state != PAYMENT_REFUNDED


@pytest.mark.parametrize("text", ["cs_\x00", "cs_\ud800", "\x00"])
def test_no_signed_call_names_what_the_database_does_not_store(page, owner, stripe, text: str):  # noqa: F811
    make_payment(owner, gateway="stripe", gateway_id="cs_1")
    for kind in ("checkout.session.completed", "charge.refunded", text):
        about = {"id": text, "object": text, "payment_intent": text, "refunded": True}
        assert call(page, kind, about) == 204
    deep: Any = {}
    for _level in range(400):
        deep = [deep]
    assert call(page, "charge.refunded", {"id": "ch", "refunded": True, "payment_intent": deep}) in (204, 403)


@pytest.mark.parametrize("signature", ["t=1,v1=é", "t=1,v1=\xff", "", "t=,v1=", "v1", "t=nan,v1=a", f"t={10**30},v1=a"])
def test_no_signature_makes_us_stumble(page, stripe, signature: str):  # noqa: F811
    for body in (b"{}", b"[" * 5_000, b"\xff"):
        headers = {"Stripe-Signature": signature}
        answer = page.client.post(HOOK, data=body, content_type="application/json", headers=headers)
        assert answer.status_code == 403
