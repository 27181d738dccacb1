"""Plans, subscriptions and payments."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.payments import sandbox
from hampa.subscriptions.models import (
    ACTIVE,
    ALLOWANCES,
    FREE,
    OPEN,
    STARTED,
    Payment,
    Subscription,
    SubscriptionChange,
    SubscriptionPlan,
)
from tests.factories.base import made, number
from tests.factories.people import make_person


def make_plan(code: str = "", **given: Any) -> SubscriptionPlan:
    """Make a plan of a month that is sold and allows everything."""
    nth = number()
    values: dict[str, Any] = {
        "code": code or f"plan-{nth}",
        "name_fa": "یک‌ماهه",
        "name_en": "A month",
        "price": 990_000,
        "currency": "IRR",
        "months": 1,
    }
    return made(SubscriptionPlan, **values | dict.fromkeys(ALLOWANCES) | given)


def make_free_plan(**allowances: int | None) -> SubscriptionPlan:
    """Make the plan of everybody else, which limits what is given."""
    values = {"name_fa": "رایگان", "name_en": "Free", "price": 0, "months": None}
    return make_plan(FREE, **values | allowances)


def make_subscription(person: Person | None = None, plan: SubscriptionPlan | None = None, **given: Any) -> Subscription:
    """Make a subscription that runs for two more weeks, with its row in the history."""
    plan, now = plan or make_plan(), clock.now()
    values: dict[str, Any] = {
        "person_id": (person or make_person()).id,
        "plan_id": plan.id,
        "state": ACTIVE,
        "starts_at": now - timedelta(days=16),
        "ends_at": now + timedelta(days=14),
        "price": plan.price,
        "currency": plan.currency,
        "months": plan.months or 1,
        "allowances": plan.allowances,
    }
    subscription = made(Subscription, **values | given)
    made(
        SubscriptionChange,
        subscription_id=subscription.id,
        change=STARTED,
        state=subscription.state,
        ends_at=subscription.ends_at,
    )
    return subscription


def make_payment(person: Person | None = None, plan: SubscriptionPlan | None = None, **given: Any) -> Payment:
    """Make a payment that is at the gateway."""
    plan, nth = plan or make_plan(), number()
    values: dict[str, Any] = {
        "person_id": (person or make_person()).id,
        "plan_id": plan.id,
        "plan_name_fa": plan.name_fa,
        "plan_name_en": plan.name_en,
        "months": plan.months,
        "amount": plan.price,
        "currency": plan.currency,
        "state": OPEN,
        "gateway": "sandbox",
        "gateway_id": f"gateway-{nth}",
        "checkout_url": f"http://localhost:5000/dev/pay/gateway-{nth}",
        "next_check_at": clock.now() + timedelta(minutes=5),
    }
    return made(Payment, **values | given)


def make_paid(person: Person | None = None, plan: SubscriptionPlan | None = None, **given: Any) -> Payment:
    """Make a payment with a receipt."""
    values: dict[str, Any] = {"state": "PAID", "number": number(), "paid_at": clock.now(), "next_check_at": None}
    return make_payment(person, plan, **values | given)


SUBSCRIPTION_NAMES = {"subscription_id", "payment_id", "subscription_plan_id", "plan_code", "charge_id"}
"""The placeholders of routes for which `subscription_values` has values."""


def subscription_values(owner: Person) -> dict[str, Any]:
    """Return what stands for placeholders of routes: a plan that nobody had, and what the owner has and paid."""
    spare = db.session.scalar(select(SubscriptionPlan).where(SubscriptionPlan.code == "spare")) or make_plan("spare")
    plan = db.session.scalar(select(SubscriptionPlan).where(SubscriptionPlan.code == "month")) or make_plan("month")
    mine = db.session.scalar(select(Subscription).where(Subscription.person_id == owner.id))
    subscription = mine or make_subscription(owner, plan)
    paid = db.session.scalar(select(Payment).where(Payment.person_id == owner.id))
    payment = paid or make_paid(owner, plan, subscription_id=subscription.id)
    charge = {"amount": plan.price, "currency": plan.currency, "words": plan.name_en, "state": sandbox.OPEN}
    sandbox.keep("charge", charge | {"return_url": f"http://localhost:5000/subscription/return/{payment.id}"})
    return {
        "subscription_id": subscription.id,
        "payment_id": payment.id,
        "subscription_plan_id": spare.id,
        "plan_code": plan.code,
        "charge_id": "charge",
    }


def subscription_of_quince(person: Person, friend: Person) -> None:
    """Make a subscription that the person was given and pays for, and one of a friend's that they gave and gave back."""
    plan = make_plan()
    subscription = make_subscription(person, plan)
    make_paid(person, plan, subscription_id=subscription.id, refund_reason="quince")
    theirs = make_subscription(friend, plan)
    paid = make_paid(friend, plan, subscription_id=theirs.id, refunded_by_id=person.id)
    made(
        SubscriptionChange,
        subscription_id=theirs.id,
        change="given",
        state=theirs.state,
        actor_id=person.id,
        payment_id=paid.id,
    )
