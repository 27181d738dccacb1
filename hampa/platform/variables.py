"""How the values of environment variables are read; each raises `ValueError` with what they must be."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from email.utils import formataddr, parseaddr
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from phonenumbers import SUPPORTED_REGIONS

from hampa.platform.mail import addresses


def text(given: str) -> str:
    """Anything."""
    return given


def path(given: str) -> Path:
    """A path, made absolute; ~ is one's home."""
    return Path(given).expanduser().absolute()


def flag(given: str) -> bool:
    """1 or 0, and the usual words for them."""
    if given.lower() in {"1", "true", "yes", "on"}:
        return True
    if given.lower() in {"0", "false", "no", "off"}:
        return False
    raise ValueError("must be 1 or 0")


def one_of(*choices: str) -> Callable[[str], str]:
    """A reader of one of these words."""

    def read(given: str) -> str:
        if given not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return given

    return read


def whole(least: int, most: int = 1_000_000) -> Callable[[str], int]:
    """A reader of a whole number from `least` to `most`."""

    def read(given: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", given) or not least <= int(given) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(given)

    return read


def share(given: str) -> float:
    """A number from 0 to 1."""
    if not re.fullmatch(r"[01](\.[0-9]{1,6})?", given) or float(given) > 1:
        raise ValueError("must be a number from 0 to 1")
    return float(given)


@dataclass(frozen=True)
class Price:
    """An amount of money; `currency` by its three letters (ISO 4217)."""

    amount: Decimal
    currency: str


def price(given: str) -> Price:
    """An amount and a currency, such as 0.05 EUR."""
    parts = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ([A-Z]{3})", given)
    if parts is None:
        raise ValueError("must be an amount and a currency, such as 0.05 EUR")
    return Price(Decimal(parts[1]), parts[2])


def zone(given: str) -> str:
    """An IANA time zone."""
    try:
        return ZoneInfo(given).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be an IANA time zone such as Asia/Tehran") from None


def region(given: str) -> str:
    """A country, by its two letters (ISO 3166-1)."""
    if given not in SUPPORTED_REGIONS:
        raise ValueError("must be a country's two capital letters, such as IR")
    return given


def regions(given: str) -> tuple[str, ...]:
    """Countries with commas between them; empty means none."""
    return tuple(region(part.strip()) for part in given.split(",") if part.strip())


def origin(given: str) -> str:
    """Scheme and host of a site, without a path."""
    parts = urlsplit(given)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"} or parts.query:
        raise ValueError("must be like https://hampa.example, without a path")
    return f"{parts.scheme}://{parts.netloc}"


def postgresql(given: str) -> str:
    """The URL of a PostgreSQL database, as psycopg 3 wants it."""
    scheme, found, rest = given.partition("://")
    if not found or scheme not in {"postgres", "postgresql", "postgresql+psycopg"}:
        raise ValueError("must begin with postgresql://")
    return f"postgresql+psycopg://{rest}"


def redis(given: str) -> str:
    """The URL of a Redis."""
    if not given.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("must begin with redis://, rediss:// or unix://")
    return given


def web_address(given: str) -> str:
    """An http or https URL."""
    if urlsplit(given).scheme not in {"http", "https"}:
        raise ValueError("must be a URL")
    return given


def host(given: str) -> str:
    """The name or the address of a server."""
    if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?", given):
        raise ValueError("must be the name of a server, such as smtp.example.org")
    return given


def sender(given: str) -> str:
    """A mail address, with or without a name before it."""
    name, address = parseaddr(given)
    try:
        if not given.isprintable():
            raise ValueError
        return formataddr((name, addresses.parse(address)))
    except ValueError:
        raise ValueError("must be a mail address, such as Hampa <hello@hampa.example>") from None


def tiles(given: str) -> str:
    """The https address of map tiles, with {z}, {x} and {y} in it."""
    parts = urlsplit(given)
    if parts.scheme != "https" or not parts.netloc or not all(part in given for part in ("{z}", "{x}", "{y}")):
        raise ValueError("must begin with https:// and have {z}, {x} and {y} in it")
    if not re.fullmatch(r"(\{s\}\.)?[A-Za-z0-9.:-]+", parts.netloc):
        raise ValueError("must name a host, at most with {s}. before it")
    return given
