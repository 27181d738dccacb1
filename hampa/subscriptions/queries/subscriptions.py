"""Questions about subscriptions and their history."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Row, and_, case, or_, select
from sqlalchemy.orm import aliased

from hampa.people.models import Person
from hampa.people.queries import PersonSummary, summary_columns
from hampa.platform.db import db, scalar_or_404
from hampa.platform.filtering import Condition, conditions
from hampa.platform.statements import built_once
from hampa.platform.web.paging import Page, select_page
from hampa.subscriptions.models import (
    ACTIVE,
    EXPIRED,
    GRACE,
    PAST_DUE,
    Subscription,
    SubscriptionChange,
    SubscriptionPlan,
)

A_PAGE = 30
SHOWN_CHANGES = 50


@dataclass(frozen=True)
class Filters:
    """The filters of the list for operators; empty values filter nothing. `words` are of a name or a number."""

    state: str = ""
    plan: uuid.UUID | None = None
    words: str = ""


CONDITIONS: dict[str, Condition] = {
    "state": lambda table, state: table.state == state,
    "plan": lambda table, plan_id: table.plan_id == plan_id,
    "words": lambda _table, words: or_(
        Person.name.icontains(words, autoescape=True), Person.phone.endswith(words.lstrip("0+"), autoescape=True)
    ),
}


def running_subscription(person_id: uuid.UUID, *, lock: bool = False) -> Subscription | None:
    """Return the subscription of a person that has not ended; for changing it, under the lock of the person."""
    if not lock:
        return _running(person_id).scalar_one_or_none()
    query = select(Subscription).where(Subscription.person_id == person_id, Subscription.state != EXPIRED)
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


@built_once
def _running(person_id: uuid.UUID) -> Any:
    running = Subscription.person_id == person_id, Subscription.state != EXPIRED
    return select(Subscription).where(*running)


def plan_of(subscription: Subscription) -> SubscriptionPlan:
    """Return the plan of a subscription."""
    return cast(SubscriptionPlan, _plan(subscription.plan_id).scalar_one())


@built_once
def _plan(plan_id: uuid.UUID) -> Any:
    return select(SubscriptionPlan).where(SubscriptionPlan.id == plan_id)


def subscriptions_page(filters: Filters, after: str | None, size: int = A_PAGE) -> Page[Row[*tuple[Any, ...]]]:
    """Return a page of subscriptions with their people and plans, the newest first."""
    names = SubscriptionPlan.name_fa.label("plan_fa"), SubscriptionPlan.name_en.label("plan_en")
    columns = [getattr(Subscription, name) for name in ("id", "state", "starts_at", "ends_at", "created_at")]
    query = (
        select(*columns, *names, summary_columns("holder"))
        .join(Person, Person.id == Subscription.person_id)
        .join(SubscriptionPlan, SubscriptionPlan.id == Subscription.plan_id)
        .where(*conditions(CONDITIONS, filters, Subscription))
    )
    query = select_page(query, after, size, Subscription.created_at, Subscription.id, descending=True)
    return Page.of(db.session.execute(query).all(), size, lambda row: (row.created_at, row.id))


def subscription_by_id(subscription_id: uuid.UUID) -> Subscription:
    """Return a subscription, for operators. Raise NotFound."""
    return scalar_or_404(select(Subscription).where(Subscription.id == subscription_id))


def changes_of(subscription: Subscription) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return the history of a subscription, the newest first, with the names of the operators who wrote in it."""
    actor = aliased(Person)
    columns = [getattr(SubscriptionChange, name) for name in ("change", "state", "ends_at", "created_at", "reason")]
    query = (
        select(*columns, actor.name.label("actor"))
        .outerjoin(actor, and_(actor.id == SubscriptionChange.actor_id, actor.id != subscription.person_id))
        .where(SubscriptionChange.subscription_id == subscription.id)
        .order_by(SubscriptionChange.created_at.desc(), SubscriptionChange.id.desc())
        .limit(SHOWN_CHANGES)
    )
    return db.session.execute(query).all()


def subscriptions_to_remind(now: datetime, days: int, most: int) -> Sequence[tuple[uuid.UUID, uuid.UUID]]:
    """Return the ids of subscriptions, and of their people, that end within so many days and were not reminded of it."""
    unsaid = or_(Subscription.reminded.is_(None), Subscription.reminded > days)
    soon = Subscription.ends_at > now, Subscription.ends_at <= now + timedelta(days=days)
    return _due(most, Subscription.state == ACTIVE, unsaid, *soon)


def late_subscriptions(now: datetime, most: int) -> Sequence[tuple[uuid.UUID, uuid.UUID]]:
    """Return the ids of subscriptions, and of their people, whose end has come, or the end of their days of grace."""
    ends_after = case((Subscription.state == PAST_DUE, now - GRACE), else_=now)
    return _due(most, Subscription.ends_at <= ends_after)


def _due(most: int, *where: ColumnElement[bool]) -> Sequence[tuple[uuid.UUID, uuid.UUID]]:
    query = select(Subscription.id, Subscription.person_id).where(Subscription.state != EXPIRED, *where)
    rows = db.session.execute(query.order_by(Subscription.ends_at, Subscription.id).limit(most))
    return [(row[0], row[1]) for row in rows]


def holder_of(subscription: Subscription) -> PersonSummary:
    """Return the person of a subscription."""
    person = db.session.get_one(Person, subscription.person_id)
    return PersonSummary(person.id, person.name, person.avatar)
