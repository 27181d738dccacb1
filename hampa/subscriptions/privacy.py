"""Export and erasure of a person's subscriptions and payments."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select, update

from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.subscriptions.models import Payment, Subscription, SubscriptionChange, SubscriptionPlan

privacy_registry.holds(Subscription.person_id, noun="subscriptions", fate="delete")
privacy_registry.holds(Payment.person_id, noun="payments", fate="empty")
privacy_registry.holds(Payment.refunded_by_id, left_out="work of an operator, in the books of the site", fate="empty")
privacy_registry.holds(
    SubscriptionChange.actor_id, left_out="work of an operator; one's own history is under subscriptions", fate="empty"
)


@privacy_registry.exports("subscriptions", _l("Your subscriptions, and their history"))
def export_subscriptions(person: Person) -> Iterable[dict[str, Any]]:
    """Return each change of the subscriptions with what became of them; operators are not named."""
    query = (
        select(
            SubscriptionChange.subscription_id,
            SubscriptionPlan.code.label("plan"),
            SubscriptionChange.change,
            SubscriptionChange.state,
            SubscriptionChange.ends_at,
            SubscriptionChange.reason,
            SubscriptionChange.created_at,
        )
        .join(Subscription, Subscription.id == SubscriptionChange.subscription_id)
        .join(SubscriptionPlan, SubscriptionPlan.id == Subscription.plan_id)
        .where(Subscription.person_id == person.id)
    )
    return privacy_registry.rows_in_order(query, SubscriptionChange)


@privacy_registry.exports("payments", _l("What you paid for subscriptions"))
def export_payments(person: Person) -> Iterable[dict[str, Any]]:
    """Return the payments with the numbers of their receipts."""
    columns = "id number plan_name_fa plan_name_en months amount currency state gateway reference created_at paid_at refunded_at"
    return privacy_registry.rows_of(person, Payment.person_id, columns)


@privacy_registry.erases
def forget_reasons(person: Person) -> None:
    """Empty why money was given back: the books need the sums, and no words about a person."""
    theirs = update(Payment).where(Payment.person_id == person.id).values(refund_reason="")
    db.session.execute(theirs.execution_options(synchronize_session=False))
