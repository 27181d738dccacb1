"""What machines ask: `/healthz`, is this process alive; `/readyz`, can it do its work."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, jsonify
from redis import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from hampa.platform.db import db
from hampa.platform.migrations import FOLDER
from hampa.platform.redis import redis
from hampa.platform.web.permissions import public

blueprint = Blueprint("health", __name__)


class NotReady(Exception):
    """Why a part can't do its work, in one line."""


def check_database() -> None:
    """PostgreSQL answers."""
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        raise NotReady(f"PostgreSQL does not answer ({type(error).__name__})") from None


def check_migrations() -> None:
    """The database is as the code expects it, or newer."""
    versions = FOLDER / "versions"
    head = (versions / "HEAD").read_text().strip()
    try:
        found = db.session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except SQLAlchemyError:
        found = None
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
            db.session.rollback()
    return reasons


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
