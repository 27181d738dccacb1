"""Giving people time on a plan, and taking it back: every change of a subscription, with its row in the history."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from dateutil.relativedelta import relativedelta
from sqlalchemy import select

from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.locale.i18n import gettext as _
from hampa.subscriptions.models import (
    ACTIVE,
    CANCELED,
    ENDED,
    EXPIRED,
    GIVEN,
    RENEWED,
    STARTED,
    SWITCHED,
    Payment,
    PlanLimit,
    Subscription,
    SubscriptionChange,
    SubscriptionPlan,
)
from hampa.subscriptions.queries.allowances import widest
from hampa.subscriptions.queries.subscriptions import running_subscription

LEAST: Final = timedelta(seconds=1)


class NothingToBuy(PlanLimit):
    """What the person has can't be continued by this plan; the message says why."""


@contextmanager
def changing(
    subscription: Subscription,
    change: str,
    *,
    actor_id: uuid.UUID | None = None,
    payment_id: uuid.UUID | None = None,
    reason: str = "",
) -> Iterator[None]:
    """Write what the block changes of a subscription into its history."""
    is_new = subscription not in db.session
    state_before, ends_at_before = (None, None) if is_new else (subscription.state, subscription.ends_at)
    yield
    db.session.add(subscription)
    db.session.flush()
    row = SubscriptionChange(
        subscription_id=subscription.id,
        change=change,
        state_before=state_before,
        state=subscription.state,
        ends_at_before=ends_at_before,
        ends_at=subscription.ends_at,
        actor_id=actor_id,
        payment_id=payment_id,
        reason=reason,
    )
    db.session.add(row)
    db.session.flush()


def is_over(subscription: Subscription, now: datetime) -> bool:
    """Return whether a subscription has ended by the clock, though the worker has not said so yet."""
    ends_at = subscription.ends_at if subscription.state == CANCELED else subscription.grace_ends_at
    return ends_at is not None and ends_at <= now


def end(
    subscription: Subscription, *, change: str = ENDED, actor_id: uuid.UUID | None = None, reason: str = ""
) -> None:
    """End a subscription now, or leave the end that it had."""
    with changing(subscription, change, actor_id=actor_id, reason=reason):
        now = clock.now()
        subscription.state = EXPIRED
        subscription.ends_at = now if subscription.ends_at is None else min(now, subscription.ends_at)


def refusal(subscription: Subscription | None, plan: SubscriptionPlan) -> str:
    """Return in words why a plan can't be bought by somebody with this subscription, "" when it can."""
    if subscription is None or is_over(subscription, clock.now()):
        return ""
    if subscription.ends_at is None:
        return _("Yours goes on without an end: there is nothing to pay.")
    if subscription.plan_id != plan.id and subscription.currency != plan.currency:
        return _("The two plans are in different currencies. Change when yours has ended.")
    return ""


def grant(
    person: Person,
    plan: SubscriptionPlan,
    *,
    months: int | None,
    payment: Payment | None = None,
    actor_id: uuid.UUID | None = None,
    reason: str = "",
) -> tuple[Subscription, int]:
    """Add months of a plan to what a person has; return their subscription, and the seconds that these months have.

    The row of the person must be locked. The same plan goes on from its end; another one begins at once, and what is
    left of the one before is worth time of the new one, by their prices. Without `months` it has no end. Raise
    NothingToBuy.
    """
    now = clock.now()
    subscription = running_subscription(person.id, lock=True)
    if subscription is not None and is_over(subscription, now):
        end(subscription)
        subscription = None
    if subscription is not None and (words := refusal(subscription, plan)):
        raise NothingToBuy(words)
    same = False
    change = GIVEN if actor_id else STARTED
    if subscription is None:
        subscription = Subscription(id=ids.new_id(), person_id=person.id, starts_at=now, allowances={})
        base = now
    elif subscription.plan_id == plan.id:
        base = subscription.ends_at or now
        change, same = GIVEN if actor_id else RENEWED, True
    else:
        base = now + worth_of(subscription, plan, now)
        _exchange_payments(subscription, plan, now)
        change = GIVEN if actor_id else SWITCHED
    with changing(subscription, change, actor_id=actor_id, payment_id=payment.id if payment else None, reason=reason):
        subscription.allowances = dict(widest(subscription.allowances, plan.allowances) if same else plan.allowances)
        subscription.plan_id, subscription.state, subscription.reminded = plan.id, ACTIVE, None
        subscription.price, subscription.currency = plan.price, plan.currency
        subscription.months = plan.months or 1
        subscription.ends_at = None if months is None else base + relativedelta(months=months)
        if payment is not None:
            subscription.price, subscription.currency = payment.amount, payment.currency
            subscription.months = payment.months
            subscription.gateway, subscription.gateway_id = payment.gateway, payment.gateway_id
    gained = 0 if subscription.ends_at is None else int((subscription.ends_at - base).total_seconds())
    return subscription, gained


def worth_of(subscription: Subscription, plan: SubscriptionPlan, now: datetime) -> timedelta:
    """Return how long the plan lasts for what is left of a subscription in the same currency."""
    return _left(subscription, now) * _rate(subscription, plan)


def _left(subscription: Subscription, now: datetime) -> timedelta:
    return max(timedelta(), (subscription.ends_at or now) - now)


def _rate(subscription: Subscription, plan: SubscriptionPlan) -> float:
    """Return how much time of a plan the time of a subscription is worth."""
    old, new = subscription.price / subscription.months, plan.price / (plan.months or 1)
    return old / new


def _exchange_payments(subscription: Subscription, plan: SubscriptionPlan, now: datetime) -> None:
    """Count what is left of each payment in time of another plan, so that giving it back takes what it became.

    What was paid for first is used up first.
    """
    left, rate = _left(subscription, now).total_seconds(), _rate(subscription, plan)
    query = select(Payment).where(Payment.subscription_id == subscription.id, Payment.granted_seconds > 0)
    for payment in db.session.scalars(query.order_by(Payment.paid_at.desc(), Payment.id.desc())):
        kept = min(left, payment.granted_seconds or 0)
        left -= kept
        payment.granted_seconds = int(kept * rate)


def take_back(
    subscription: Subscription,
    seconds: int,
    change: str,
    *,
    actor_id: uuid.UUID | None,
    payment_id: uuid.UUID,
    reason: str,
) -> None:
    """Take time from a subscription that is running; it ends when nothing is left."""
    now = clock.now()
    with changing(subscription, change, actor_id=actor_id, payment_id=payment_id, reason=reason):
        ends_at = (subscription.ends_at or now) - timedelta(seconds=seconds)
        if ends_at <= now:
            subscription.state, subscription.ends_at = EXPIRED, now
        else:
            subscription.ends_at = max(ends_at, subscription.starts_at + LEAST)
            subscription.reminded = None
