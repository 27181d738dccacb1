"""Is everything in place? Each check gives a verdict in one line for the operator."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from redis import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.redis import redis
from hampa.platform.web import health

log = logging.getLogger(__name__)

EXTENSIONS = ("pg_trgm", "unaccent", "btree_gist")
LEAST_POSTGRES = 150_000
LEAST_REDIS = (6, 2)
LEAST_DISK_SHARE = 0.10
MOST_CLOCK_DIFFERENCE = timedelta(seconds=5)


@dataclass(frozen=True)
class Verdict:
    """What a check found; only `fail` means that Hampa can't do its work."""

    state: Literal["ok", "warn", "fail"]
    part: str
    words: str


def verdicts() -> Iterator[Verdict]:
    """Every check, one after the other; none of them stops the others."""
    for check in (
        check_settings,
        check_gateway,
        check_mail,
        check_database,
        check_migrations,
        check_clock,
        check_redis,
        check_disk,
        check_shaping,
    ):
        try:
            yield from check()
        except SQLAlchemyError as error:
            log.exception("a check of the database failed")
            db.session.rollback()
            yield Verdict("fail", check.__name__.removeprefix("check_"), str(error).splitlines()[0])
        except (RedisError, health.NotReady) as reason:
            yield Verdict("fail", check.__name__.removeprefix("check_"), str(reason).splitlines()[0])


def check_settings() -> Iterator[Verdict]:
    """They were checked when the app was made; what is left is what production should not leave as it is."""
    wanted = settings()
    yield Verdict("ok", "settings", f"{wanted.env}, {wanted.base_url}")
    if wanted.production and not wanted.trusted_proxies:
        yield Verdict("warn", "settings", "HAMPA_TRUSTED_PROXIES is 0: behind a proxy all people share its address")


def check_gateway() -> Iterator[Verdict]:
    """Whether SMS reach phones."""
    wanted = settings()
    if wanted.production and wanted.sms_gateway == "console":
        yield Verdict("warn", "gateway", "HAMPA_SMS_GATEWAY is console: no SMS reaches a phone, nobody can sign in")
    else:
        yield Verdict("ok", "gateway", wanted.sms_gateway)


def check_mail() -> Iterator[Verdict]:
    """Whether mail leaves the house; nothing is sent, so what the server thinks of it only shows at the first one."""
    wanted = settings()
    if wanted.mail_gateway == "smtp":
        secured = {"starttls": "with STARTTLS", "tls": "with TLS", "none": "in clear"}[wanted.smtp_security]
        state: Literal["ok", "warn"] = "warn" if wanted.production and wanted.smtp_security == "none" else "ok"
        yield Verdict(state, "mail", f"{wanted.smtp_host}, {secured}, from {wanted.mail_from}")
    elif wanted.production:
        yield Verdict("warn", "mail", "HAMPA_MAIL_GATEWAY is console: no mail leaves, nobody can verify an address")
    else:
        yield Verdict("ok", "mail", wanted.mail_gateway)


def check_database() -> Iterator[Verdict]:
    """Version, and the extensions that the migrations need."""
    version = int(db.session.execute(text("SHOW server_version_num")).scalar_one())
    state: Literal["ok", "fail"] = "ok" if version >= LEAST_POSTGRES else "fail"
    yield Verdict(state, "database", f"PostgreSQL {version // 10_000}, 15 or later is needed")
    for extension in EXTENSIONS:
        db.session.execute(text(f"CREATE EXTENSION IF NOT EXISTS {extension}"))
    db.session.rollback()
    yield Verdict("ok", "database", f"can create {', '.join(EXTENSIONS)}")


def check_migrations() -> Iterator[Verdict]:
    """All of them have run."""
    health.check_migrations()
    yield Verdict("ok", "migrations", "at head")


def check_clock() -> Iterator[Verdict]:
    """This machine and the database agree on the time: codes and leases run out by it."""
    theirs = db.session.execute(text("SELECT clock_timestamp()")).scalar_one()
    difference = abs(clock.now() - theirs)
    state: Literal["ok", "fail"] = "ok" if difference < MOST_CLOCK_DIFFERENCE else "fail"
    yield Verdict(state, "clock", f"{difference.total_seconds():.1f} s from the database's")


def check_redis() -> Iterator[Verdict]:
    """Version, and whether waiting work would survive its end."""
    found = redis().info("server")["redis_version"]
    version = tuple(int(part) for part in found.split(".")[:2])
    state: Literal["ok", "fail"] = "ok" if version >= LEAST_REDIS else "fail"
    yield Verdict(state, "redis", f"{found}, 6.2 or later is needed")


def check_shaping() -> Iterator[Verdict]:
    """Pillow can shape Persian: its wheels carry Raqm, which looks for FriBiDi on the machine."""
    from PIL import features

    if features.check_feature("raqm"):
        yield Verdict("ok", "pictures", "Persian can be drawn")
    else:
        yield Verdict("warn", "pictures", "libfribidi is missing: runs are shared with the site's picture alone")


def check_disk() -> Iterator[Verdict]:
    """Room where the data is."""
    home = settings().home
    nearest = next(folder for folder in (home, *home.parents) if folder.exists())
    usage = shutil.disk_usage(nearest)
    state: Literal["ok", "warn"] = "ok" if usage.free / usage.total >= LEAST_DISK_SHARE else "warn"
    yield Verdict(state, "disk", f"{usage.free / 1e9:.1f} GB of {usage.total / 1e9:.1f} free at {nearest}")
