"""Which gateway delivers mail."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app

from hampa.platform.config import Settings
from hampa.platform.mail.base import Gateway
from hampa.platform.mail.console import ConsoleGateway

EXTENSION = "hampa.mail"


def chosen() -> Gateway:
    """The gateway of the settings."""
    kept = current_app.extensions.get(EXTENSION)
    if kept is None:
        kept = _made(current_app.extensions["hampa.settings"])
        use(current_app, kept)
    return cast(Gateway, kept)


def use(app: Flask, gateway: Gateway) -> None:
    """Let this app deliver mail through `gateway`."""
    app.extensions[EXTENSION] = gateway


def console() -> Gateway:
    """The one for people who must never receive anything real."""
    return ConsoleGateway()


def _made(settings: Settings) -> Gateway:
    if settings.mail_gateway == "smtp":
        # Only the worker sends; the web processes need neither smtplib nor the email package's policies.
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
