"""The gateway of payments that the settings name."""

from typing import cast

from flask import Flask, current_app

from hampa.platform.config import Settings, settings
from hampa.platform.payments.base import PaymentGateway

_KEY = "hampa.payments"


def payment_gateway() -> PaymentGateway:
    """Return the gateway; it is created once, and keeps its connections."""
    gateway = current_app.extensions.get(_KEY)
    if gateway is None:
        gateway = current_app.extensions[_KEY] = _create(settings())
    return cast(PaymentGateway, gateway)


def use_payment_gateway(app: Flask, gateway: PaymentGateway | None) -> None:
    """Make the app charge through a gateway, or through that of the settings."""
    app.extensions[_KEY] = gateway


def _create(settings: Settings) -> PaymentGateway:
    if settings.payment_gateway == "zarinpal":
        from hampa.platform.payments.zarinpal import ZarinpalGateway

        return ZarinpalGateway(settings.zarinpal_merchant, url=settings.zarinpal_url)
    if settings.payment_gateway == "stripe":
        from hampa.platform.payments.stripe_checkout import StripeGateway

        return StripeGateway(settings.stripe_key, settings.stripe_webhook_secret, url=settings.stripe_url)
    from hampa.platform.payments.sandbox import SandboxGateway

    return SandboxGateway(f"{settings.base_url}/dev/pay")
