"""What people do with the subscription that they have, and what becomes of it in time."""

import uuid
from datetime import timedelta
from typing import Final

from hampa.notifications.actions.notifying import notify
from hampa.people.models import Person
from hampa.people.queries import lock_person
from hampa.platform import clock
from hampa.platform.db import db, locked_row
from hampa.platform.errors import Conflict
from hampa.platform.locale.i18n import gettext as _
from hampa.subscriptions.actions.granting import changing, end, is_over
from hampa.subscriptions.models import (
    ACTIVE,
    CANCELED,
    CANCELLED,
    EXPIRED,
    GRACE,
    LATE,
    PAST_DUE,
    RESUMED,
    Subscription,
)
from hampa.subscriptions.queries.subscriptions import late_subscriptions, running_subscription, subscriptions_to_remind

BATCH: Final = 100


def cancel(person: Person) -> None:
    """Cancel a subscription: what was paid for is kept until its end, and one without an end ends now.

    Cancelling twice is cancelling once. Raise Conflict when there is none.
    """
    subscription = _held(person)
    if subscription.state == CANCELED:
        return
    if subscription.ends_at is None or subscription.ends_at <= clock.now():
        end(subscription, change=CANCELLED, actor_id=person.id)
        return
    with changing(subscription, CANCELLED, actor_id=person.id):
        subscription.state = CANCELED


def resume(person: Person) -> None:
    """Take a cancellation back before its end. Raise Conflict when there is none."""
    subscription = _held(person)
    if subscription.state == CANCELED:
        with changing(subscription, RESUMED, actor_id=person.id):
            subscription.state = ACTIVE


def _held(person: Person) -> Subscription:
    lock_person(person.id)
    subscription = running_subscription(person.id, lock=True)
    if subscription is None or is_over(subscription, clock.now()):
        raise Conflict(_("Your subscription has ended. Look at the page again."))
    return subscription


def remind(days: int) -> int:
    """Remind people whose subscriptions end within so many days, a batch of them, once each; return how many."""
    now = clock.now()
    rows = subscriptions_to_remind(now, days, BATCH)
    for subscription_id, person_id in rows:
        lock_person(person_id)
        subscription = _locked(subscription_id)
        if subscription.state != ACTIVE or subscription.ends_at is None:
            continue
        subscription.reminded = days
        if now < subscription.ends_at <= now + timedelta(days=days):
            ends_at = subscription.ends_at.isoformat()
            notify(
                [person_id],
                "subscription_ends",
                subject_id=subscription.id,
                data={"days": days, "ends_at": ends_at},
                event=f"{subscription.id}:{ends_at}:{days}",
            )
    db.session.flush()
    return len(rows)


def move_on() -> int:
    """Put subscriptions whose time is over into their next state, a batch of them; return how many."""
    rows = late_subscriptions(clock.now(), BATCH)
    for subscription_id, person_id in rows:
        lock_person(person_id)
        subscription = _locked(subscription_id)
        if subscription.state != EXPIRED and subscription.ends_at is not None and subscription.ends_at <= clock.now():
            _move(subscription)
    return len(rows)


def _move(subscription: Subscription) -> None:
    """Put a subscription whose end has come into its next state, and tell its person."""
    ends_at = subscription.ends_at
    if ends_at is None:
        return
    event = f"{subscription.id}:{ends_at.isoformat()}"
    if is_over(subscription, clock.now()):
        end(subscription)
        notify([subscription.person_id], "subscription_ended", subject_id=subscription.id, data={}, event=event)
    elif subscription.state == ACTIVE:
        with changing(subscription, LATE):
            subscription.state = PAST_DUE
        notify(
            [subscription.person_id],
            "subscription_late",
            subject_id=subscription.id,
            data={"until": (ends_at + GRACE).isoformat()},
            event=event,
        )


def _locked(subscription_id: uuid.UUID) -> Subscription:
    return locked_row(Subscription, subscription_id)
