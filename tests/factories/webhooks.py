"""Webhooks."""

from __future__ import annotations

from typing import Any

from hampa.people.models import Person
from hampa.platform.delivery.signed_calls import new_secret
from hampa.platform.security import crypto
from hampa.webhooks.models import EVENTS, Webhook
from hampa.webhooks.queries import SECRET
from tests.factories.base import made


def make_webhook(person: Person, secret: str = "", **given: Any) -> Webhook:
    """Make a webhook of a person that is told of everything."""
    values = {
        "person_id": person.id,
        "url": "https://runs.example/hook",
        "events": list(EVENTS),
        "secret": crypto.encrypt(secret or new_secret(), SECRET),
    }
    return made(Webhook, **(values | given))
