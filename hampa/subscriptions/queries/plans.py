"""Questions about plans."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select, true

from hampa.platform.db import db, scalar_or_404
from hampa.platform.payments.gateways import payment_gateway
from hampa.platform.statements import built_once, is_one_of
from hampa.subscriptions.models import EXPIRED, FREE, Payment, Subscription, SubscriptionPlan


def all_plans() -> Sequence[SubscriptionPlan]:
    """Return all plans: the free one, those that are sold by their price, those that are retired."""
    order = SubscriptionPlan.retired_at.is_not(None), SubscriptionPlan.months.is_not(None), SubscriptionPlan.price
    return db.session.scalars(select(SubscriptionPlan).order_by(*order, SubscriptionPlan.id)).all()


def sold_plans() -> list[SubscriptionPlan]:
    """Return the plans that can be bought, the cheapest first: in currencies that the gateway charges."""
    currencies = payment_gateway().currencies
    return list(_sold_plans(list(currencies or ()), all_currencies=currencies is None).scalars())


@built_once
def _sold_plans(currencies: list[str], *, all_currencies: bool) -> Any:
    charged = true() if all_currencies else is_one_of(SubscriptionPlan.currency, currencies)
    sold = SubscriptionPlan.retired_at.is_(None), SubscriptionPlan.code != FREE, charged
    return select(SubscriptionPlan).where(*sold).order_by(SubscriptionPlan.price, SubscriptionPlan.id)


def sold_plan(code: str) -> SubscriptionPlan:
    """Return a plan that can be bought. Raise NotFound."""
    return scalar_or_404(select(SubscriptionPlan).where(SubscriptionPlan.code == code, *_sold()))


def _sold() -> list[ColumnElement[bool]]:
    currencies = payment_gateway().currencies
    charged = [] if currencies is None else [SubscriptionPlan.currency.in_(currencies)]
    return [SubscriptionPlan.retired_at.is_(None), SubscriptionPlan.code != FREE, *charged]


def plan_by_id(plan_id: uuid.UUID) -> SubscriptionPlan:
    """Return a plan. Raise NotFound."""
    return scalar_or_404(select(SubscriptionPlan).where(SubscriptionPlan.id == plan_id))


def free_plan() -> SubscriptionPlan | None:
    """Return the plan of everybody else, if there is one."""
    return _free_plan().scalar_one_or_none()


@built_once
def _free_plan() -> Any:
    return select(SubscriptionPlan).where(SubscriptionPlan.code == FREE)


def is_used(plan: SubscriptionPlan) -> bool:
    """Return whether anybody ever bought or got a plan."""
    bought = select(Payment.id).where(Payment.plan_id == plan.id).exists()
    given = select(Subscription.id).where(Subscription.plan_id == plan.id).exists()
    return bool(db.session.scalar(select(bought | given)))


def count_running(plan_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return how many run for each of the plans."""
    query = (
        select(Subscription.plan_id, func.count())
        .where(Subscription.plan_id.in_(plan_ids), Subscription.state != EXPIRED)
        .group_by(Subscription.plan_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}
