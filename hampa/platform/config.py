"""Every environment variable Hampa reads, declared once.

`Settings` is the declaration: a field names its variable, how to read it, its default and, in one
line, what it is for. `load` turns an environment into settings or raises `SettingsError` with one
line that says which variable is wrong and why. `.env.example` is `example()`, and a test holds them equal.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from flask import current_app

from hampa.platform import variables

DEVELOPMENT_SECRET = "only-for-development-and-tests-never-in-production"  # noqa: S105 - production refuses it
DEVELOPMENT_ROOM = 100
CHECKOUT = Path(__file__).parents[2]

Environment = Literal["development", "test", "production"]


class SettingsError(Exception):
    """An environment variable is wrong or missing; the message is one line for the operator."""


def setting(
    variable: str,
    read: Callable[[str], Any],
    default: Any,
    help: str,
    *,
    shown: str | None = None,
    roomy: bool = False,
    secret: bool = False,
) -> Any:
    """One variable. `shown` is what `.env.example` prints for a default that is worked out; a `roomy`
    limit left at its default is a hundred times as wide in development; a `secret` stays out of `repr`."""
    metadata = {"variable": variable, "read": read, "help": help, "shown": shown, "roomy": roomy}
    return dataclasses.field(default=default, metadata=metadata, repr=not secret)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the operator decided. Durations are seconds."""

    env: Environment = setting(
        "HAMPA_ENV",
        variables.one_of("development", "test", "production"),
        "development",
        "development, test or production",
    )
    secret_key: str = setting(
        "HAMPA_SECRET_KEY",
        variables.text,
        DEVELOPMENT_SECRET,
        "signs cookies and encrypts what waits to be sent; production needs one of 32 characters or more",
        shown="",
        secret=True,
    )
    base_url: str = setting(
        "HAMPA_BASE_URL",
        variables.origin,
        "",
        "where people reach the site; links in messages begin with it; production needs it",
        shown="http://127.0.0.1:5000",
    )
    bind: str = setting("HAMPA_BIND", variables.text, "127.0.0.1", "address the web server listens on")
    port: int = setting("PORT", variables.whole(1, 65535), 5000, "port the web server listens on")
    home: Path = setting("HAMPA_HOME", variables.path, CHECKOUT / "var", "folder for Hampa's own data", shown="var")
    demo: bool = setting(
        "HAMPA_DEMO",
        variables.flag,
        False,
        "1 fills the demo community in when `flask hampa up` starts; development does so unless it is 0",
        shown="",
    )
    trusted_proxies: int = setting(
        "HAMPA_TRUSTED_PROXIES", variables.whole(0, 10), 0, "how many proxies in front set X-Forwarded-For and -Proto"
    )

    default_locale: Literal["fa", "en"] = setting(
        "HAMPA_DEFAULT_LOCALE",
        variables.one_of("fa", "en"),
        "fa",
        "language when neither person nor browser chose: fa or en",
    )
    timezone: str = setting("HAMPA_TIMEZONE", variables.zone, "Asia/Tehran", "time zone of people who chose none")
    phone_region: str = setting(
        "HAMPA_PHONE_REGION", variables.region, "IR", "country of phone numbers written without a country code"
    )
    sms_countries: tuple[str, ...] = setting(
        "HAMPA_SMS_COUNTRIES",
        variables.regions,
        (),
        "countries whose numbers get SMS, with commas; empty means HAMPA_PHONE_REGION alone",
        shown="",
    )
    sms_gateway: Literal["console", "webhook"] = setting(
        "HAMPA_SMS_GATEWAY",
        variables.one_of("console", "webhook"),
        "console",
        "who delivers SMS: console shows them at /dev/outbox, webhook posts them to HAMPA_SMS_WEBHOOK_URL",
    )
    sms_webhook_url: str = setting(
        "HAMPA_SMS_WEBHOOK_URL", variables.web_address, "", "where the webhook gateway posts SMS"
    )
    sms_webhook_token: str = setting(
        "HAMPA_SMS_WEBHOOK_TOKEN", variables.text, "", "what it proves itself with there", shown=""
    )
    mail_gateway: Literal["console", "smtp"] = setting(
        "HAMPA_MAIL_GATEWAY",
        variables.one_of("console", "smtp"),
        "console",
        "who delivers mail: console shows it at /dev/outbox, smtp hands it to HAMPA_SMTP_HOST",
    )
    mail_from: str = setting(
        "HAMPA_MAIL_FROM",
        variables.sender,
        "",
        "whom mail comes from, such as Hampa <hello@hampa.example>; smtp needs it",
    )
    smtp_host: str = setting("HAMPA_SMTP_HOST", variables.host, "", "server that takes mail on")
    smtp_port: int = setting(
        "HAMPA_SMTP_PORT",
        variables.whole(1, 65535),
        0,
        "its port; empty: 587 with starttls, 465 with tls, 25 with none",
        shown="",
    )
    smtp_security: Literal["starttls", "tls", "none"] = setting(
        "HAMPA_SMTP_SECURITY",
        variables.one_of("starttls", "tls", "none"),
        "starttls",
        "starttls, tls (from the start) or none; without a TLS that was asked for no mail is sent",
    )
    smtp_user: str = setting("HAMPA_SMTP_USER", variables.text, "", "who signs in there; empty: nobody")
    smtp_password: str = setting("HAMPA_SMTP_PASSWORD", variables.text, "", "the password for that", secret=True)

    database_url: str = setting(
        "DATABASE_URL",
        variables.postgresql,
        "",
        "PostgreSQL 15 or later; empty starts the one that comes with Hampa",
        secret=True,
    )
    redis_url: str = setting(
        "REDIS_URL", variables.redis, "", "Redis 6.2 or Valkey; empty starts the one that comes with Hampa", secret=True
    )
    pool_size: int = setting("HAMPA_POOL_SIZE", variables.whole(1, 200), 8, "database connections a process keeps")
    pool_overflow: int = setting(
        "HAMPA_POOL_OVERFLOW", variables.whole(0, 200), 4, "database connections a process may open beyond those"
    )
    web_workers: int = setting("HAMPA_WEB_WORKERS", variables.whole(1, 64), 2, "web server processes")
    web_threads: int = setting("HAMPA_WEB_THREADS", variables.whole(1, 64), 8, "requests a web process answers at once")
    worker_concurrency: int = setting(
        "HAMPA_WORKER_CONCURRENCY", variables.whole(1, 64), 2, "jobs a worker runs at once"
    )

    tile_url: str = setting(
        "HAMPA_TILE_URL",
        variables.tiles,
        "",
        "tiles of the map, such as https://tile.openstreetmap.org/{z}/{x}/{y}.png; empty draws a simple map ourselves",
    )
    tile_credit: str = setting(
        "HAMPA_TILE_CREDIT", variables.text, "© OpenStreetMap contributors", "whose tiles these are, shown on the map"
    )

    log_level: str = setting(
        "HAMPA_LOG_LEVEL",
        variables.one_of("DEBUG", "INFO", "WARNING", "ERROR"),
        "INFO",
        "DEBUG, INFO, WARNING or ERROR",
    )
    sentry_dsn: str = setting(
        "SENTRY_DSN", variables.web_address, "", "where errors are reported; empty reports nowhere", secret=True
    )
    sentry_traces: float = setting(
        "HAMPA_SENTRY_TRACES", variables.share, 0.05, "share of requests and jobs whose trace is reported, 0 to 1"
    )
    release: str = setting("HAMPA_RELEASE", variables.text, "", "name of the running version, for Sentry")

    codes_per_number_hour: int = setting(
        "HAMPA_CODES_PER_NUMBER_HOUR", variables.whole(1), 5, "sign-in codes an hour to one number", roomy=True
    )
    codes_per_number_day: int = setting(
        "HAMPA_CODES_PER_NUMBER_DAY", variables.whole(1), 10, "sign-in codes a day to one number", roomy=True
    )
    codes_per_address_hour: int = setting(
        "HAMPA_CODES_PER_ADDRESS_HOUR",
        variables.whole(1),
        200,
        "sign-in codes an hour asked from one address",
        roomy=True,
    )
    codes_per_prefix_hour: int = setting(
        "HAMPA_CODES_PER_PREFIX_HOUR",
        variables.whole(1),
        30,
        "sign-in codes an hour to numbers that differ in the last four digits alone",
        roomy=True,
    )
    codes_per_site_hour: int = setting(
        "HAMPA_CODES_PER_SITE_HOUR",
        variables.whole(1),
        500,
        "sign-in codes an hour in all; past it only numbers with an account get one",
        roomy=True,
    )
    code_wait: int = setting(
        "HAMPA_CODE_WAIT",
        variables.whole(1, 3600),
        60,
        "seconds before a code may be asked for again; doubles each time",
    )
    code_lifetime: int = setting(
        "HAMPA_CODE_LIFETIME", variables.whole(30, 3600), 300, "seconds a sign-in code is good for"
    )
    code_attempts: int = setting("HAMPA_CODE_ATTEMPTS", variables.whole(1, 100), 5, "wrong tries that spend a code")
    wrong_codes_before_wait: int = setting(
        "HAMPA_WRONG_CODES_BEFORE_WAIT",
        variables.whole(1),
        10,
        "wrong codes in a row after which unknown devices wait",
        roomy=True,
    )
    wrong_codes_before_day: int = setting(
        "HAMPA_WRONG_CODES_BEFORE_DAY",
        variables.whole(1),
        100,
        "wrong codes in a row after which unknown devices wait a day",
        roomy=True,
    )
    wrong_code_wait: int = setting(
        "HAMPA_WRONG_CODE_WAIT",
        variables.whole(1, 3600),
        30,
        "seconds of the first such wait; doubles with each wrong code",
    )
    wrong_code_wait_most: int = setting(
        "HAMPA_WRONG_CODE_WAIT_MOST", variables.whole(1, 86_400), 3600, "seconds such a wait grows to at most"
    )

    watches_per_person_day: int = setting(
        "HAMPA_WATCHES_PER_PERSON_DAY",
        variables.whole(1),
        10,
        "how often a day a person may have somebody wait for them (home safe)",
        roomy=True,
    )
    watches_per_contact_day: int = setting(
        "HAMPA_WATCHES_PER_CONTACT_DAY",
        variables.whole(1),
        6,
        "how often a day one number may be told that somebody is not home, whoever names it",
        roomy=True,
    )
    sms_per_person_day: int = setting(
        "HAMPA_SMS_PER_PERSON_DAY",
        variables.whole(1),
        20,
        "SMS a day of one kind to one person, sign-in codes apart; what is past it stands in the app alone",
        roomy=True,
    )

    messages_per_run_day: int = setting(
        "HAMPA_MESSAGES_PER_RUN_DAY", variables.whole(1), 5, "messages a day to all who take part in a run", roomy=True
    )
    sms_price: variables.Price | None = setting(
        "HAMPA_SMS_PRICE",
        variables.price,
        None,
        "what the gateway charges for a part of an SMS, such as 0.05 EUR; empty: organisers are told no cost",
        shown="",
    )
    numbers_per_person_day: int = setting(
        "HAMPA_NUMBERS_PER_PERSON_DAY",
        variables.whole(1),
        20,
        "phone numbers a day that one person may look for an account by, to organise with",
        roomy=True,
    )
    runs_per_person_day: int = setting(
        "HAMPA_RUNS_PER_PERSON_DAY",
        variables.whole(1),
        20,
        "runs a day that one person may publish; a series counts as one",
        roomy=True,
    )
    walk_ins_per_person_day: int = setting(
        "HAMPA_WALK_INS_PER_PERSON_DAY",
        variables.whole(1),
        100,
        "phone numbers a day that one person may add at the meeting points of their runs",
        roomy=True,
    )

    exports_per_person_day: int = setting(
        "HAMPA_EXPORTS_PER_PERSON_DAY",
        variables.whole(1),
        3,
        "copies of all that is theirs that a person may have made a day",
        roomy=True,
    )

    @property
    def production(self) -> bool:
        return self.env == "production"

    @property
    def development(self) -> bool:
        return self.env == "development"


def load(environ: Mapping[str, str]) -> Settings:
    """Settings out of environment variables; an empty variable counts as not set."""
    values: dict[str, Any] = {}
    for field in dataclasses.fields(Settings):
        given = environ.get(field.metadata["variable"], "").strip()
        if given:
            try:
                values[field.name] = field.metadata["read"](given)
            except ValueError as reason:
                raise SettingsError(f"{field.metadata['variable']} {reason}") from None
    return _completed(Settings(**values), given=values.keys())


def _completed(found: Settings, *, given: Any) -> Settings:
    """Fill in what follows from other settings, and check what production must have."""
    if found.production:
        if found.secret_key == DEVELOPMENT_SECRET or len(found.secret_key) < 32:
            raise SettingsError("HAMPA_SECRET_KEY must be set to 32 characters or more of your own in production")
        _check_public(found.base_url)
    if found.sms_gateway == "webhook" and not found.sms_webhook_url:
        raise SettingsError("HAMPA_SMS_WEBHOOK_URL must be set when HAMPA_SMS_GATEWAY is webhook")
    if found.mail_gateway == "smtp":
        _check_smtp(found)
    derived: dict[str, Any] = {}
    if found.development:
        derived["demo"] = found.demo or "demo" not in given
        for field in dataclasses.fields(Settings):
            if field.metadata["roomy"] and field.name not in given:
                derived[field.name] = cast(int, field.default) * DEVELOPMENT_ROOM
    if not found.base_url:
        derived["base_url"] = f"http://127.0.0.1:{found.port}"
    if not found.sms_countries:
        derived["sms_countries"] = (found.phone_region,)
    return dataclasses.replace(found, **derived)


def _check_smtp(found: Settings) -> None:
    if not found.smtp_host:
        raise SettingsError("HAMPA_SMTP_HOST must be set when HAMPA_MAIL_GATEWAY is smtp")
    if not found.mail_from:
        raise SettingsError("HAMPA_MAIL_FROM must be set when HAMPA_MAIL_GATEWAY is smtp")
    if found.smtp_user and found.smtp_security == "none":
        raise SettingsError("HAMPA_SMTP_SECURITY must be starttls or tls where HAMPA_SMTP_USER signs in")


def _check_public(base_url: str) -> None:
    if not base_url:
        raise SettingsError("HAMPA_BASE_URL must be set in production")
    parts = urlsplit(base_url)
    if parts.scheme != "https" and parts.hostname not in {"localhost", "127.0.0.1"}:
        raise SettingsError("HAMPA_BASE_URL must begin with https:// in production")


def example() -> str:
    """The text of `.env.example`."""
    lines = ["# Settings of Hampa: environment variables, each with its default. Made by `make env-example`."]
    for field in dataclasses.fields(Settings):
        shown = field.metadata["shown"]
        if shown is None:
            shown = str(int(field.default) if isinstance(field.default, bool) else field.default)
        lines += ["", f"# {field.metadata['help']}", f"{field.metadata['variable']}={shown}"]
    return "\n".join(lines) + "\n"


def settings() -> Settings:
    """The settings of the current app."""
    return cast(Settings, current_app.extensions["hampa.settings"])
