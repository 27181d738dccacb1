"""`flask hampa doctor`: checks of the installation, each with its result in one line for the operator."""

import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from redis import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from hampa.platform import clock, openid, serving
from hampa.platform.backups import targets
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.lasting import first_secret
from hampa.platform.redis import redis
from hampa.platform.security.virus_scanning import ScanFailed, scanner_version, scans
from hampa.platform.web import health

log = logging.getLogger(__name__)

EXTENSIONS = ("pg_trgm", "unaccent", "btree_gist")
LEAST_POSTGRES = 150_000
LEAST_REDIS = (6, 2)
LEAST_DISK_SHARE = 0.10
MOST_CLOCK_DIFFERENCE = timedelta(seconds=5)

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class CheckResult:
    """The result of a check; only "fail" means that Hampa can't work."""

    state: State
    part: str
    words: str


def run_checks() -> Iterator[CheckResult]:
    """Run every check; none of them stops the others."""
    for check in (
        check_settings,
        check_gateway,
        check_mail,
        check_openid,
        check_payments,
        check_database,
        check_migrations,
        check_secrets,
        check_clock,
        check_redis,
        check_disk,
        check_backup,
        check_pictures,
        check_scanner,
    ):
        part = check.__name__.removeprefix("check_")
        try:
            for state, words in check():
                yield CheckResult(state, part, words)
        except (SQLAlchemyError, RedisError, health.NotReady) as error:
            if isinstance(error, SQLAlchemyError):
                log.exception("a check of the database failed")
                db.session.rollback()
            yield CheckResult("fail", part, str(error).splitlines()[0])


Results = Iterator[tuple[State, str]]


def check_settings() -> Results:
    """Check what production should not leave at its default; types were checked when the app was made."""
    wanted = settings()
    yield "ok", f"{wanted.env}, {serving.address_of(wanted)}"
    if wanted.production and not wanted.trusted_proxies:
        yield "warn", "HAMPA_TRUSTED_PROXIES is 0: behind a proxy all people share its address"


def check_secrets() -> Results:
    """Check that what must outlive a change of the secret key can be read."""
    if not first_secret().is_known:
        yield (
            "fail",
            "HAMPA_OLD_SECRET_KEYS lacks the secret key of before: numbers that asked for no SMS, and calendar links, "
            "are not known any more",
        )
    elif settings().old_secret_keys:
        yield "warn", "HAMPA_OLD_SECRET_KEYS is set: leave it out a month after the change"
    else:
        yield "ok", "what outlives a change of the secret key can be read"


def check_gateway() -> Results:
    """Check that SMS reach phones."""
    wanted = settings()
    if wanted.production and wanted.sms_gateway == "console":
        yield "warn", "HAMPA_SMS_GATEWAY is console: no SMS reaches a phone, nobody can sign in"
    else:
        second = f", then {wanted.sms_second_gateway}" if wanted.sms_second_gateway else ""
        routes = "".join(f", {prefix} by {name}" for prefix, name in wanted.sms_routes)
        yield "ok", f"{wanted.sms_gateway}{second}{routes}"
    names = {wanted.sms_gateway, wanted.sms_second_gateway, *(name for _prefix, name in wanted.sms_routes)}
    if names & {"kavenegar", "smsir"} and not wanted.sms_callback_secret:
        yield "warn", "HAMPA_SMS_CALLBACK_SECRET is empty: receipts and SMS from people are not taken"


def check_mail() -> Results:
    """Check that mail is sent to a server, without sending any."""
    wanted = settings()
    if wanted.mail_gateway == "smtp":
        security = {"starttls": "with STARTTLS", "tls": "with TLS", "none": "in clear"}[wanted.smtp_security]
        state: State = "warn" if wanted.production and wanted.smtp_security == "none" else "ok"
        yield state, f"{wanted.smtp_host}, {security}, from {wanted.mail_from}"
    elif wanted.production:
        yield "warn", "HAMPA_MAIL_GATEWAY is console: no mail leaves, nobody can verify an address"
    else:
        yield "ok", wanted.mail_gateway


def check_openid() -> Results:
    """Check that the provider of OpenID says of itself what a sign-in needs."""
    wanted = settings()
    if not openid.is_offered():
        yield "ok", "no provider"
        return
    try:
        openid.provider().check()
    except openid.ProviderError as error:
        yield "warn", f"{wanted.openid_name} signs nobody in: {error}"
    else:
        yield "ok", f"{wanted.openid_name}, and back at {wanted.base_url}/login/openid/back"


def check_payments() -> Results:
    """Check through whom subscriptions are paid."""
    wanted = settings()
    if not wanted.subscriptions:
        yield "ok", "HAMPA_SUBSCRIPTIONS is 0: everybody has everything"
    elif wanted.payment_gateway == "sandbox":
        yield "warn", "HAMPA_PAYMENT_GATEWAY is sandbox: nobody pays"
    else:
        back = f", told at {wanted.base_url}/gateways/payments/stripe" if wanted.payment_gateway == "stripe" else ""
        yield "ok", f"{wanted.payment_gateway}{back}"
        if not wanted.base_url.startswith("https://"):
            yield "warn", f"{wanted.payment_gateway} may not lead people back to {wanted.base_url}"


def check_database() -> Results:
    """Check the version, and the extensions that the migrations need."""
    version = int(db.session.execute(text("SHOW server_version_num")).scalar_one())
    state: State = "ok" if version >= LEAST_POSTGRES else "fail"
    yield state, f"PostgreSQL {version // 10_000}, 15 or later is needed"
    for extension in EXTENSIONS:
        db.session.execute(text(f"CREATE EXTENSION IF NOT EXISTS {extension}"))
    db.session.rollback()
    yield "ok", f"can create {', '.join(EXTENSIONS)}"


def check_migrations() -> Results:
    """Check that all migrations have run."""
    health.check_migrations()
    yield "ok", "at head"


def check_clock() -> Results:
    """Check that this machine and the database agree on the time, by which codes and leases run out."""
    difference = abs(clock.now() - db.session.execute(text("SELECT clock_timestamp()")).scalar_one())
    state: State = "ok" if difference < MOST_CLOCK_DIFFERENCE else "fail"
    yield state, f"{difference.total_seconds():.1f} s from the database's"


def check_redis() -> Results:
    """Check the version."""
    version = redis().info("server")["redis_version"]
    state: State = "ok" if tuple(map(int, version.split(".")[:2])) >= LEAST_REDIS else "fail"
    yield state, f"{version}, 6.2 or later is needed"


def check_backup() -> Results:
    """Check that a backup was made in the last day and a half."""
    if not targets.is_on():
        state: State = "warn" if settings().production else "ok"
        yield state, "HAMPA_BACKUP_TARGET is empty: no backups are made"
        return
    last = targets.newest()
    told = f"the newest is of {last:%Y-%m-%d %H:%M} UTC" if last else "there is none yet"
    yield "warn" if targets.is_late() else "ok", f"{told}, at {settings().backup_target}"


def check_pictures() -> Results:
    """Check that Pillow can shape Persian: Raqm, in its wheels, looks for FriBiDi on the machine."""
    from PIL import features

    if features.check_feature("raqm"):
        yield "ok", "Persian can be drawn"
    else:
        yield "warn", "libfribidi is missing: runs are shared with the site's picture alone"


def check_disk() -> Results:
    """Check that the disk of the data has free space."""
    home = settings().home
    folder = next(path for path in (home, *home.parents) if path.exists())
    usage = shutil.disk_usage(folder)
    state: State = "ok" if usage.free / usage.total >= LEAST_DISK_SHARE else "warn"
    yield state, f"{usage.free / 1e9:.1f} GB of {usage.total / 1e9:.1f} free at {folder}"


def check_scanner() -> Results:
    """Check that ClamAV answers, where files are scanned."""
    if not scans():
        yield "ok", "HAMPA_CLAMAV is empty: files are not scanned for viruses"
        return
    try:
        yield "ok", scanner_version()
    except ScanFailed as error:
        yield "fail", f"{error}; files wait until it answers"
