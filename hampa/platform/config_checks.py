"""Checks of settings that belong together: what a gateway needs, and what production refuses."""

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hampa.platform.security.ip_addresses import is_loopback

if TYPE_CHECKING:
    from hampa.platform.config import Settings

PREFIX = "HAMPA_"
DEVELOPMENT_SECRET = "only-for-development-and-tests-never-in-production"  # noqa: S105 - production refuses it
SMS_NEEDS = {
    "webhook": ("sms_webhook_url",),
    "smsir": ("smsir_key", "smsir_line"),
    "kavenegar": ("kavenegar_key",),
    "twilio": ("twilio_account", "twilio_token", "twilio_sender"),
}
"""The settings without which a gateway can't send."""
PAYMENT_NEEDS = {"zarinpal": ("zarinpal_merchant",), "stripe": ("stripe_key", "stripe_webhook_secret")}
"""The settings without which a gateway can't charge."""
LEAST_SECRET = 24


class SettingsError(Exception):
    """An environment variable is wrong or missing; the message is one line for the operator."""


def check(settings: "Settings") -> None:
    """Raise SettingsError when production, SMS or mail lacks a setting that it needs."""
    smtp = settings.mail_gateway == "smtp"
    if settings.production:
        if settings.secret_key == DEVELOPMENT_SECRET or len(settings.secret_key) < 32:
            raise SettingsError("HAMPA_SECRET_KEY must be set to 32 characters or more of your own in production")
        if not settings.base_url:
            raise SettingsError("HAMPA_BASE_URL must be set in production")
        address = urlsplit(settings.base_url)
        if address.scheme != "https" and address.hostname not in {"localhost", "127.0.0.1"}:
            raise SettingsError("HAMPA_BASE_URL must begin with https:// in production")
    else:
        _check_stays_here(settings)
    _check_sms(settings)
    if settings.production and settings.push_local:
        raise SettingsError("HAMPA_PUSH_LOCAL must be 0 in production")
    _check_openid(settings)
    _check_payments(settings)
    if smtp and not settings.smtp_host:
        raise SettingsError("HAMPA_SMTP_HOST must be set when HAMPA_MAIL_GATEWAY is smtp")
    if smtp and not settings.mail_from:
        raise SettingsError("HAMPA_MAIL_FROM must be set when HAMPA_MAIL_GATEWAY is smtp")
    if smtp and settings.smtp_user and settings.smtp_security == "none":
        raise SettingsError("HAMPA_SMTP_SECURITY must be starttls or tls where HAMPA_SMTP_USER signs in")


def _check_openid(settings: "Settings") -> None:
    """Raise SettingsError when a provider of OpenID lacks a setting, or production would ask one without TLS."""
    if not settings.openid_url:
        return
    for name in ("openid_client_id", "openid_client_secret", "openid_name"):
        if not getattr(settings, name):
            raise SettingsError(f"{PREFIX}{name.upper()} must be set when HAMPA_OPENID_URL is")
    if settings.production and not settings.openid_url.startswith("https://"):
        raise SettingsError("HAMPA_OPENID_URL must begin with https:// in production")


def _check_payments(settings: "Settings") -> None:
    """Raise SettingsError when a gateway of payments lacks a setting, or subscriptions lack a gateway."""
    gateway = settings.payment_gateway or ("sandbox" if settings.development else "")
    if settings.subscriptions and not gateway:
        raise SettingsError("HAMPA_PAYMENT_GATEWAY must be set when HAMPA_SUBSCRIPTIONS is 1")
    for needed in PAYMENT_NEEDS.get(gateway, ()):
        if not getattr(settings, needed):
            raise SettingsError(f"{PREFIX}{needed.upper()} must be set when HAMPA_PAYMENT_GATEWAY is {gateway}")
    if settings.production:
        if gateway == "sandbox":
            raise SettingsError("HAMPA_PAYMENT_GATEWAY must not be sandbox in production: nobody would pay")
        for name in ("zarinpal_url", "stripe_url"):
            if not getattr(settings, name).startswith("https://"):
                raise SettingsError(f"{PREFIX}{name.upper()} must begin with https:// in production")


def _check_sms(settings: "Settings") -> None:
    """Raise SettingsError when a gateway of SMS lacks a setting, or callbacks could be forged."""
    used: list[tuple[str, str]] = [
        ("HAMPA_SMS_GATEWAY is", settings.sms_gateway),
        ("HAMPA_SMS_SECOND_GATEWAY is", settings.sms_second_gateway),
    ]
    used += [("HAMPA_SMS_ROUTES has", name) for _prefix, name in settings.sms_routes]
    for where, name in used:
        for needed in SMS_NEEDS.get(name, ()):
            if not getattr(settings, needed):
                raise SettingsError(f"{PREFIX}{needed.upper()} must be set when {where} {name}")
    if settings.sms_callback_secret and not re.fullmatch(
        rf"[A-Za-z0-9_-]{{{LEAST_SECRET},}}", settings.sms_callback_secret
    ):
        raise SettingsError(f"HAMPA_SMS_CALLBACK_SECRET must be {LEAST_SECRET} letters and digits or more")


def _check_stays_here(settings: "Settings") -> None:
    """Raise SettingsError when others could reach a site whose secret is published and whose SMS anybody reads."""
    what = f"HAMPA_ENV is {settings.env}" if "env" in settings.model_fields_set else "HAMPA_ENV is not set"
    if not is_loopback(settings.bind):
        raise SettingsError(f"HAMPA_BIND must be of this machine, such as 127.0.0.1, while {what}")
    if settings.base_url and not is_loopback(urlsplit(settings.base_url).hostname or ""):
        raise SettingsError(f"HAMPA_ENV must be production for a HAMPA_BASE_URL that others can reach; {what}")
