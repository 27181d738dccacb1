"""`flask hampa create-operator | doctor | reset`, and what stops `up`."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from hampa.people.models import Person
from hampa.platform import doctor, migrations, serving
from hampa.platform.config import Settings
from hampa.platform.db import db
from hampa.platform.redis import redis
from hampa.platform.web import health


def run(app: Flask, *words: str, answer: str | None = None) -> Result:
    return app.test_cli_runner().invoke(args=["hampa", *words], input=answer)


def settings_of(app: Flask) -> Settings:
    found: Settings = app.extensions["hampa.settings"]
    return found


@contextmanager
def given(app: Flask, **changed: Any) -> Iterator[None]:
    """Change some settings of the app during the block."""
    before = app.extensions["hampa.settings"]
    app.extensions["hampa.settings"] = before.model_copy(update=changed)
    yield
    app.extensions["hampa.settings"] = before


def test_an_operator_is_made_of_a_number_written_in_any_way(app: Flask, db_session: Session) -> None:
    result = run(app, "create-operator", "۰۹۱۲ ۷۷۷ ۱۱ ۲۲")
    assert result.exit_code == 0
    assert "+989127771122 is an operator" in result.output
    made = db_session.scalars(select(Person).where(Person.phone == "+989127771122")).one()
    assert made.is_operator


def test_a_person_who_is_there_becomes_one(app: Flask, db_session: Session, stranger: Person) -> None:
    before = db_session.scalar(text("SELECT count(*) FROM people"))
    assert run(app, "create-operator", stranger.phone).exit_code == 0
    db_session.refresh(stranger)
    assert stranger.is_operator
    assert db_session.scalar(text("SELECT count(*) FROM people")) == before


def test_the_first_operator_is_led_to_where_the_site_runs_whose_database_is_made_for_them(
    app: Flask, db_session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made: list[str] = []

    def is_empty() -> None:
        raise health.NotReady("migrations are at none")

    monkeypatch.setattr(health, "check_migrations", is_empty)
    monkeypatch.setattr(migrations, "upgrade", lambda: made.append("upgraded"))
    with given(app, home=tmp_path, port=5105, base_url="http://127.0.0.1:5105"):
        serving.note_address(settings_of(app))
    with given(app, home=tmp_path, base_url="http://127.0.0.1:5000"):
        assert "signs in at http://127.0.0.1:5105/login" in run(app, "create-operator", "09127771122").output
        assert made == ["upgraded"]
        serving.forget_address(settings_of(app))
        assert "signs in at http://127.0.0.1:5000/login" in run(app, "create-operator", "09127771122").output
    with given(app, home=tmp_path, base_url="https://hampa.example"):
        assert "signs in at https://hampa.example/login" in run(app, "create-operator", "09127771122").output


def test_what_is_no_number_makes_nobody(app: Flask, db_session: Session) -> None:
    result = run(app, "create-operator", "12")
    assert result.exit_code == 1
    assert "12 can't be used: invalid" in result.output
    assert db_session.scalar(text("SELECT count(*) FROM people")) == 0


def test_the_doctor_finds_all_well(app: Flask, db_session: Session) -> None:
    result = run(app, "doctor")
    assert result.exit_code == 0, result.output
    parts = {line.split()[1] for line in result.output.splitlines()}
    assert parts == {
        "settings",
        "gateway",
        "mail",
        "openid",
        "database",
        "backup",
        "migrations",
        "secrets",
        "clock",
        "redis",
        "disk",
        "pictures",
        "scanner",
        "payments",
    }
    assert "fail" not in result.output


def test_the_doctor_fails_where_hampa_could_not_work(app: Flask, db_session: Session) -> None:
    db_session.execute(text("UPDATE alembic_version SET version_num = '0001_people'"))
    db_session.commit()
    result = run(app, "doctor")
    assert result.exit_code == 1
    assert "fail migrations  migrations are at 0001_people" in result.output
    assert "ok   redis" in result.output, "one failure hides the others"


def test_the_doctor_warns_of_codes_that_reach_no_phone(app: Flask, db_session: Session) -> None:
    with given(app, env="production"):
        result = run(app, "doctor")
    assert result.exit_code == 0
    assert "warn gateway" in result.output


def test_the_doctor_sees_a_clock_that_is_off(app: Flask, db_session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    real = doctor.clock.now()
    monkeypatch.setattr(doctor.clock, "now", lambda: real.replace(year=real.year + 1))
    assert "fail clock" in run(app, "doctor").output


def test_reset_is_refused_outside_development(app: Flask, db_session: Session, stranger: Person) -> None:
    result = run(app, "reset", "--yes")
    assert result.exit_code == 1
    assert "only with HAMPA_ENV=development" in result.output
    assert db_session.scalar(text("SELECT count(*) FROM people")) == 1


def test_reset_asks_first(app: Flask, db_session: Session, stranger: Person) -> None:
    with given(app, env="development"):
        result = run(app, "reset", answer="n\n")
    assert result.exit_code == 1
    assert "will be gone" in result.output
    assert db_session.scalar(text("SELECT count(*) FROM people")) == 1


def test_reset_leaves_empty_tables(real_database: Flask) -> None:
    with real_database.app_context():
        db.session.execute(
            text(
                "INSERT INTO people (id, phone, locale, timezone, calendar)"
                " VALUES (gen_random_uuid(), '+989120000001', 'fa', 'Asia/Tehran', 'solar')"
            )
        )
        db.session.commit()
        redis().set("left", "over")
    with given(real_database, env="development"):
        result = run(real_database, "reset", answer="y\n")
    assert result.exit_code == 0, result.output
    with real_database.app_context():
        assert db.session.scalar(text("SELECT count(*) FROM people")) == 0
        assert db.session.scalars(text("SELECT action FROM audit_entries")).all() == ["site.reset"]
        assert redis().get("left") is None


@pytest.mark.parametrize("command", ["up", "serve"])
def test_a_taken_port_is_told_in_one_line(app: Flask, db_session: Session, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with given(app, port=port):
            result = run(app, command)
    assert result.exit_code == 1
    assert result.output.splitlines() == [f"Error: 127.0.0.1 port {port} is taken: choose another with PORT=…"]


def test_an_address_of_another_machine_is_told_in_one_line(app: Flask, db_session: Session) -> None:
    with given(app, bind="192.0.2.1"):
        result = run(app, "serve")
    assert result.exit_code == 1
    assert "192.0.2.1 port 5000 can't be used" in result.output
