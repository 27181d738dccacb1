"""Sending messages to devices, and deleting those that are used no more."""

import uuid
from datetime import timedelta

from hampa.outbox.models import MessageKind, register_kind
from hampa.platform.config import Settings
from hampa.platform.db import db
from hampa.platform.delivery.base import Gateway
from hampa.platform.delivery.console import ConsoleGateway
from hampa.platform.jobs import job
from hampa.platform.push.keys import vapid_key
from hampa.push.actions import devices as actions, sending as sending
from hampa.push.actions.composing import compose_push
from hampa.push.queries import messages as messages


def create_gateway(settings: Settings) -> Gateway:
    """Return the gateway of the settings."""
    if settings.push_gateway == "console":
        return ConsoleGateway()
    from hampa.platform.push.gateway import WebPushGateway

    return WebPushGateway(vapid_key, forget_device, contact=settings.push_contact, local=settings.push_local)


def forget_device(device_id: str) -> None:
    """Delete a subscription that is gone, at once: its other messages need not be tried."""
    actions.forget(uuid.UUID(device_id))
    db.session.commit()


register_kind(MessageKind("push", create_gateway, compose_push))


@job("push.delete_unused", every=timedelta(days=1))
def delete_unused() -> None:
    """Delete the subscriptions of sessions that are over."""
    actions.delete_unused()
    db.session.commit()
