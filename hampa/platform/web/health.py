"""What machines ask: `/healthz`, is this process alive; `/readyz`, can it do its work."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from flask import Blueprint, Response, jsonify
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
    """Why a part can't do its work, in one line."""


def check_database() -> None:
    """Raise SQLAlchemyError when PostgreSQL does not answer."""
    db.session.execute(text("SELECT 1"))


def check_migrations() -> None:
    """Raise NotReady when the database is older than the code expects, SQLAlchemyError when it does not answer."""
    versions = FOLDER / "versions"
    head = (versions / "HEAD").read_text().strip()
    migrated = db.session.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
    found = db.session.scalar(text("SELECT version_num FROM alembic_version")) if migrated else None
    # What is unknown here was made by a newer version of the code, whose migrations suit this one too.
    if found != head and (found is None or (versions / f"{found}.py").exists()):
        raise NotReady(f"migrations are at {found or 'nothing'}, the code expects {head}")


def check_redis() -> None:
    """Redis answers."""
    try:
        redis().ping()
    except RedisError as error:
        raise NotReady(f"Redis does not answer ({type(error).__name__})") from None


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "migrations": check_migrations,
    "redis": check_redis,
}


def wrong() -> dict[str, str]:
    """The parts that can't do their work, and why; empty when all can."""
    reasons = {}
    for part, check in CHECKS.items():
        try:
            check()
        except NotReady as reason:
            reasons[part] = str(reason)
        except SQLAlchemyError as error:
            log.exception("readiness check failed", part=part)
            reasons[part] = _database_reason(error)
            db.session.rollback()
    return reasons


def _database_reason(error: SQLAlchemyError) -> str:
    """Return in one line for operators why the database did not do its work."""
    trouble = trouble_of(error)
    words = "PostgreSQL does not answer" if trouble is DatabaseTrouble.AWAY else trouble.value
    return f"{words} ({driver_error(error)})"


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """This process answers; whether others do is not asked, or their trouble would restart us."""
    return _answer({})


@blueprint.get("/readyz")
@public
def readyz() -> Response:
    """Requests may be sent here."""
    return _answer(wrong())


def _answer(reasons: dict[str, str]) -> Response:
    answer = jsonify({"status": "unavailable", "reasons": reasons} if reasons else {"status": "ok"})
    answer.status_code = 503 if reasons else 200
    answer.headers["Cache-Control"] = "no-store"
    return answer
