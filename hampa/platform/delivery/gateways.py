"""The choice of the gateways that deliver SMS and mail."""

from typing import cast

from flask import Flask, current_app

from hampa.platform.config import Settings
from hampa.platform.delivery.base import Gateway
from hampa.platform.delivery.console import ConsoleGateway


def get_gateway(kind: str) -> Gateway:
    """Return the gateway of the settings for "sms" or "mail"; it is created once, and keeps its connections."""
    gateway = current_app.extensions.get(f"hampa.{kind}")
    if gateway is None:
        settings = current_app.extensions["hampa.settings"]
        gateway = _mail_gateway(settings) if kind == "mail" else _sms_gateway(settings)
        use_gateway(current_app, kind, gateway)
    return cast(Gateway, gateway)


def use_gateway(app: Flask, kind: str, gateway: Gateway) -> None:
    """Make the app deliver messages of a kind through a gateway."""
    app.extensions[f"hampa.{kind}"] = gateway


# Only the worker sends: the web processes need neither an HTTP client nor smtplib.


def _sms_gateway(settings: Settings) -> Gateway:
    if settings.sms_gateway == "webhook":
        from hampa.platform.sms.webhook import WebhookGateway

        return WebhookGateway(settings.sms_webhook_url, settings.sms_webhook_token)
    return ConsoleGateway()


def _mail_gateway(settings: Settings) -> Gateway:
    if settings.mail_gateway == "smtp":
        from hampa.platform.mail.smtp import SmtpGateway

        return SmtpGateway(
            settings.smtp_host,
            settings.smtp_port,
            security=settings.smtp_security,
            user=settings.smtp_user,
            password=settings.smtp_password,
            sender=settings.mail_from,
        )
    return ConsoleGateway()
