"""Health checks for machines.

`/healthz`: whether this process is alive. `/readyz`: whether it can do its work. `/readyz/self`: whether it, rather than
another one, may be sent requests, which is what a proxy before several of them asks.
"""

from collections.abc import Callable, Iterable

import structlog
from flask import Blueprint, Flask, Response, current_app, jsonify
from redis import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from hampa.platform import draining
from hampa.platform.database_errors import DatabaseTrouble, driver_error, trouble_of
from hampa.platform.db import db
from hampa.platform.migrations import FOLDER
from hampa.platform.redis import redis
from hampa.platform.web.permissions import public

blueprint = Blueprint("health", __name__)
log = structlog.get_logger(__name__)


SELF_PATH = "/readyz/self"
HEADERS = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
READY_BODY = b'{"status":"ok"}\n'
DRAINING_BODY = b'{"reasons":{"draining":"about to end"},"status":"unavailable"}\n'


class NotReady(Exception):
    """The reason for which a part can't do its work, in one line."""


def check_draining() -> None:
    """Raise NotReady when this server is about to end."""
    if draining.has_begun():
        raise NotReady("about to end")


def check_database() -> None:
    """Raise SQLAlchemyError when PostgreSQL does not answer."""
    db.session.execute(text("SELECT 1"))


def check_migrations() -> None:
    """Raise NotReady when the database is older than the code expects, SQLAlchemyError when it does not answer."""
    versions = FOLDER / "versions"
    head = (versions / "HEAD").read_text().strip()
    migrated = db.session.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
    current = db.session.scalar(text("SELECT version_num FROM alembic_version")) if migrated else None
    # An unknown version was made by newer code, whose migrations suit this code too.
    if current != head and (current is None or (versions / f"{current}.py").exists()):
        raise NotReady(f"migrations are at {current or 'nothing'}, the code expects {head}")


def check_redis() -> None:
    """Raise NotReady when Redis does not answer."""
    try:
        redis().ping()
    except RedisError as error:
        raise NotReady(f"Redis does not answer ({type(error).__name__})") from None


CHECKS: dict[str, Callable[[], None]] = {
    "draining": check_draining,
    "database": check_database,
    "migrations": check_migrations,
    "redis": check_redis,
}
MIGRATED = "hampa.migrated"
"""Whether the migrations were once found to be done: asked again, `/readyz/self` would wait for an absent database."""


def failures(parts: Iterable[str] = tuple(CHECKS)) -> dict[str, str]:
    """Return why the parts that can't do their work can't, by part."""
    reasons = {}
    for part in parts:
        try:
            CHECKS[part]()
        except NotReady as reason:
            reasons[part] = str(reason)
        except SQLAlchemyError as error:
            log.exception("readiness check failed", part=part)
            trouble = trouble_of(error)
            if trouble is DatabaseTrouble.AWAY and "database" not in parts:
                db.session.rollback()
                continue
            words = "PostgreSQL does not answer" if trouble is DatabaseTrouble.AWAY else trouble.value
            reasons[part] = f"{words} ({driver_error(error)})"
            db.session.rollback()
    return reasons


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """Answer that this process is alive, whether others are or not: their trouble must not restart it."""
    return _answer({})


@blueprint.get("/readyz")
@public
def readyz() -> Response:
    """Answer whether requests may be sent here."""
    return _answer(failures())


def known_answer(app: Flask) -> tuple[int, bytes] | None:
    """Return status and body of `/readyz/self` if they are known without asking PostgreSQL."""
    if draining.has_begun():
        return 503, DRAINING_BODY
    return (200, READY_BODY) if app.extensions.get(MIGRATED) else None


@blueprint.get(SELF_PATH)
@public
def readyz_self() -> Response:
    """Answer whether this process may be sent requests, though PostgreSQL or Redis may be away.

    All processes lack them at once: a proxy that sent requests to none would say less than our pages, which do without
    Redis, do.
    """
    if draining.has_begun():
        return _answer(failures(["draining"]))
    reasons = {} if current_app.extensions.get(MIGRATED) else failures(["migrations"])
    current_app.extensions[MIGRATED] = not reasons
    return _answer(reasons)


def _answer(reasons: dict[str, str]) -> Response:
    answer = jsonify({"status": "unavailable", "reasons": reasons} if reasons else {"status": "ok"})
    answer.status_code = 503 if reasons else 200
    answer.headers["Cache-Control"] = "no-store"
    return answer


def init_app(app: Flask) -> None:
    """Register the blueprint."""
    app.register_blueprint(blueprint)
