"""Webhooks of a person, in their export and at their erasure."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, select

from hampa.outbox.models import OutboxMessage
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.webhooks.models import KIND, Webhook

privacy_registry.holds(Webhook.person_id, noun="webhooks", fate="delete")


@privacy_registry.exports("webhooks", _l("Webhooks that are told of your runs and crews, without their secrets"))
def webhooks(person: Person) -> Iterable[dict[str, Any]]:
    """Return the webhooks; the secrets would let anybody speak in our name."""
    names = "id created_at updated_at url events delivered_at failing_since switched_off_at"
    return privacy_registry.rows_of(person, Webhook.person_id, names)


@privacy_registry.erases
def erase_calls(person: Person) -> None:
    """Delete what is known of the calls."""
    mine = select(Webhook.id).where(Webhook.person_id == person.id)
    recipients = [str(webhook_id) for webhook_id in db.session.scalars(mine)]
    calls = OutboxMessage.kind == KIND, OutboxMessage.recipient.in_(recipients)
    db.session.execute(delete(OutboxMessage).where(*calls).execution_options(synchronize_session=False))
