"""A program signs in with a password, and sets, resets and removes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from hampa.auth.models import Session
from hampa.passwords import actions
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from tests.auth.conftest import change_settings as change_settings
from tests.auth.signing_in import codes_sent
from tests.program import Program

SECRET = "a calm river at dawn"


def test_a_password_is_set_signs_in_and_is_removed(program: Program, owner: Person):
    owners = program.as_(owner)
    assert set(owners.put("/me/password", {"password": "1234567890"}, 422).details) == {"password"}
    owners.put("/me/password", {"password": SECRET}, 204)
    data = program.post("/auth/password", {"name": owner.phone, "password": SECRET}, 200).data
    assert data["person"]["id"] == str(owner.id)
    signed_in = Program(program.app, "en", data["access_token"])
    assert signed_in.get("/me", 200).data["id"] == str(owner.id)
    signed_in.delete("/me/password", 204)
    program.post("/auth/password", {"name": owner.phone, "password": SECRET}, 401)


def test_wrong_and_unknown_get_the_same_answer(program: Program, owner: Person):
    program.as_(owner).put("/me/password", {"password": SECRET}, 204)
    wrong = program.post("/auth/password", {"name": owner.phone, "password": "not this one"}, 401)
    unknown = program.post("/auth/password", {"name": "+989121119999", "password": "not this one"}, 401)
    assert wrong.error == unknown.error
    tries = [program.post("/auth/password", {"name": owner.phone, "password": "x"}).status for _ in range(4)]
    assert tries == [401] * 3 + [429]


def test_setting_one_needs_a_fresh_proof(program: Program, owner: Person):
    owners = program.as_(owner)
    long_ago = clock.now() - timedelta(minutes=6)
    db.session.execute(update(Session).where(Session.person_id == owner.id).values(proved_at=long_ago))
    owners.put("/me/password", {"password": SECRET}, 403)


def test_a_forgotten_one_is_reset_with_a_code(program: Program, owner: Person):
    before = program.as_(owner)
    program.post("/auth/otp", {"phone": owner.phone}, 200)
    [code] = codes_sent(owner.phone)
    wanted = {"phone": owner.phone, "code": code, "password": SECRET}
    program.post("/auth/password/reset", wanted | {"password": "qwertyuiop"}, 422)
    sessions = db.session.scalar(select(func.count(Session.id)))
    program.post("/auth/password/reset", wanted | {"password": owner.phone}, 422)
    assert db.session.scalar(select(func.count(Session.id))) == sessions, "a refused password leaves no session"
    assert program.post("/auth/password/reset", wanted, 200).data["access_token"]
    before.get("/me", 401)
    program.post("/auth/password", {"name": owner.phone, "password": SECRET}, 200)


def test_nothing_is_locked_while_a_new_one_is_hashed(program: Program, owner: Person, monkeypatch: pytest.MonkeyPatch):
    program.post("/auth/otp", {"phone": owner.phone}, 200)
    [code] = codes_sent(owner.phone)
    steps, commit, hashed = [], db.session.commit, actions.hashed
    monkeypatch.setattr(db.session, "commit", lambda: steps.append("commit") or commit())
    monkeypatch.setattr(actions, "hashed", lambda password: steps.append("hash") or hashed(password))
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    program.post("/auth/password/reset", {"phone": owner.phone, "code": wrong, "password": SECRET}, 401)
    assert "hash" not in steps, "who has no code has nothing hashed"
    program.post("/auth/password/reset", {"phone": owner.phone, "code": code, "password": SECRET}, 200)
    assert steps[steps.index("hash") - 1] == "commit"
    assert db.session.scalar(select(func.count(Session.id)).where(Session.ended_at.is_(None))) == 1


def test_where_passwords_are_off_there_are_none(program: Program, change_settings: Callable[..., None]):
    change_settings(passwords=False)
    program.post("/auth/password", {"name": "+989121119999", "password": "x"}, 404)
