"""Settings: every environment variable that Hampa reads, declared once.

A field of `Settings` is the variable `HAMPA_` + its name, or the one of its alias; its type validates the value.
`.env.example` is `example()`; a test holds them equal.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from flask import current_app
from pydantic import Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from hampa.platform import variables
from hampa.platform.config_checks import DEVELOPMENT_SECRET, PREFIX, SettingsError, check
from hampa.platform.variables import limit, variable

_current_app = current_app._get_current_object  # type: ignore[attr-defined]
CHECKOUT = Path(__file__).parents[2]

Environment = Literal["development", "test", "production"]
SmsGateway = Literal["console", "webhook", "smsir", "kavenegar", "twilio"]


class Settings(BaseSettings):
    """The operator's decisions. Durations are seconds."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", validate_default=False)

    env: Environment = variable("development", "development, test or production")
    secret_key: str = variable(
        DEVELOPMENT_SECRET,
        "signs cookies and encrypts what waits to be sent; production needs one of 32 characters or more",
        shown="",
        secret=True,
    )
    old_secret_keys: variables.Secrets = variable(
        (),
        "secret keys of before, with commas: sessions, tokens, links and what is encrypted go on (docs/operating.md)",
        shown="",
        secret=True,
    )
    base_url: variables.Origin = variable(
        "",
        "where people reach the site; links in messages begin with it; production needs it",
        shown="http://127.0.0.1:5000",
    )
    bind: str = variable("127.0.0.1", "address the web server listens on; outside production one of this machine")
    port: variables.Port = variable(5000, "port the web server listens on", name="PORT")
    home: variables.Folder = variable(CHECKOUT / "var", "folder for Hampa's own data", shown="var")
    cache: variables.Folder = variable(
        Path(), "folder for what can be made again, such as compiled templates; empty: HAMPA_HOME/cache", shown=""
    )
    demo: bool = variable(
        False,
        "1 fills the demo community in when `flask hampa up` starts; development does so unless it is 0",
        shown="",
    )
    trusted_proxies: int = variable(0, "how many proxies in front set X-Forwarded-For and -Proto", ge=0, le=10)

    default_locale: Literal["fa", "en"] = variable("fa", "language when neither person nor browser chose: fa or en")
    foreign_locale: Literal["fa", "en"] = variable(
        "en", "language for browsers that ask for other languages alone: en or fa"
    )
    timezone: variables.Zone = variable("Asia/Tehran", "time zone of people who chose none")
    phone_region: variables.Region = variable("IR", "country of phone numbers written without a country code")
    sms_countries: variables.Regions = variable(
        (),
        "countries whose numbers get SMS, with commas; empty means HAMPA_PHONE_REGION alone",
        shown="",
        in_development=("DE", "IR"),
    )
    sms_gateway: SmsGateway = variable(
        "console",
        "who delivers SMS: console shows them at /dev/outbox, webhook posts them to HAMPA_SMS_WEBHOOK_URL; smsir,"
        " kavenegar and twilio are services (docs/operating.md)",
    )
    sms_second_gateway: Literal["", "webhook", "smsir", "kavenegar", "twilio"] = variable(
        "", "the gateway that takes over while another one rests or refuses the account"
    )
    sms_routes: variables.Routes = variable(
        (), "gateways by the beginning of numbers, such as +98=kavenegar, +49=twilio", shown=""
    )
    sms_webhook_url: variables.URL = variable("", "where the webhook gateway posts SMS")
    sms_webhook_token: str = variable("", "what it proves itself with there", shown="", secret=True)
    smsir_key: str = variable("", "API key of sms.ir", secret=True)
    smsir_line: Annotated[str, Field(pattern="^[0-9]*$")] = variable("", "number of the line that sms.ir sends from")
    smsir_code_template: Annotated[str, Field(pattern="^([0-9]+:[A-Za-z0-9_]+)?$")] = variable(
        "", "template of sms.ir for codes and its parameter, such as 123456:CODE; empty: codes go as text"
    )
    kavenegar_key: Annotated[str, Field(pattern="^[A-Za-z0-9%=+-]*$")] = variable(
        "", "API key of Kavenegar", secret=True
    )
    kavenegar_sender: str = variable("", "number that Kavenegar sends from; empty: the account's own")
    kavenegar_code_template: str = variable("", "template of Kavenegar for codes; empty: codes go as text")
    twilio_account: Annotated[str, Field(pattern="^(AC[0-9a-fA-F]{32})?$")] = variable("", "account SID of Twilio")
    twilio_token: str = variable("", "its auth token, which also proves that callbacks are Twilio's", secret=True)
    twilio_sender: str = variable("", "number, name or messaging service (MG…) that Twilio sends from")
    twilio_url: variables.URL = variable("https://api.twilio.com", "Twilio's API, which may be that of a region")
    sms_callback_secret: str = variable(
        "",
        "secret in the addresses that Kavenegar, sms.ir and the webhook gateway call with receipts and SMS from people;"
        " empty: they are not answered",
        secret=True,
    )
    sms_callback_networks: variables.Networks = variable(
        (), "addresses or networks, with commas, that may call these; empty: any", shown=""
    )
    mail_gateway: Literal["console", "smtp"] = variable(
        "console", "who delivers mail: console shows it at /dev/outbox, smtp hands it to HAMPA_SMTP_HOST"
    )
    mail_from: variables.Sender = variable(
        "", "whom mail comes from, such as Hampa <hello@hampa.example>; smtp needs it"
    )
    smtp_host: variables.Host = variable("", "server that takes mail on")
    smtp_port: variables.Port = variable(0, "its port; empty: 587 with starttls, 465 with tls, 25 with none", shown="")
    smtp_security: Literal["starttls", "tls", "none"] = variable(
        "starttls", "starttls, tls (from the start) or none; without a TLS that was asked for no mail is sent"
    )
    smtp_user: str = variable("", "who signs in there; empty: nobody")
    smtp_password: str = variable("", "the password for that", secret=True)
    openid_url: variables.Discovery = variable(
        "",
        "discovery document of a provider that people may sign in with (OpenID Connect), such as"
        " https://accounts.google.com/.well-known/openid-configuration; empty: there is none (docs/operating.md)",
    )
    openid_client_id: str = variable("", "what the provider knows this site by")
    openid_client_secret: str = variable("", "the secret for that", secret=True)
    openid_name: Annotated[str, Field(max_length=30)] = variable("", "what people call the provider, such as Google")
    push_gateway: Literal["webpush", "console"] = variable(
        "webpush", "who delivers to devices: webpush, the push services of browsers; console shows it at /dev/outbox"
    )
    push_private_key: variables.VapidKey = variable(
        "", "VAPID key as base64url of 32 bytes; empty: one is made and kept, encrypted, in the database", secret=True
    )
    push_contact: variables.Contact = variable(
        "", "where push services reach you, mailto: or https:; empty: the address of the site, if it is https", shown=""
    )
    push_local: bool = variable(
        False, "1 lets push services and webhooks be on this machine too; production refuses it"
    )

    subscriptions: bool = variable(
        False,
        "1 sells subscriptions, whose plans say what people may do (docs/operating.md); 0: everybody has everything",
    )
    payment_gateway: Literal["", "sandbox", "zarinpal", "stripe"] = variable(
        "",
        "who charges for subscriptions: zarinpal, stripe, or sandbox, a page for development on which nobody pays",
        in_development="sandbox",
    )
    zarinpal_merchant: Annotated[str, Field(pattern="^([0-9a-fA-F-]{36})?$")] = variable(
        "", "the merchant's id at Zarinpal, 36 characters", secret=True
    )
    zarinpal_url: variables.Origin = variable(
        "https://payment.zarinpal.com", "Zarinpal's address; its own sandbox is https://sandbox.zarinpal.com"
    )
    stripe_key: Annotated[str, Field(pattern="^((sk|rk)_[A-Za-z0-9_]+)?$")] = variable(
        "", "secret or restricted key of Stripe", secret=True
    )
    stripe_webhook_secret: Annotated[str, Field(pattern="^(whsec_[A-Za-z0-9+/=_-]+)?$")] = variable(
        "",
        "secret of the webhook at HAMPA_BASE_URL/gateways/payments/stripe, by which its calls are known",
        secret=True,
    )
    stripe_url: variables.Origin = variable("https://api.stripe.com", "Stripe's API")

    database_url: variables.PostgreSQL = variable(
        "", "PostgreSQL 15 or later; empty starts the one that comes with Hampa", name="DATABASE_URL", secret=True
    )
    database_wait: int = variable(
        0, "seconds to wait for a replica of DATABASE_URL to take over when no server there takes writes", ge=0, le=25
    )
    redis_url: variables.Redis = variable(
        "", "Redis 6.2 or Valkey; empty starts the one that comes with Hampa", name="REDIS_URL", secret=True
    )
    s3_bucket: str = variable("", "S3 bucket that files are kept in; empty: they are kept in HAMPA_HOME/files")
    s3_endpoint: variables.URL = variable("", "address of the S3 service; empty: Amazon's for the region")
    s3_region: str = variable("us-east-1", "region of the bucket")
    s3_key: str = variable("", "access key of the bucket; empty: the role of the machine")
    s3_secret: str = variable("", "secret of that access key", secret=True)
    clamav: variables.Server = variable("", "clamd that scans files of plans, as HOST:PORT; empty: none does")
    gemini_key: str = variable(
        "", "key of the Gemini API, for summaries of athletes and plans; empty: they are composed here", secret=True
    )
    gemini_model: str = variable("gemini-2.5-flash", "which model writes summaries")
    gemini_url: str = variable("", "where the Gemini API is; empty: at Google")
    gemini_price: variables.TokenPrices | None = variable(
        None, "what a million tokens cost, read and written, such as 0.30/2.50 USD; empty: no cost is counted", shown=""
    )
    summaries_a_month: int = variable(30, "summaries that the model writes for a person in a month", ge=0, le=10_000)
    backup_target: str = variable("", "folder, or s3://bucket/folder, for a backup every night; empty: none is made")
    pool_size: int = variable(8, "database connections a process keeps", ge=1, le=200)
    pool_overflow: int = variable(4, "database connections a process may open beyond those", ge=0, le=200)
    web_workers: int = variable(2, "web server processes", ge=1, le=64)
    drain_seconds: int = variable(
        0, "seconds that a web server which is told to end says so at /readyz/self, and still answers", ge=0, le=60
    )
    web_threads: int = variable(8, "requests a web process answers at once", ge=1, le=64)
    connections_per_client: int = variable(
        256, "connections, and requests at once, of one client that a web process holds", ge=8, le=4096
    )
    worker_concurrency: int = variable(2, "jobs a worker runs at once", ge=1, le=64)

    tile_url: variables.Tiles = variable(
        "",
        "tiles of the map, such as https://tile.openstreetmap.org/{z}/{x}/{y}.png; empty draws a simple map ourselves",
    )
    tile_credit: str = variable("© OpenStreetMap contributors", "whose tiles these are, shown on the map")
    follow_map_links: bool = variable(False, "1: the worker opens short links of maps (maps' own hosts, by HTTPS)")

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = variable("INFO", "DEBUG, INFO, WARNING or ERROR")
    sentry_dsn: variables.URL = variable(
        "", "where errors are reported; empty reports nowhere", name="SENTRY_DSN", secret=True
    )
    sentry_traces: variables.Share = variable(0.05, "share of requests and jobs whose trace is reported, 0 to 1")
    release: str = variable("", "name of the running version, for Sentry")
    access_token_minutes: int = variable(15, "minutes that an access token of a program is good for", ge=1, le=60)
    refreshes_per_address_minute: int = limit(5, "wrong refresh tokens a minute from one address")
    refreshes_per_person_minute: int = limit(20, "new refresh tokens a minute of one person, over all their programs")

    codes_per_number_hour: int = limit(5, "sign-in codes an hour to one number")
    codes_per_number_day: int = limit(10, "sign-in codes a day to one number")
    codes_kept_per_number_hour: int = limit(3, "codes an hour beyond that, for networks that asked for none that day")
    codes_kept_per_number_day: int = limit(5, "the same a day")
    codes_per_address_hour: int = limit(200, "sign-in codes an hour asked from one address")
    codes_per_prefix_hour: int = limit(30, "sign-in codes an hour to numbers that differ in the last four digits alone")
    codes_per_site_hour: int = limit(500, "sign-in codes an hour in all; past it only numbers with an account get one")
    code_wait: int = variable(60, "seconds before a code may be asked for again; doubles each time", ge=1, le=3600)
    code_lifetime: int = variable(300, "seconds a sign-in code is good for", ge=30, le=3600)
    code_attempts: int = variable(5, "wrong tries that spend a code", ge=1, le=100)
    wrong_codes_before_wait: int = limit(10, "wrong codes in a row after which unknown devices wait")
    wrong_codes_before_day: int = limit(100, "wrong codes in a row after which unknown devices wait a day")
    wrong_codes_per_address_hour: int = limit(
        60, "wrong codes an hour from one address, for whatever numbers, after which unknown devices there wait"
    )
    wrong_code_wait: int = variable(30, "seconds of the first such wait; doubles with each wrong code", ge=1, le=3600)
    wrong_code_wait_most: int = variable(3600, "seconds such a wait grows to at most", ge=1, le=86400)

    wrong_passwords_per_address_hour: int = limit(60, "wrong passwords an hour from one address; new devices then wait")
    wrong_passwords_per_site_hour: int = limit(1000, "wrong passwords an hour in all; new devices then use other ways")
    passwords: bool = variable(False, "1 lets people set a password and sign in with it")
    passkey_challenges_per_address_minute: int = limit(60, "challenges a minute for passkeys that one address gets")
    mail_links_per_mail_hour: int = limit(5, "sign-in links an hour to one mail address")
    mail_links_per_mail_day: int = limit(10, "the same a day")
    mail_links_per_address_hour: int = limit(200, "sign-in links an hour asked from one address")
    openid_starts_per_address_hour: int = limit(200, "sign-ins by the provider of OpenID an hour begun at one address")
    door_attempts_per_address_minute: int = limit(
        5, "tries a minute from one address to sign in by other means than codes, of devices that nobody signed in with"
    )
    watches_per_person_day: int = limit(10, "how often a day a person may have somebody wait for them (home safe)")
    watches_per_contact_day: int = limit(
        6, "how many runners a day may have one number told that they are not home, whoever names it"
    )
    texts_per_contact_day: int = limit(
        12, "SMS of home safe a day to one contact, by all runners together; half of them by one runner at most"
    )
    sms_per_person_day: int = limit(
        20, "SMS a day of one kind to one person, sign-in codes apart; what is past it stands in the app alone"
    )
    sms_parts_per_person_day: int = limit(
        60, "parts of SMS a day to one person, codes and home safe apart; what is past it stands in the app alone"
    )
    sms_inbound_per_number_hour: int = limit(20, "SMS an hour from one number that are looked at")

    messages_per_run_day: int = limit(5, "messages a day to all who take part in a run")
    sms_price: variables.Money | None = variable(
        None,
        "what the gateway charges for a part of an SMS, such as 0.05 EUR; empty: organisers are told no cost",
        shown="",
    )
    sms_prices: variables.PartPrices = variable(
        (),
        "what a part costs by gateway and beginning of the number, such as kavenegar+98=1500 IRR, twilio+49=0.08 EUR;"
        " else HAMPA_SMS_PRICE",
        shown="",
    )
    sms_budget_day: variables.Amounts = variable(
        (), "what SMS may cost a day, such as 20 EUR, 50000000 IRR; past it SMS to many wait for the next day", shown=""
    )
    numbers_per_person_day: int = limit(
        20, "phone numbers a day that one person may look for an account by, to organise with"
    )
    runs_per_person_day: int = limit(20, "runs a day that one person may publish; a series counts as one")
    walk_ins_per_person_day: int = limit(100, "phone numbers a day that one person may add at their meeting points")

    cors_origins: variables.Origins = variable((), "origins whose scripts may use the API, with commas", shown="")
    metrics_token: str = variable(
        "", "what proves a reader of /metrics; empty: this machine alone reads it", secret=True
    )
    page_visitor_limit: int = limit(100, "requests a minute of one address (IPv6: /64) for pages, not signed in")
    page_person_limit: int = limit(300, "requests a minute of one person for pages")
    board_visitor_limit: int = limit(
        240, "views of boards of duties a minute of one address; each open board asks twice a minute"
    )
    api_visitor_limit: int = limit(100, "requests a minute of one address to the API, without a token")
    api_person_limit: int = limit(300, "requests a minute to the API of one person, or by one personal access token")
    searches_per_minute: int = limit(60, "searches over everything a minute of one person, or one address")
    exports_per_person_day: int = limit(3, "copies of all that is theirs that a person may have made a day")

    @property
    def production(self) -> bool:
        """Return whether this is a production environment."""
        return self.env == "production"

    @property
    def development(self) -> bool:
        """Return whether this is a development environment."""
        return self.env == "development"


def load(environ: Mapping[str, str]) -> Settings:
    """Return the settings of these environment variables; an empty variable counts as not set.

    Raise SettingsError with one line that names the wrong or missing variable.
    """
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): value.strip() for name, value in environ.items() if value.strip()}
    try:
        settings = Settings(_build_sources=((source,), {}))  # type: ignore[call-arg]
    except ValidationError as invalid:
        error = invalid.errors()[0]
        name = str(error["loc"][0])
        field = Settings.model_fields.get(name)
        reason = re.sub("^(Value error, |(Input|String) should (?=.))", "", error["msg"])
        reason = reason if reason.startswith("must ") else f"must {reason}"
        raise SettingsError(f"{variable_name(name, field) if field else name} {reason}") from None
    check(settings)
    return settings.model_copy(update=_derived(settings))


def _derived(settings: Settings) -> dict[str, Any]:
    """Return the values that depend on other settings."""
    derived: dict[str, Any] = {}
    if settings.development:
        given = settings.model_fields_set
        derived["demo"] = settings.demo or "demo" not in given
        for name, field in Settings.model_fields.items():
            if name not in given and (value := _extra(field)["in_development"]) is not None:
                derived[name] = value
    if "cache" not in settings.model_fields_set:
        derived["cache"] = settings.home / "cache"
    if not settings.base_url:
        derived["base_url"] = f"http://127.0.0.1:{settings.port}"
    if not settings.push_contact and settings.base_url.startswith("https://"):
        derived["push_contact"] = settings.base_url
    if not settings.sms_countries and "sms_countries" not in derived:
        derived["sms_countries"] = (settings.phone_region,)
    return derived


def variable_name(name: str, field: FieldInfo) -> str:
    """Return the name of the environment variable of a field."""
    return str(field.validation_alias or PREFIX + name.upper())


def example() -> str:
    """Return the text of `.env.example`."""
    lines = ["# Settings of Hampa: environment variables, each with its default. Made by `make env-example`."]
    for name, field in Settings.model_fields.items():
        shown = _extra(field)["shown"]
        if shown is None:
            shown = str(int(field.default) if isinstance(field.default, bool) else field.default)
        lines += ["", f"# {field.description}", f"{variable_name(name, field)}={shown}"]
    return "\n".join(lines) + "\n"


def _extra(field: FieldInfo) -> dict[str, Any]:
    return cast(dict[str, Any], field.json_schema_extra)


def settings() -> Settings:
    """Return the settings of the current app."""
    return cast(Settings, _current_app().extensions["hampa.settings"])
