"""Health checks for machines: `/healthz`, whether this process is alive, and `/readyz`, whether it can do its work."""

from collections.abc import Callable

import structlog
from flask import Blueprint, Flask, Response, jsonify
from redis import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from hampa.platform.database_errors import DatabaseTrouble, driver_error, trouble_of
from hampa.platform.db import db
from hampa.platform.migrations import FOLDER
from hampa.platform.redis import redis
from hampa.platform.web.permissions import public

blueprint = Blueprint("health", __name__)
log = structlog.get_logger(__name__)


class NotReady(Exception):
    """The reason for which a part can't do its work, in one line."""


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
    "database": check_database,
    "migrations": check_migrations,
    "redis": check_redis,
}


def failures() -> dict[str, str]:
    """Return why the parts that can't do their work can't, by part."""
    reasons = {}
    for part, check in CHECKS.items():
        try:
            check()
        except NotReady as reason:
            reasons[part] = str(reason)
        except SQLAlchemyError as error:
            log.exception("readiness check failed", part=part)
            trouble = trouble_of(error)
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


def _answer(reasons: dict[str, str]) -> Response:
    answer = jsonify({"status": "unavailable", "reasons": reasons} if reasons else {"status": "ok"})
    answer.status_code = 503 if reasons else 200
    answer.headers["Cache-Control"] = "no-store"
    return answer


def init_app(app: Flask) -> None:
    """Register the blueprint."""
    app.register_blueprint(blueprint)
