"""Calling webhooks."""

import json
import uuid
from typing import Any

from hampa.outbox.models import ClaimedMessage, MessageKind, register_kind
from hampa.platform.config import Settings
from hampa.platform.db import db
from hampa.platform.delivery.base import Gateway
from hampa.platform.delivery.signed_calls import SignedCall
from hampa.platform.jobs import job
from hampa.webhooks.actions import telling, webhooks
from hampa.webhooks.models import KIND


def create_gateway(settings: Settings) -> Gateway:
    """Return the gateway that calls webhooks."""
    from hampa.platform.delivery.call_gateway import CallGateway
    from hampa.platform.delivery.posting import Poster

    return CallGateway(note_call, Poster("a webhook", local=settings.push_local))


def note_call(webhook_id: str, was_taken: bool, is_gone: bool) -> None:
    """Note how a call went, at once."""
    webhooks.note_call(uuid.UUID(webhook_id), was_taken=was_taken, is_gone=is_gone)
    db.session.commit()


def compose_call(message: ClaimedMessage) -> SignedCall:
    """Return the call of a message, whose data `queries.call_data` has read."""
    return SignedCall(
        to=message.recipient,
        url=message.data["url"],
        text=json.dumps(message.data["body"], ensure_ascii=False, separators=(",", ":")),
        secrets=message.data["secrets"],
        purpose=message.purpose,
        idempotency_key=str(message.id),
        person=str(message.person_id or ""),
    )


register_kind(MessageKind(KIND, create_gateway, compose_call))


@job("webhooks.call")
def call(
    event_id: uuid.UUID,
    webhook_ids: list[str],
    run_id: uuid.UUID | None,
    event: str,
    happenings: list[Any],
    at_time: str,
    crew_id: uuid.UUID | None = None,
) -> None:
    """Write the calls of an event."""
    telling.write_calls(event_id, webhook_ids, event, happenings, at_time, {"run": run_id, "crew": crew_id})
    db.session.commit()
