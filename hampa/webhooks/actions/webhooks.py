"""Make, change, switch on and end webhooks; note how they are reached."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, update

from hampa.auth.actions.theft import ends_on_theft
from hampa.notifications.actions.notifying import notify
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.people.queries import lock_person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.delivery.signed_calls import new_secret
from hampa.platform.errors import Refused, TooFast
from hampa.platform.limits import limit
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.platform.security import crypto
from hampa.webhooks import queries
from hampa.webhooks.models import BOTH_SECRETS, FAILS_FOR, KIND, MOST_WEBHOOKS, Webhook

MADE_A_DAY: Final = 50


def make_webhook(person: Person, url: str, events: Sequence[str]) -> tuple[Webhook, str]:
    """Make a webhook, and return it with its secret. Raise Refused when the person has too many, and TooFast."""
    # One at a time for each person, so that two at once don't pass the most.
    lock_person(person.id)
    if queries.has_too_many(person):
        raise Refused(
            ngettext(
                "You can have %(num)d webhook. End it first.",
                "You can have %(num)d webhooks. End one of them first.",
                MOST_WEBHOOKS,
            )
        )
    limit(person, "webhooks.make", MADE_A_DAY, per="day", error=_too_many)
    secret = new_secret()
    webhook = Webhook(
        id=ids.new_id(),
        person_id=person.id,
        url=url,
        events=sorted(events),
        secret=crypto.encrypt(secret, queries.SECRET),
    )
    db.session.add(webhook)
    db.session.flush()
    return webhook, secret


def _too_many(seconds: int) -> TooFast:
    return TooFast(_("You have made many webhooks today. Try again tomorrow."), seconds)


def change_webhook(webhook: Webhook, url: str, events: Sequence[str]) -> None:
    """Change where a webhook goes, and what it is told of; one that was switched off is on again."""
    webhook.url, webhook.events = url, sorted(events)
    switch_on(webhook)


def renew_secret(webhook: Webhook) -> str:
    """Make a new secret and return it; calls are signed with the one of before too, for a day."""
    secret = new_secret()
    webhook.old_secret, webhook.old_secret_until = webhook.secret, clock.now() + BOTH_SECRETS
    webhook.secret = crypto.encrypt(secret, queries.SECRET)
    return secret


def switch_on(webhook: Webhook) -> None:
    """Tell a webhook of events again."""
    webhook.failing_since = webhook.switched_off_at = None


def switch_off(webhook: Webhook) -> None:
    """Tell a webhook of nothing until it is switched on; calls that wait are withdrawn."""
    webhook.switched_off_at = clock.now()


def end_webhook(webhook: Webhook) -> None:
    """Delete a webhook, and what is known of its calls."""
    calls = OutboxMessage.recipient == str(webhook.id), OutboxMessage.kind == KIND
    db.session.execute(delete(OutboxMessage).where(*calls), execution_options={"synchronize_session": False})
    db.session.delete(webhook)


@ends_on_theft(Webhook)
def end_webhooks(person: Person, _since: datetime) -> None:
    """End all webhooks of the person."""
    for webhook in queries.webhooks_of(person):
        end_webhook(webhook)


def note_call(webhook_id: uuid.UUID, *, was_taken: bool, is_gone: bool) -> None:
    """Note how a call went. One that fails for days, or wants no more, is switched off, and its person notified."""
    now, hook = clock.now(), Webhook
    quiet = {"synchronize_session": False}
    this = update(hook).where(hook.id == webhook_id)
    if was_taken:
        db.session.execute(this.values(delivered_at=now, failing_since=None), execution_options=quiet)
        return
    db.session.execute(this.values(failing_since=func.coalesce(hook.failing_since, now)), execution_options=quiet)
    over = this.where(hook.switched_off_at.is_(None))
    if not is_gone:
        over = over.where(hook.failing_since <= now - FAILS_FOR)
    owner_id = db.session.scalar(over.values(switched_off_at=now).returning(hook.person_id), execution_options=quiet)
    if owner_id is not None:
        event = f"webhook_off:{webhook_id}:{now.isoformat()}"
        notify([owner_id], "webhook_off", subject_id=webhook_id, data={}, event=event)
