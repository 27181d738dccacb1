"""The choice of the gateways that deliver messages: by kind, and for SMS by the number too."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import cast

from flask import Flask, current_app

from hampa.platform.config import Settings, settings
from hampa.platform.delivery.base import Gateway
from hampa.platform.delivery.console import ConsoleGateway

Create = Callable[[Settings], Gateway]
_kinds: dict[str, Create] = {}


def register_gateway(kind: str, create: Create) -> None:
    """Have messages of a kind delivered by the gateway that `create` returns. Raise ValueError if the kind has one."""
    if kind in _kinds:
        raise ValueError(f"messages of kind {kind} have a gateway already")
    _kinds[kind] = create


def get_gateway(kind: str) -> Gateway:
    """Return the gateway of a kind of messages; it is created once, and keeps its connections."""
    return _kept(f"hampa.{kind}", lambda: _kinds[kind](settings()))


def use_gateway(app: Flask, kind: str, gateway: Gateway) -> None:
    """Make the app deliver messages of a kind through a gateway."""
    app.extensions[f"hampa.{kind}"] = gateway


def gateways_for(kind: str, recipient: str) -> tuple[Gateway, ...]:
    """Return the gateway that delivers to a recipient, and the one that takes over when it can't, if there is one."""
    first = get_gateway(kind)
    if kind != "sms":
        return (first,)
    wanted = settings()
    name = next((name for prefix, name in routes() if recipient.startswith(prefix)), None)
    if name is not None:
        first = named_gateway(name)
    if wanted.sms_second_gateway in ("", first.name):
        return (first,)
    return (first, named_gateway(wanted.sms_second_gateway))


def routes() -> list[tuple[str, str]]:
    """Return the prefixes of numbers that have a gateway of their own, each with its name, the longest first."""
    return sorted(settings().sms_routes, key=lambda route: -len(route[0]))


def named_gateway(name: str) -> Gateway:
    """Return a gateway of SMS by its name."""
    return _kept(f"hampa.gateway.{name}", lambda: _create_named(name, settings()))


def create_sms_gateway(settings: Settings) -> Gateway:
    """Return the gateway of SMS to numbers that have none of their own."""
    return named_gateway(settings.sms_gateway)


def _kept(key: str, create: Callable[[], Gateway]) -> Gateway:
    gateway = current_app.extensions.get(key)
    if gateway is None:
        gateway = current_app.extensions[key] = create()
    return cast(Gateway, gateway)


def all_gateways() -> Mapping[str, Gateway]:
    """Return all gateways that the settings use, by their names."""
    return {gateway.name: gateway for _address, gateways in _addresses() for gateway in gateways}


def gateway_names() -> list[str]:
    """Return the names of the gateways of SMS and mail that the settings use, without making them."""
    wanted = settings()
    names = [wanted.sms_gateway, *(name for _prefix, name in routes()), wanted.sms_second_gateway, wanted.mail_gateway]
    return [name for name in dict.fromkeys(names) if name]


def open_addresses(resting: Collection[str]) -> str | None:
    """Return a regular expression (PostgreSQL's) for what can be sent while some gateways rest; None if all can.

    It matches a message's kind and recipient, joined by a colon.
    """
    closed = [address for address, gateways in _addresses() if all(gateway.name in resting for gateway in gateways)]
    return f"^(?!{'|'.join(closed)})" if closed else None


def addresses_of(name: str) -> str:
    """Return such a regular expression for what one gateway would send, matching nothing if it has no part in any."""
    found = [address for address, gateways in _addresses() if name in [gateway.name for gateway in gateways]]
    return f"^({'|'.join(found)})" if found else "^$"


def _addresses() -> Iterator[tuple[str, tuple[Gateway, ...]]]:
    """Yield a regular expression for each group of recipients, with their gateways."""
    for kind in _kinds:
        prefixes = [prefix for prefix, _name in routes()] if kind == "sms" else []
        for prefix in (*prefixes, ""):
            longer = [
                re.escape(other[len(prefix) :]) for other in prefixes if other != prefix and other.startswith(prefix)
            ]
            excepted = f"(?!{'|'.join(longer)})" if longer else ""
            yield f"{kind}:{re.escape(prefix)}{excepted}", gateways_for(kind, prefix)


# Only the worker sends: the web processes need neither an HTTP client nor smtplib.


def _create_named(name: str, settings: Settings) -> Gateway:
    if name == "webhook":
        from hampa.platform.sms.webhook import WebhookGateway

        return WebhookGateway(settings.sms_webhook_url, settings.sms_webhook_token)
    if name == "smsir":
        from hampa.platform.sms.smsir import SmsirGateway

        return SmsirGateway(settings.smsir_key, settings.smsir_line, code_template=settings.smsir_code_template)
    if name == "kavenegar":
        from hampa.platform.sms.kavenegar import KavenegarGateway

        return KavenegarGateway(
            settings.kavenegar_key, settings.kavenegar_sender, code_template=settings.kavenegar_code_template
        )
    if name == "twilio":
        from hampa.platform.sms.twilio import TwilioGateway

        return TwilioGateway(
            settings.twilio_account,
            settings.twilio_token,
            settings.twilio_sender,
            receipts_url=f"{settings.base_url}/gateways/twilio/receipts",
            url=settings.twilio_url,
        )
    return ConsoleGateway()


def create_mail_gateway(settings: Settings) -> Gateway:
    """Return the gateway of mail."""
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
