"""`/healthz` and `/readyz` say how it is, and why when it is not well."""

from __future__ import annotations

import pytest
from flask import Flask
from redis import ConnectionError as RedisAway
from sqlalchemy import text
from sqlalchemy.orm import Session

from hampa.platform import draining
from hampa.platform.web import health


def test_all_is_well(app: Flask, db_session: Session) -> None:
    for path in ("/healthz", "/readyz", "/readyz/self"):
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
    assert app.test_client().get("/readyz/self").status_code == 200, "no other server has it either"


def test_a_server_that_is_about_to_end_says_so(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "_byte", bytearray(1))
    draining.begin()
    for path in ("/readyz", "/readyz/self"):
        answer = app.test_client().get(path)
        assert answer.status_code == 503
        assert answer.json == {"status": "unavailable", "reasons": {"draining": "about to end"}}
    assert health.known_answer(app) == (503, answer.data), "what the server says without a thread"
    assert app.test_client().get("/healthz").status_code == 200


def test_migrations_that_have_not_run_are_the_reason(
    app: Flask, db_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(app.extensions, health.MIGRATED, raising=False)
    db_session.execute(text("UPDATE alembic_version SET version_num = '0001_people'"))
    db_session.commit()
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["reasons"]["migrations"].startswith("migrations are at 0001_people, the code expects ")
    assert app.test_client().get("/readyz/self").json == answer.json


def test_migrations_of_newer_code_are_no_reason(app: Flask, db_session: Session) -> None:
    db_session.execute(text("UPDATE alembic_version SET version_num = '9999_later'"))
    db_session.commit()
    assert app.test_client().get("/readyz").status_code == 200
