"""What operators do: plans, giving and extending subscriptions, giving money back."""

import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from hampa.audit.actions import record_audit
from hampa.audit.models import AuditedAction, Subject, register_action, register_thing
from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.people.queries import by_phone, lock_person
from hampa.platform import clock, ids
from hampa.platform.db import db, locked_row
from hampa.platform.errors import Conflict, Refused
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, lazy_pgettext
from hampa.platform.payments.gateways import payment_gateway
from hampa.subscriptions.actions.buying import give_back_soon, leave_to_operators, locked_payment
from hampa.subscriptions.actions.granting import changing, grant, take_back
from hampa.subscriptions.models import (
    ACTIVE,
    ALLOWANCES,
    EXTENDED,
    FREE,
    PAID,
    PAST_DUE,
    PAYMENT_REFUNDED,
    REFUNDED,
    REFUNDING,
    TO_REFUND,
    Payment,
    Subscription,
    SubscriptionPlan,
)
from hampa.subscriptions.queries.plans import is_used
from hampa.subscriptions.queries.subscriptions import subscription_by_id

register_thing("subscription", _l("Subscription"), endpoint="subscriptions.operate_one", argument="subscription_id")
register_thing("payment", _l("Payment"), endpoint="subscriptions.refund", argument="payment_id")
register_thing(
    "subscription_plan",
    lazy_pgettext("subscription", "Plan"),
    endpoint="subscriptions.edit_plan",
    argument="subscription_plan_id",
)
PLAN_FIELDS = {
    **ALLOWANCES,
    "plan_code": _l("Code, for addresses"),
    "name_fa": _l("Name in Persian"),
    "name_en": _l("Name in English"),
    "price": _l("Price"),
    "currency": _l("Currency"),
    "months": _l("Months"),
}
TIME = {"plan": lazy_pgettext("subscription", "Plan"), "ends_at": _l("Until")}
PLAN_MADE = register_action("plans.made", _l("Made a plan"), thing="subscription_plan", fields=PLAN_FIELDS)
PLAN_CHANGED = register_action("plans.changed", _l("Changed a plan"), thing="subscription_plan", fields=PLAN_FIELDS)
PLAN_RETIRED = register_action("plans.retired", _l("Retired a plan"), thing="subscription_plan")
PLAN_SOLD = register_action("plans.sold", _l("Sold a plan again"), thing="subscription_plan")
PLAN_DELETED = register_action("plans.deleted", _l("Deleted a plan"), thing="subscription_plan", fields=PLAN_FIELDS)
WAS_GIVEN = register_action("subscriptions.given", _l("Gave a subscription"), thing="subscription", fields=TIME)
WAS_EXTENDED = register_action(
    "subscriptions.extended", _l("Extended a subscription"), thing="subscription", fields=TIME
)
WAS_REFUNDED = register_action(
    "subscriptions.refunded",
    _l("Refunded a payment"),
    thing="payment",
    fields={"state": _l("State"), "amount": _l("Amount")},
)


def create_plan(operator: Person, code: str, **values: Any) -> SubscriptionPlan:
    """Create a plan that is sold. Raise Refused when there is one with this code."""
    if db.session.scalar(select(SubscriptionPlan.id).where(SubscriptionPlan.code == code)) is not None:
        raise Refused(_("There is a plan with this code already. Choose another."), "code")
    plan = SubscriptionPlan(id=ids.new_id(), code=code, **values)
    db.session.add(plan)
    db.session.flush()
    _record_plan(operator, PLAN_MADE, plan, {}, {**values, "plan_code": code})
    return plan


def _record_plan(
    operator: Person, action: AuditedAction, plan: SubscriptionPlan, before: dict[str, Any], after: dict[str, Any]
) -> None:
    record_audit(operator, action, Subject(plan.id, plan.name_en), before, after)


def change_plan(operator: Person, plan: SubscriptionPlan, **values: Any) -> None:
    """Change a plan: what was paid for before is kept by those who paid."""
    if plan.code == FREE:
        values |= {"price": 0, "months": None}
    before = {name: getattr(plan, name) for name in values}
    for name, value in values.items():
        setattr(plan, name, value)
    db.session.flush()
    if before != values:
        _record_plan(operator, PLAN_CHANGED, plan, before, values)


def retire_plan(operator: Person, plan: SubscriptionPlan) -> None:
    """Sell a plan no more; those who have it keep it until its end."""
    if plan.code == FREE:
        raise Refused(_("The free plan is that of everybody else. It can't be retired."))
    if plan.retired_at is None:
        plan.retired_at = clock.now()
        _record_plan(operator, PLAN_RETIRED, plan, {}, {})


def sell_again(operator: Person, plan: SubscriptionPlan) -> None:
    """Sell a plan that was retired."""
    if plan.retired_at is not None:
        plan.retired_at = None
        _record_plan(operator, PLAN_SOLD, plan, {}, {})


def delete_plan(operator: Person, plan: SubscriptionPlan) -> None:
    """Delete a plan that nobody ever had. Raise Refused for others."""
    if plan.code == FREE or is_used(plan):
        raise Refused(_("Somebody has had this plan. Retire it instead."))
    _record_plan(operator, PLAN_DELETED, plan, {"plan_code": plan.code}, {})
    db.session.delete(plan)
    db.session.flush()


def give(operator: Person, phone: str, plan: SubscriptionPlan, months: int | None, reason: str) -> Subscription:
    """Give somebody months of a plan, or the plan without an end. Raise Refused with the field that is wrong."""
    found = by_phone(phone)
    person = lock_person(found.id) if found is not None else None
    if person is None or person.state in ("leaving", "erased"):
        raise Refused(_("Nobody has an account with this number."), "phone")
    if plan.code == FREE:
        raise Refused(_("Everybody has the free plan."), "plan")
    subscription, _gained = grant(person, plan, months=months, actor_id=operator.id, reason=reason)
    after = {"plan": plan.name_en, "ends_at": subscription.ends_at}
    _record(operator, WAS_GIVEN, subscription, {}, after, reason)
    _tell_given(subscription)
    return subscription


def _record(
    operator: Person,
    action: AuditedAction,
    subscription: Subscription,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str,
) -> None:
    subject = Subject(subscription.id, about_id=subscription.person_id)
    record_audit(operator, action, subject, before, after, reason)


def extend(operator: Person, subscription_id: uuid.UUID, days: int, reason: str) -> Subscription:
    """Let a subscription end so many days later, and return it. Raise Conflict when it has ended, or has no end."""
    subscription = _locked_subscription(subscription_id)
    if not subscription.is_running or subscription.ends_at is None:
        raise Conflict(_("This subscription has ended, or has no end. Give a new one instead."))
    ended_at = subscription.ends_at
    with changing(subscription, EXTENDED, actor_id=operator.id, reason=reason):
        subscription.ends_at += timedelta(days=days)
        subscription.reminded = None
        if subscription.ends_at > clock.now() and subscription.state == PAST_DUE:
            subscription.state = ACTIVE
    _record(operator, WAS_EXTENDED, subscription, {"ends_at": ended_at}, {"ends_at": subscription.ends_at}, reason)
    _tell_given(subscription)
    return subscription


def _tell_given(subscription: Subscription) -> None:
    ends_at = subscription.ends_at.isoformat() if subscription.ends_at else ""
    event = f"{subscription.id}:{ends_at}"
    notify(
        [subscription.person_id],
        "subscription_given",
        subject_id=subscription.id,
        data={"ends_at": ends_at},
        event=event,
    )


def refund(operator: Person, payment_id: uuid.UUID, reason: str, *, ends: bool) -> Payment:
    """Give a payment back: the gateway does it where it can; else the operator has done so on its own pages.

    With `ends` the time that it paid for goes. Refunding twice is refunding once. Raise Conflict for what was not paid.
    """
    payment = locked_payment(payment_id)
    if payment.state in (REFUNDING, PAYMENT_REFUNDED):
        return payment
    if payment.state not in (PAID, TO_REFUND):
        raise Conflict(_("This payment has not been paid, so there is nothing to refund."))
    state = payment.state
    payment.refunded_by_id, payment.refund_reason = operator.id, reason
    if ends:
        _take_time_back(payment, operator.id, reason)
    gateway = payment_gateway()
    if gateway.name == payment.gateway and gateway.gives_back and payment.state == PAID:
        give_back_soon(payment)
    else:
        _note_refunded(payment)
    subject = Subject(payment.id, str(payment.number), payment.person_id)
    amount = f"{payment.amount:,} {payment.currency}"
    record_audit(operator, WAS_REFUNDED, subject, {"state": state}, {"state": payment.state, "amount": amount}, reason)
    return payment


def note_given_back(payment_id: uuid.UUID) -> None:
    """Note that the gateway has given a payment back."""
    payment = locked_payment(payment_id)
    if payment.state == REFUNDING:
        _note_refunded(payment)


def note_not_given_back(payment_id: uuid.UUID) -> None:
    """Leave a payment that the gateway does not give back to operators."""
    payment = locked_payment(payment_id)
    if payment.state == REFUNDING:
        leave_to_operators(payment)


def note_refund_elsewhere(payment_id: uuid.UUID) -> None:
    """Note that a payment was given back on the gateway's own pages: the time that it paid for goes."""
    payment = locked_payment(payment_id)
    if payment.state == PAID:
        _take_time_back(payment, None, "")
    if payment.state in (PAID, TO_REFUND, REFUNDING):
        _note_refunded(payment)


def _take_time_back(payment: Payment, actor_id: uuid.UUID | None, reason: str) -> None:
    if payment.subscription_id is None:
        return
    subscription = locked_row(Subscription, payment.subscription_id)
    if subscription.is_running and payment.granted_seconds:
        seconds, payment.granted_seconds = payment.granted_seconds, 0
        take_back(subscription, seconds, REFUNDED, actor_id=actor_id, payment_id=payment.id, reason=reason)


def _note_refunded(payment: Payment) -> None:
    payment.state, payment.refunded_at, payment.next_check_at = PAYMENT_REFUNDED, clock.now(), None
    if payment.person_id is not None:
        notify(
            [payment.person_id],
            "payment_refunded",
            subject_id=payment.id,
            data={"amount": payment.amount, "currency": payment.currency},
            event=payment.id,
        )
    db.session.flush()


def _locked_subscription(subscription_id: uuid.UUID) -> Subscription:
    """Return a subscription, locked after the row of its person. Raise NotFound."""
    lock_person(subscription_by_id(subscription_id).person_id)
    return locked_row(Subscription, subscription_id)
