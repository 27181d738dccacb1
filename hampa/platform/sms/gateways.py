"""Which gateway delivers."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app

from hampa.platform.config import Settings
from hampa.platform.sms.base import Gateway
from hampa.platform.sms.console import ConsoleGateway

EXTENSION = "hampa.sms"


def chosen() -> Gateway:
    """The gateway of the settings; it is kept, and with it its connections."""
    kept = current_app.extensions.get(EXTENSION)
    if kept is None:
        kept = _made(current_app.extensions["hampa.settings"])
        use(current_app, kept)
    return cast(Gateway, kept)


def use(app: Flask, gateway: Gateway) -> None:
    """Let this app deliver through `gateway`."""
    app.extensions[EXTENSION] = gateway


def console() -> Gateway:
    """The one for people who must never receive anything real."""
    return ConsoleGateway()


def _made(settings: Settings) -> Gateway:
    if settings.sms_gateway == "webhook":
        # It brings an HTTP client along, which only the worker needs.
        from hampa.platform.sms.webhook import WebhookGateway

        return WebhookGateway(settings.sms_webhook_url, settings.sms_webhook_token)
    return ConsoleGateway()
