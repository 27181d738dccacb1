"""Buying a plan: a payment is begun, the gateway is asked, and what it says decides.

Nothing here calls a gateway: entry points do, between transactions. Whatever comes first or twice (the return, a call of
the gateway, the worker), `settle` does once, under the locks of the person and the payment.
"""

import uuid
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select, update

from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.people.queries import lock_person, operators
from hampa.platform import clock, ids
from hampa.platform.db import db, locked_row
from hampa.platform.errors import TooFast
from hampa.platform.jobs import enqueue
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.payments.base import Checkout, Says, Verdict
from hampa.platform.payments.gateways import payment_gateway
from hampa.subscriptions.actions.granting import NothingToBuy, grant, refusal
from hampa.subscriptions.models import (
    FAILED,
    GATEWAY_DOWN,
    NEW,
    NOT_PAID,
    NOTHING_TO_BUY,
    OPEN,
    OTHER_AMOUNT,
    PAID,
    PERSON_GONE,
    RECEIPT_NUMBERS,
    REFUNDING,
    TO_REFUND,
    UNPAID,
    Payment,
    SubscriptionPlan,
)
from hampa.subscriptions.queries.payments import due_checks, open_payment, payment_by_id
from hampa.subscriptions.queries.plans import sold_plan
from hampa.subscriptions.queries.subscriptions import running_subscription

SAME_CHECKOUT: Final = timedelta(minutes=15)
"""How long the same checkout is led to, instead of a second one."""
FIRST_CHECK: Final = timedelta(minutes=5)
PAUSES: Final = (5, 10, 20, 30, 60)
"""Minutes between the worker's questions; the last one for all further ones."""
ASKED_FOR: Final = timedelta(days=3)
"""How long the gateway is asked about a payment that it calls open."""
LONG_PAUSE: Final = timedelta(hours=6)
STARTED_A_DAY: Final = 20
ASKED_AN_HOUR: Final = 30


def start_payment(person: Person, code: str) -> Payment:
    """Begin to pay for a plan, or return what was begun just now: two tabs lead to one checkout.

    Raise NotFound, NothingToBuy and TooFast.
    """
    lock_person(person.id)
    plan = sold_plan(code)
    if words := refusal(running_subscription(person.id), plan):
        raise NothingToBuy(words)
    name, begun = payment_gateway().name, open_payment(person.id, plan.id)
    if begun is not None:
        is_same = (begun.amount, begun.currency, begun.gateway) == (plan.price, plan.currency, name)
        if is_same and begun.created_at > clock.now() - SAME_CHECKOUT:
            return begun
        # The worker goes on asking about it: it may be paid in another tab.
        begun.state, begun.reason = FAILED, NOT_PAID
        db.session.flush()
    limit(person, "subscriptions.buy", STARTED_A_DAY, per="day", error=_too_many)
    payment = Payment(
        id=ids.new_id(),
        person_id=person.id,
        plan_id=plan.id,
        plan_name_fa=plan.name_fa,
        plan_name_en=plan.name_en,
        months=plan.months,
        amount=plan.price,
        currency=plan.currency,
        state=NEW,
        gateway=name,
    )
    db.session.add(payment)
    db.session.flush()
    return payment


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("You have begun to pay many times today. Try again tomorrow."), seconds)


def note_checkout(payment_id: uuid.UUID, checkout: Checkout) -> None:
    """Note where a payment is made; of two answers of the gateway the first counts."""
    opened = update(Payment).where(Payment.id == payment_id, Payment.state == NEW)
    values: dict[str, Any] = {
        "gateway_id": checkout.gateway_id,
        "checkout_url": checkout.url,
        "version": Payment.version + 1,
    }
    values |= {"state": OPEN, "next_check_at": clock.now() + FIRST_CHECK}
    db.session.execute(opened.values(**values).execution_options(synchronize_session=False))


def note_failed_start(payment_id: uuid.UUID, reason: str) -> None:
    """Note that the gateway did not take a payment on."""
    failed = update(Payment).where(Payment.id == payment_id, Payment.state == NEW)
    values = {"state": FAILED, "reason": reason, "version": Payment.version + 1}
    db.session.execute(failed.values(**values).execution_options(synchronize_session=False))


def limit_questions(payment: Payment) -> None:
    """Count a question to the gateway that somebody's return asks for. Raise TooFast."""

    def too_often(seconds: int) -> TooFast:
        return TooFast(_("We have asked often about this payment. We go on by ourselves, and tell you."), seconds)

    limit(payment, "subscriptions.return", ASKED_AN_HOUR, per="hour", error=too_often)


def settle(payment_id: uuid.UUID, verdict: Verdict) -> None:
    """Do what the gateway's answer means for a payment, once, whoever asked, and however often."""
    payment = locked_payment(payment_id)
    if payment.state not in UNPAID:
        return
    if verdict.says is Says.PAID:
        _take(payment, verdict.reference)
    elif verdict.says is Says.DIFFERENT:
        _receive(payment, verdict.reference)
        _refund_later(payment, OTHER_AMOUNT)
    elif verdict.says is Says.FAILED:
        payment.state, payment.next_check_at = FAILED, None
        payment.reason = payment.reason or NOT_PAID
    elif payment.created_at <= clock.now() - ASKED_FOR:
        payment.state, payment.next_check_at, payment.reason = FAILED, None, NOT_PAID
    db.session.flush()


def locked_payment(payment_id: uuid.UUID) -> Payment:
    """Return a payment, locked after the row of its person. Raise NotFound."""
    person_id = payment_by_id(payment_id).person_id
    if person_id is not None:
        lock_person(person_id)
    return locked_row(Payment, payment_id)


def _take(payment: Payment, reference: str) -> None:
    _receive(payment, reference)
    person = db.session.get(Person, payment.person_id) if payment.person_id else None
    if person is None or person.state == "erased":
        _refund_later(payment, PERSON_GONE)
        return
    plan = db.session.get_one(SubscriptionPlan, payment.plan_id)
    try:
        subscription, gained = grant(person, plan, months=payment.months, payment=payment)
    except NothingToBuy:
        _refund_later(payment, NOTHING_TO_BUY)
        return
    payment.state, payment.reason = PAID, None
    payment.subscription_id, payment.granted_seconds = subscription.id, gained
    ends_at = subscription.ends_at.isoformat() if subscription.ends_at else ""
    notify(
        [person.id],
        "subscription_paid",
        subject_id=payment.id,
        data={"amount": payment.amount, "currency": payment.currency, "ends_at": ends_at},
        event=payment.id,
    )


def _receive(payment: Payment, reference: str) -> None:
    """Note that money came, with the number of a receipt."""
    payment.number = db.session.scalar(select(RECEIPT_NUMBERS.next_value()))
    payment.reference, payment.paid_at, payment.next_check_at = reference, clock.now(), None


def _refund_later(payment: Payment, reason: str) -> None:
    """Have money that is good for nothing given back: by the gateway, or by an operator."""
    payment.reason = reason
    if payment_gateway().name == payment.gateway and payment_gateway().gives_back:
        give_back_soon(payment)
    else:
        leave_to_operators(payment)


def give_back_soon(payment: Payment) -> None:
    """Have the worker ask the gateway to give the money back."""
    payment.state, payment.next_check_at, payment.checks = REFUNDING, clock.now(), 0
    db.session.flush()
    enqueue("subscriptions.check", key=f"subscriptions.refund:{payment.id}", payment_id=payment.id)


def leave_to_operators(payment: Payment) -> None:
    """Tell operators of money that they have to give back by hand."""
    payment.state, payment.next_check_at = TO_REFUND, None
    everybody = [operator.id for operator in operators()]
    notify(everybody, "payment_to_refund", subject_id=payment.id, data={}, event=payment.id)


def check_soon(payment_id: uuid.UUID) -> None:
    """Have the worker ask the gateway about a payment."""
    soon = update(Payment).where(Payment.id == payment_id, Payment.state.in_((OPEN, FAILED)))
    values = {"next_check_at": clock.now(), "version": Payment.version + 1}
    db.session.execute(soon.values(**values).execution_options(synchronize_session=False))
    enqueue("subscriptions.check", payment_id=payment_id)


def claim_due_checks(most: int) -> list[uuid.UUID]:
    """Return the ids of payments that the gateway is to be asked about, and put off when they are asked about again.

    One that nobody has begun to pay, since the process ended between two steps, has failed.
    """
    now, claimed = clock.now(), []
    for payment in due_checks(most):
        pause = timedelta(minutes=PAUSES[min(payment.checks, len(PAUSES) - 1)])
        payment.next_check_at = now + (LONG_PAUSE if payment.created_at <= now - ASKED_FOR else pause)
        payment.checks += 1
        claimed.append(payment.id)
    stuck = update(Payment).where(Payment.state == NEW, Payment.created_at <= now - SAME_CHECKOUT)
    values = {"state": FAILED, "reason": GATEWAY_DOWN, "version": Payment.version + 1}
    db.session.execute(stuck.values(**values).execution_options(synchronize_session=False))
    return claimed
