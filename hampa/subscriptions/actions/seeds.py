"""The first plans, which operators change as they like."""

from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from hampa.platform import clock, ids
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.subscriptions.models import FREE, SubscriptionPlan

PRICES: Final = {"IRR": (990_000, 9_900_000), "EUR": (390, 3_900)}
"""What a month and a year cost, in the smallest unit."""
LITTLE: Final = {"cards_in_full": 3, "pending_interests": 5, "own_cards": 2, "sms_a_month": 20, "summaries_a_month": 5}
MUCH: Final = {
    "cards_in_full": None,
    "pending_interests": None,
    "own_cards": None,
    "sms_a_month": 500,
    "summaries_a_month": 100,
}


def ensure_first_plans() -> int:
    """Make the free plan and two that are sold, unless there is any plan; return how many were made."""
    if db.session.scalar(select(SubscriptionPlan.id).limit(1)) is not None:
        return 0
    currency = "EUR" if settings().payment_gateway == "stripe" else "IRR"
    month, year = PRICES[currency]
    rows = [
        {"code": FREE, "name_fa": "رایگان", "name_en": "Free", "price": 0, "months": None, **LITTLE},
        {"code": "month", "name_fa": "یک‌ماهه", "name_en": "A month", "price": month, "months": 1, **MUCH},
        {"code": "year", "name_fa": "یک‌ساله", "name_en": "A year", "price": year, "months": 12, **MUCH},
    ]
    made = insert(SubscriptionPlan).values([{**_columns(), **row, "currency": currency} for row in rows])
    made = made.on_conflict_do_nothing(index_elements=[SubscriptionPlan.code])
    return len(db.session.scalars(made.returning(SubscriptionPlan.id)).all())


def _columns() -> dict[str, Any]:
    now = clock.now()
    return {"id": ids.new_id(), "created_at": now, "updated_at": now}
