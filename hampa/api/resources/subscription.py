"""Your subscription, the plans that are sold, and what you paid. Paying is done on the site."""

import uuid
from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import OneOf, Paging
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me
from hampa.subscriptions.actions import holding
from hampa.subscriptions.models import PAYMENT_STATES, RUNNING, Payment, SubscriptionPlan
from hampa.subscriptions.queries import allowances, payments, plans, subscriptions

resource = Resource("subscription", _l("Subscription"))

Amount = Annotated[int, Field(description="In the smallest unit of the currency.")]
Allowed = Annotated[int | None, Field(description="Null is without a limit.")]
State = Annotated[str, OneOf(*RUNNING)]
PaymentState = Annotated[str, OneOf(*PAYMENT_STATES)]


class AllowancesData(TypedDict):
    """What is allowed; null is without a limit."""

    cards_in_full: Allowed
    pending_interests: Allowed
    own_cards: Allowed
    sms_a_month: Allowed
    summaries_a_month: Allowed


class PlanData(TypedDict):
    """A plan that is sold."""

    id: uuid.UUID
    code: str
    name: str
    price: Amount
    currency: str
    months: int | None
    allowances: AllowancesData
    created_at: datetime
    updated_at: datetime
    version: int


class RunningData(TypedDict):
    """A subscription; one without an end goes on until it is cancelled."""

    id: uuid.UUID
    plan: str
    state: State
    starts_at: datetime
    ends_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class SubscriptionData(TypedDict):
    """What you have, if anything, and what you are allowed by it."""

    subscription: RunningData | None
    allowances: AllowancesData


class PaymentData(TypedDict):
    """A payment; `number` is that of its receipt."""

    id: uuid.UUID
    number: int | None
    plan: str
    months: int
    amount: Amount
    currency: str
    state: PaymentState
    paid_at: datetime | None
    refunded_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


@resource.get("/me/subscription")
def read_subscription() -> SubscriptionData:
    """Return your subscription, and what you are allowed; 404 where none are sold."""
    _check_sold()
    return _subscription()


@resource.get("/subscription-plans", public=True)
def list_subscription_plans() -> list[PlanData]:
    """List the plans that are sold, the cheapest first."""
    _check_sold()
    return [_plan(plan) for plan in plans.sold_plans()]


@resource.get("/me/payments")
def list_payments(paging: Paging) -> Page[PaymentData]:
    """List what you paid, or tried to, the newest first."""
    _check_sold()
    return payments.payments_of(me(), paging.after, paging.limit).of_rows(_payment)


@resource.post("/me/subscription/cancel")
def cancel_subscription() -> SubscriptionData:
    """Cancel your subscription: what was paid for is yours until its end."""
    _check_sold()
    holding.cancel(me())
    return _subscription()


@resource.post("/me/subscription/resume")
def resume_subscription() -> SubscriptionData:
    """Take a cancellation back before its end."""
    _check_sold()
    holding.resume(me())
    return _subscription()


def _check_sold() -> None:
    if not allowances.is_on():
        raise NotFound


def _subscription() -> SubscriptionData:
    current = subscriptions.running_subscription(me().id)
    running: RunningData | None = None
    if current is not None:
        running = {
            "id": current.id,
            "plan": subscriptions.plan_of(current).code,
            "state": current.state,
            "starts_at": current.starts_at,
            "ends_at": current.ends_at,
            "created_at": current.created_at,
            "updated_at": current.updated_at,
            "version": current.version,
        }
    return {"subscription": running, "allowances": _allowed(allowances.allowances_of(me()))}


def _allowed(allowed: allowances.Allowances) -> AllowancesData:
    return {
        "cards_in_full": allowed["cards_in_full"],
        "pending_interests": allowed["pending_interests"],
        "own_cards": allowed["own_cards"],
        "sms_a_month": allowed["sms_a_month"],
        "summaries_a_month": allowed["summaries_a_month"],
    }


def _plan(plan: SubscriptionPlan) -> PlanData:
    return {
        "id": plan.id,
        "code": plan.code,
        "name": plan.name,
        "price": plan.price,
        "currency": plan.currency,
        "months": plan.months,
        "allowances": _allowed(plan.allowances),
        "created_at": plan.created_at,
        "updated_at": plan.updated_at,
        "version": plan.version,
    }


def _payment(payment: Payment) -> PaymentData:
    return {
        "id": payment.id,
        "number": payment.number,
        "plan": payment.plan_name,
        "months": payment.months,
        "amount": payment.amount,
        "currency": payment.currency,
        "state": payment.state,
        "paid_at": payment.paid_at,
        "refunded_at": payment.refunded_at,
        "created_at": payment.created_at,
        "updated_at": payment.updated_at,
        "version": payment.version,
    }
