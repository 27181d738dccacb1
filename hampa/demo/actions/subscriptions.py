"""The plans of the demo, and one who has a subscription, where they are sold."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from hampa.demo.actions.people import demo_id
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.subscriptions.actions.granting import grant
from hampa.subscriptions.actions.seeds import ensure_first_plans
from hampa.subscriptions.models import PAID, RECEIPT_NUMBERS, Payment, SubscriptionPlan
from hampa.subscriptions.queries.allowances import is_on
from hampa.subscriptions.queries.subscriptions import running_subscription

BOUGHT = timedelta(days=12)


def make_subscriptions(subscriber_phone: str) -> None:
    """Make the first plans, and let one of the demo's people have paid for a month, if they never had one."""
    if not is_on():
        return
    ensure_first_plans()
    person = db.session.scalar(select(Person).where(Person.phone == subscriber_phone))
    plan = db.session.scalar(select(SubscriptionPlan).where(SubscriptionPlan.code == "month"))
    payment_id = demo_id("subscription-payment", 0)
    if person is None or plan is None or running_subscription(person.id) is not None:
        return
    row = {
        "id": payment_id,
        "person_id": person.id,
        "plan_id": plan.id,
        "plan_name_fa": plan.name_fa,
        "plan_name_en": plan.name_en,
        "months": plan.months,
        "amount": plan.price,
        "currency": plan.currency,
        "state": PAID,
        "gateway": "sandbox",
        "gateway_id": f"demo-{payment_id}",
        "reference": "demo",
        "number": db.session.scalar(select(RECEIPT_NUMBERS.next_value())),
        "paid_at": clock.now() - BOUGHT,
    }
    if db.session.scalar(insert(Payment).values(**row).on_conflict_do_nothing().returning(Payment.id)) is None:
        return
    payment = db.session.get_one(Payment, payment_id)
    subscription, payment.granted_seconds = grant(person, plan, months=plan.months, payment=payment)
    payment.subscription_id = subscription.id
