"""What people are allowed: the one place that features ask before they do what a plan limits."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import case, select

from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import constants, db
from hampa.platform.kept import kept
from hampa.platform.statements import built_once
from hampa.subscriptions.models import ALLOWANCES, CANCELED, EXPIRED, FREE, GRACE, PLANS, Subscription, SubscriptionPlan

Allowances = Mapping[str, int | None]
EVERYTHING: Allowances = dict.fromkeys(ALLOWANCES)


def is_on() -> bool:
    """Return whether subscriptions are sold here; otherwise everybody has everything."""
    return settings().subscriptions


def allowance(person: Person | None, name: str) -> int | None:
    """Return how much of an allowance (a name of `ALLOWANCES`) a person has, or a visitor; None is without a limit.

    Costs nothing where everybody has it without a limit, and one statement for a person otherwise.
    """
    if name not in ALLOWANCES:
        raise KeyError(name)
    if not is_on() or (person is not None and person.is_operator):
        return None
    free = free_allowances()
    if free[name] is None or person is None:
        return free[name]
    return allowances_of(person)[name]


def at_most(person: Person | None, name: str, most: int) -> int:
    """Return the smaller of an allowance and of what the site lets anybody have."""
    allowed = allowance(person, name)
    return most if allowed is None else min(most, allowed)


def allowances_of(person: Person) -> Allowances:
    """Return all that a person is allowed: the most of what is free, of their plan, and of what they paid for."""
    if not is_on() or person.is_operator:
        return EVERYTHING
    row: Any = _granted(person.id, clock.now(), clock.now() - GRACE).first()
    free = free_allowances()
    return free if row is None else widest(free, widest(row.allowances, dict(zip(ALLOWANCES, row[1:], strict=True))))


@built_once
def _granted(person_id: uuid.UUID, now: datetime, grace_since: datetime) -> Any:
    ends_after = case((Subscription.state.in_(constants(CANCELED)), now), else_=grace_since)
    columns = [getattr(SubscriptionPlan, name) for name in ALLOWANCES]
    return (
        select(Subscription.allowances, *columns)
        .join(SubscriptionPlan, SubscriptionPlan.id == Subscription.plan_id)
        .where(
            Subscription.person_id == person_id,
            Subscription.state.not_in(constants(EXPIRED)),
            Subscription.ends_at.is_(None) | (Subscription.ends_at > ends_after),
        )
    )


def widest(one: Allowances, other: Allowances) -> Allowances:
    """Return the larger of each allowance; what a row of before does not know is 0."""
    pairs = {name: (one.get(name, 0), other.get(name, 0)) for name in ALLOWANCES}
    return {name: None if a is None or b is None else max(a, b) for name, (a, b) in pairs.items()}


def free_allowances() -> Allowances:
    """Return what everybody is allowed; everything until there is a free plan."""
    return kept((PLANS, FREE), (PLANS,), _read_free)


def _read_free() -> Allowances:
    columns = [getattr(SubscriptionPlan, name) for name in ALLOWANCES]
    row = db.session.execute(select(*columns).where(SubscriptionPlan.code == FREE)).first()
    return EVERYTHING if row is None else dict(zip(ALLOWANCES, row, strict=True))
