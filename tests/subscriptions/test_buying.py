"""Buying in every awkward order: what the gateway answers decides, once, whoever comes first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from flask import Flask
from sqlalchemy import func, select

from hampa.notifications.models import Notification
from hampa.people.models import Person
from hampa.people.privacy_registry import erase
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.payments import sandbox
from hampa.platform.payments.base import Checkout, Says, Verdict
from hampa.subscriptions import jobs
from hampa.subscriptions.actions import buying
from hampa.subscriptions.models import (
    ACTIVE,
    FAILED,
    NOT_PAID,
    OPEN,
    OTHER_AMOUNT,
    PAID,
    PAYMENT_REFUNDED,
    PERSON_GONE,
    REFUNDING,
    Payment,
    Subscription,
    SubscriptionChange,
)
from tests.auth.signing_in import ahead
from tests.factories.people import make_person
from tests.factories.subscriptions import make_payment, make_plan, make_subscription
from tests.page import Page
from tests.races import at_once
from tests.subscriptions.conftest import HOME, begin, do, payments_of, subscription_of


def told(person: Person) -> list[str]:
    query = select(Notification.type).where(Notification.person_id == person.id)
    return sorted(
        db.session.scalars(query.where(Notification.type.like("%subscription%") | Notification.type.like("pay%")))
    )


def changes() -> list[str]:
    query = select(SubscriptionChange.change).order_by(SubscriptionChange.created_at, SubscriptionChange.id)
    return list(db.session.scalars(query))


def test_a_plan_is_bought_once_however_often_one_comes_back(page: Page, owner: Person, stranger: Person):
    plan, mine = make_plan("month"), page.as_(owner)
    assert "99,000 toman" in mine.get(HOME, 200).words
    gateway = begin(mine, plan.code)
    assert "99,000 toman" in gateway.words
    back = do(gateway, "pay")
    assert "Receipt" in back.follow().words
    (payment,) = payments_of(owner)
    subscription = subscription_of(owner)
    assert subscription is not None and payment.state == PAID and payment.number and not payment.next_check_at
    assert subscription.state == ACTIVE and subscription.ends_at == subscription.starts_at + relativedelta(months=1)
    assert (subscription.gateway, subscription.gateway_id) == (payment.gateway, payment.gateway_id)
    address = f"{HOME}/return/{payment.id}"
    for _again in range(3):  # back, back, and the worker: nothing is added
        mine.get(address, 303)
        buying.check_soon(payment.id)
        jobs.check(payment.id)
    ends_at = subscription.ends_at
    assert (
        subscription_of(owner).ends_at == ends_at and changes() == ["started"] and told(owner) == ["subscription_paid"]
    )
    receipt = mine.get(f"{HOME}/payments/{payment.id}", 200).words
    assert "99,000 toman (990,000 rials)" in receipt and "A month, 1 month" in receipt and owner.name in receipt
    owner.locale = "fa"
    assert "۹۹٬۰۰۰ تومان (۹۹۰٬۰۰۰ ریال)" in page.as_(owner).get(f"{HOME}/payments/{payment.id}").words
    owner.locale = "en"
    # Somebody else reads nothing, and the browser of a bank's app neither.
    assert page.as_(stranger).get(f"{HOME}/payments/{payment.id}").status == 404
    for other in (page, page.as_(stranger)):
        elsewhere = other.get(address, 200).words
        assert "99,000" not in elsewhere and owner.name not in elsewhere
    # Bought again before its end, no day is lost; another plan is worth what is left.
    assert "no day is lost" in mine.get(f"{HOME}/buy/month").words
    do(begin(mine, plan.code), "pay")
    assert subscription_of(owner).ends_at == ends_at + relativedelta(months=1)
    dear = make_plan("dear", price=plan.price * 2)
    do(begin(mine, dear.code), "pay")
    switched, now = subscription_of(owner), clock.now()
    left = (ends_at + relativedelta(months=1) - now) / 2
    assert abs(switched.ends_at - (now + left + relativedelta(months=1))) < timedelta(minutes=2)
    assert switched.plan_id == dear.id and changes() == ["started", "renewed", "switched"]
    assert db.session.scalar(select(func.count()).select_from(Subscription)) == 1


def test_who_fails_walks_away_or_pays_something_else_has_bought_nothing(page: Page, owner: Person, work):
    make_plan("month")
    mine = page.as_(owner)
    for act in ("fail", "leave"):
        assert "was not paid" in do(begin(mine, "month"), act).follow().words
    assert [(one.state, one.reason) for one in payments_of(owner)] == [(FAILED, NOT_PAID)] * 2
    assert "Try again" in mine.get(f"{HOME}/payments/{payments_of(owner)[0].id}").words
    words = do(begin(mine, "month"), "other").follow().words
    assert "isn't the price of the plan" in words and subscription_of(owner) is None
    last = payments_of(owner)[-1]
    assert (last.state, last.reason) == (REFUNDING, OTHER_AMOUNT)
    work()
    assert payments_of(owner)[-1].state == PAYMENT_REFUNDED and "payment_refunded" in told(owner)
    assert sandbox.charge_of(last.gateway_id)["state"] == sandbox.GIVEN_BACK
    # The return says what it likes: only the gateway's answer counts.
    gateway = begin(mine, "month")
    open_one = payments_of(owner)[-1]
    mine.get(f"{HOME}/return/{open_one.id}?Authority={open_one.gateway_id}&Status=OK", 303)
    assert payments_of(owner)[-1].state == OPEN and subscription_of(owner) is None
    assert "We are asking" in mine.get(f"{HOME}/payments/{open_one.id}").words
    do(gateway, "pay")
    assert subscription_of(owner) is not None


def test_a_return_that_is_lost_is_found_by_the_worker(page: Page, owner: Person):
    make_plan("month")
    do(begin(page.as_(owner), "month"), "vanish")
    (payment,) = payments_of(owner)
    jobs.reconcile()
    assert payment.state == OPEN and subscription_of(owner) is None, "not asked about so soon"
    with ahead(minutes=6):
        jobs.reconcile()
        assert subscription_of(owner).state == ACTIVE and told(owner) == ["subscription_paid"]
        jobs.reconcile()
    assert changes() == ["started"]


def test_a_gateway_that_does_not_answer_takes_nothing_and_loses_nothing(
    page: Page, owner: Person, gateway_is_down: Any
):
    make_plan("month")
    mine = page.as_(owner)
    gateway_is_down(down=True)
    refused = mine.get(f"{HOME}/buy/month").form().submit()
    assert refused.status == 503 and "You haven't been charged" in refused.words
    assert [one.state for one in payments_of(owner)] == [FAILED]
    gateway_is_down(down=False)
    gateway = begin(mine, "month")
    sandbox_id = payments_of(owner)[-1].gateway_id
    sandbox.keep(sandbox_id, {**sandbox.charge_of(sandbox_id), "state": sandbox.PAID})
    gateway_is_down(down=True)
    payment = payments_of(owner)[-1]
    assert "We are asking" in mine.get(f"{HOME}/return/{payment.id}").follow().words
    jobs.check(payment.id)
    assert payments_of(owner)[-1].state == OPEN and gateway.status == 200
    gateway_is_down(down=False)
    jobs.reconcile()
    assert subscription_of(owner).state == ACTIVE and payments_of(owner)[-1].state == PAID


def test_payments_that_nobody_finishes_are_not_asked_about_for_ever(owner: Person, db_session: Any):
    plan = make_plan()
    begun = make_payment(owner, plan, state="NEW", gateway_id=None, next_check_at=None)
    other = make_payment(make_person(), plan)
    sandbox.keep(other.gateway_id, {"state": sandbox.OPEN})
    asked = []
    for hours in range(1, 120, 12):
        with ahead(hours=hours):
            jobs.reconcile()
            asked.append(other.checks)
    db.session.expire_all()
    assert (begun.state, other.state, other.next_check_at) == (FAILED, FAILED, None)
    assert asked[-1] == asked[-3] < 8


def test_what_was_paid_after_the_person_was_erased_goes_back(owner: Person, db_session: Any, work):
    payment = make_payment(owner)
    sandbox.keep(payment.gateway_id, {"state": sandbox.PAID, "amount": payment.amount, "currency": payment.currency})
    kept = make_payment(owner, state=PAID, number=7, paid_at=clock.now(), refund_reason="Asked by Sara")
    erase(owner)
    db.session.commit()
    jobs.check(payment.id)
    db.session.expire_all()
    assert (payment.person_id, payment.reason, payment.number is not None) == (None, PERSON_GONE, True)
    work()
    db.session.expire_all()
    assert payment.state == PAYMENT_REFUNDED and db.session.scalar(select(func.count()).select_from(Subscription)) == 0
    assert (kept.number, kept.person_id, kept.refund_reason) == (7, None, ""), "the books keep the sum, and no person"


def test_two_tabs_lead_to_one_checkout_and_two_payments_are_both_counted(page: Page, owner: Person):
    plan, other = make_plan("month"), make_plan("year", months=12, price=9_900_000)
    mine = page.as_(owner)
    first, second = begin(mine, plan.code), begin(mine, plan.code)
    assert first.url == second.url and len(payments_of(owner)) == 1
    yearly = begin(mine, other.code)
    do(first, "pay")
    do(yearly, "pay")
    ends_at = subscription_of(owner).ends_at
    assert ends_at > clock.now() + relativedelta(months=12) + timedelta(days=20), "both are worth their time"
    # A checkout of before is paid after a newer one was begun.
    old = begin(mine, plan.code)
    with ahead(minutes=16):
        newer = begin(mine, plan.code)
        assert newer.url != old.url
        sandbox_id = old.url.rpartition("/")[2]
        sandbox.keep(sandbox_id, {**sandbox.charge_of(sandbox_id), "state": sandbox.PAID})
        jobs.reconcile()
    assert subscription_of(owner).plan_id == plan.id, "the later choice counts, and what was left is worth its time"
    assert {one.state for one in payments_of(owner)} == {PAID, OPEN}


def test_races_have_one_outcome(real_database: Flask):
    with real_database.app_context():
        person, plan = make_person(), make_plan("month")
        payment = make_payment(person, plan)
        other = make_payment(person, make_plan("year", months=12, price=9_900_000))
        held = make_subscription(make_person(), plan)
        names = person.id, payment.id, other.id, plan.id, held.person_id
        db.session.commit()
    person_id, payment_id, other_id, plan_id, _holder = names
    paid = Verdict(Says.PAID, "1")

    # The return, three calls of the gateway and the worker; and a second payment at the same instant.
    settle = [lambda: buying.settle(payment_id, paid)] * 5 + [lambda: buying.settle(other_id, paid)]
    assert at_once(real_database, settle) == ["done"] * 6
    with real_database.app_context():
        rows = db.session.scalars(select(Subscription).where(Subscription.person_id == person_id)).all()
        assert len(rows) == 1 and len(changes()) == 3
        numbers = list(db.session.scalars(select(Payment.number).order_by(Payment.number)))
        assert len(set(numbers)) == 2 and None not in numbers

    # Two tabs begin at once, and two answers of the gateway come for one payment.
    def start() -> None:
        buying.start_payment(db.session.get_one(Person, person_id), "month")

    assert at_once(real_database, [start] * 4) == ["done"] * 4
    with real_database.app_context():
        (begun,) = db.session.scalars(select(Payment).where(Payment.plan_id == plan_id, Payment.state == "NEW"))
        begun_id = begun.id
    answers = [lambda n=n: buying.note_checkout(begun_id, Checkout(f"c{n}", f"https://x/{n}")) for n in range(3)]
    assert at_once(real_database, answers) == ["done"] * 3
    with real_database.app_context():
        begun = db.session.get_one(Payment, begun_id)
        assert begun.state == OPEN and begun.checkout_url == f"https://x/{begun.gateway_id[1:]}"
