"""Declarations of environment variables, and types of their values, whose errors say what the value must be."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from email.utils import formataddr, parseaddr
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from phonenumbers import SUPPORTED_REGIONS
from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

from hampa.platform.mail import addresses

DEVELOPMENT_FACTOR = 100
TILE_HOST = re.compile(r"(\{s\}\.)?[A-Za-z0-9.:-]+")
HOST_PATTERN = "[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?"


def variable(
    default: Any,
    help: str,
    *,
    name: str | None = None,
    shown: str | None = None,
    secret: bool = False,
    in_development: Any = None,
    **constraints: Any,
) -> Any:
    """Declare a variable.

    `shown` is what `.env.example` prints in place of a default that depends on other settings; `in_development` is the
    default in development, if it differs. A `secret` stays out of `repr`.
    """
    extra: dict[str, Any] = {"shown": shown, "in_development": in_development}
    return Field(
        default, description=help, validation_alias=name, json_schema_extra=extra, repr=not secret, **constraints
    )


def limit(default: int, help: str) -> Any:
    """Declare a limit of how often something may be done; in development it is a hundred times as high."""
    return variable(default, help, ge=1, le=1_000_000, in_development=default * DEVELOPMENT_FACTOR)


@dataclass(frozen=True)
class Price:
    """An amount of money; `currency` by its three letters (ISO 4217)."""

    amount: Decimal
    currency: str


@dataclass(frozen=True)
class PartPrice:
    """The price of a part of an SMS through a gateway, or through any if that is "", to numbers with a prefix."""

    gateway: str
    prefix: str
    price: Price


@dataclass(frozen=True)
class TokenPrice:
    """What a million tokens of a language model cost, those that it reads and those that it writes."""

    read: Decimal
    written: Decimal
    currency: str

    def cost(self, tokens: tuple[int, int]) -> Decimal:
        """Return what tokens cost, read and written."""
        return (self.read * tokens[0] + self.written * tokens[1]) / 1_000_000


def _matching(
    pattern: str, message: str, convert: Callable[[re.Match[str]], Any] = lambda match: match[0]
) -> BeforeValidator:
    """Return a validator that converts texts which match a pattern; the message begins with "must"."""

    def check(value: Any) -> Any:
        match = re.fullmatch(pattern, str(value))
        if match is None:
            raise ValueError(message)
        return convert(match)

    return BeforeValidator(check)


def _zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be an IANA time zone such as Asia/Tehran") from None


def _region(value: str) -> str:
    if value not in SUPPORTED_REGIONS:
        raise ValueError("must be a country's two capital letters, such as IR")
    return value


def _regions(value: str) -> tuple[str, ...]:
    return tuple(_region(part.strip()) for part in value.split(",") if part.strip())


def _origin(value: str) -> str:
    if not re.fullmatch(r"https?://[^/?#\s]+/?", value) or not urlsplit(value).hostname:
        raise ValueError("must be like https://hampa.example, without a path")
    return value.removesuffix("/")


def _origins(value: Any) -> tuple[str, ...]:
    """Return the origins of a list with commas."""
    if not isinstance(value, str):
        return tuple(value)
    return tuple(_origin(origin.strip()) for origin in value.split(",") if origin.strip())


def _sender(value: str) -> str:
    name, address = parseaddr(value)
    try:
        if not value.isprintable():
            raise ValueError
        return formataddr((name, addresses.parse(address)))
    except ValueError:
        raise ValueError("must be a mail address, such as Hampa <hello@hampa.example>") from None


def _tiles(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme != "https" or not parts.netloc or not all(part in value for part in ("{z}", "{x}", "{y}")):
        raise ValueError("must begin with https:// and have {z}, {x} and {y} in it")
    if not TILE_HOST.fullmatch(parts.netloc):
        raise ValueError("must name a host, at most with {s}. before it")
    return value


def _list_of(pattern: str, message: str, convert: Callable[[re.Match[str]], Any]) -> BeforeValidator:
    """Return a validator of values with commas between them, each of which matches a pattern."""

    def check(value: Any) -> tuple[Any, ...]:
        matches = [re.fullmatch(pattern, part.strip()) for part in str(value).split(",") if part.strip()]
        if not all(matches):
            raise ValueError(message)
        return tuple(convert(match) for match in matches if match)

    return BeforeValidator(check)


def _networks(value: str) -> tuple[str, ...]:
    try:
        return tuple(str(ip_network(part.strip())) for part in str(value).split(",") if part.strip())
    except ValueError:
        raise ValueError("must be addresses or networks with commas, such as 192.0.2.1, 198.51.100.0/24") from None


def _price(match: re.Match[str]) -> Price:
    return Price(Decimal(match["amount"]), match["currency"])


MONEY = r"(?P<amount>[0-9]{1,12}(?:\.[0-9]{1,6})?) (?P<currency>[A-Z]{3})"
SMS_GATEWAYS = ("webhook", "smsir", "kavenegar", "twilio")
GATEWAY, PREFIX = f"(?P<gateway>{'|'.join(SMS_GATEWAYS)})", r"(?P<prefix>\+[1-9][0-9]{0,6})"

Port = Annotated[int, Field(ge=1, le=65_535)]
Share = Annotated[float, Field(ge=0, le=1)]
Folder = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]
Money = Annotated[
    Price,
    _matching(
        r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ([A-Z]{3})",
        "must be an amount and a currency, such as 0.05 EUR",
        lambda match: Price(Decimal(match[1]), match[2]),
    ),
]
TokenPrices = Annotated[
    TokenPrice,
    _matching(
        r"([0-9]{1,9}(?:\.[0-9]{1,6})?)/([0-9]{1,9}(?:\.[0-9]{1,6})?) ([A-Z]{3})",
        "must be two amounts and a currency, such as 0.30/2.50 USD",
        lambda match: TokenPrice(Decimal(match[1]), Decimal(match[2]), match[3]),
    ),
]
Amounts = Annotated[
    tuple[Price, ...],
    NoDecode,
    _list_of(MONEY, "must be amounts and currencies with commas, such as 20 EUR, 50000000 IRR", _price),
]
PartPrices = Annotated[
    tuple[PartPrice, ...],
    NoDecode,
    _list_of(
        f"{GATEWAY}?{PREFIX}?={MONEY}",
        "must be prices with commas, such as kavenegar+98=1500 IRR, twilio+49=0.08 EUR, twilio=0.1 EUR",
        lambda match: PartPrice(match["gateway"] or "", match["prefix"] or "", _price(match)),
    ),
]
Routes = Annotated[
    tuple[tuple[str, str], ...],
    NoDecode,
    _list_of(
        f"{PREFIX}={GATEWAY}",
        "must be prefixes of numbers and gateways with commas, such as +98=kavenegar, +49=twilio",
        lambda match: (match["prefix"], match["gateway"]),
    ),
]
Secrets = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(lambda value: tuple(filter(None, map(str.strip, str(value).split(",")))))
]
Networks = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_networks)]
Zone = Annotated[str, AfterValidator(_zone)]
Region = Annotated[str, AfterValidator(_region)]
Regions = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_regions)]
Origin = Annotated[str, AfterValidator(_origin)]
Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_origins)]
PostgreSQL = Annotated[
    str,
    _matching(
        r"(?:postgres|postgresql|postgresql\+psycopg)://(.*)",
        "must begin with postgresql://",
        lambda match: f"postgresql+psycopg://{match[1]}",
    ),
]
Redis = Annotated[str, _matching(r"(rediss?|unix)://.*", "must begin with redis://, rediss:// or unix://")]
URL = Annotated[str, _matching(r"https?://.*", "must be a URL")]
Discovery = Annotated[
    str,
    _matching(
        r"https?://[^\s?#]+/\.well-known/openid-configuration",
        "must be a URL ending in /.well-known/openid-configuration",
    ),
]
Host = Annotated[str, _matching(HOST_PATTERN, "must be the name of a server, such as smtp.example.org")]
Server = Annotated[
    str,
    _matching(
        rf"(?:{HOST_PATTERN}|\[[0-9a-fA-F:]+\]):[0-9]{{1,5}}", "must be a server and its port, such as clamav:3310"
    ),
]
VapidKey = Annotated[str, _matching("[A-Za-z0-9_-]{43}=?", "must be the base64url of 32 bytes")]
Contact = Annotated[str, _matching(r"(?:mailto:[^@\s]+@[^@\s]+|https://\S+)", "must begin with mailto: or https://")]
Sender = Annotated[str, AfterValidator(_sender)]
Tiles = Annotated[str, AfterValidator(_tiles)]
