"""`/healthz` and `/readyz` say how it is, and why when it is not well."""

from __future__ import annotations

import pytest
from flask import Flask
from redis import ConnectionError as RedisAway
from sqlalchemy import text
from sqlalchemy.orm import Session

from hampa.platform.web import health


def test_all_is_well(app: Flask, db_session: Session) -> None:
    for path in ("/healthz", "/readyz"):
        answer = app.test_client().get(path)
        assert (answer.status_code, answer.json) == (200, {"status": "ok"})
        assert answer.headers["Cache-Control"] == "no-store"


def test_redis_that_is_away_is_the_reason(app: Flask, db_session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        def ping(self) -> None:
            raise RedisAway("refused")

    monkeypatch.setattr(health, "redis", Away)
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json) == (
        503,
        {"status": "unavailable", "reasons": {"redis": "Redis does not answer (ConnectionError)"}},
    )


def test_migrations_that_have_not_run_are_the_reason(app: Flask, db_session: Session) -> None:
    db_session.execute(text("UPDATE alembic_version SET version_num = '0001_people'"))
    db_session.commit()
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["reasons"]["migrations"].startswith("migrations are at 0001_people, the code expects ")


def test_migrations_of_newer_code_are_no_reason(app: Flask, db_session: Session) -> None:
    db_session.execute(text("UPDATE alembic_version SET version_num = '9999_later'"))
    db_session.commit()
    assert app.test_client().get("/readyz").status_code == 200
