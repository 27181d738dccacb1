"""Sessions, personal tokens, copies of data, the number and the end of an account, for programs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hampa.account.models import PhoneChange
from hampa.auth.models import Session
from hampa.platform import clock
from hampa.platform.db import db
from hampa.tokens.models import PersonalToken
from tests.auth.signing_in import ahead, codes_sent, wrong
from tests.factories.auth import make_session
from tests.factories.runs import make_run
from tests.factories.tokens import make_personal_token
from tests.program import Program

TOKEN = {"name": "Watch", "scopes": ["runs:read", "me:read"], "days": 30}


def let_proof_age() -> None:
    for session in db.session.scalars(select(Session)):
        session.proved_at = clock.now() - timedelta(minutes=11)
    db.session.commit()


def prove(inside: Program, phone: str) -> None:
    inside.post("/auth/proof/code", status=200)
    inside.post("/auth/proof", {"code": codes_sent(phone, "prove")[-1]}, 204)


def test_sessions_are_listed_by_page(program: Program, owner):
    inside = program.as_(owner)
    make_session(owner, timezone="Asia/Tehran")
    first = inside.get("/me/sessions?limit=1", 200)
    (newest,) = first.data
    assert newest["browser"] == "Firefox" and not newest["is_program"] and not newest["is_current"]
    (mine,) = inside.get(f"/me/sessions?limit=1&after={first.meta['next']}", 200).data
    assert mine["is_current"] and mine["is_program"]
    assert inside.get("/me/sessions").headers["ETag"]


@pytest.mark.parametrize("viewer", ["stranger", "companion", "operator"])
def test_sessions_and_tokens_of_others_are_not_there(program: Program, setting, viewer):
    token = make_personal_token(setting.owner)
    other = program.as_(setting.viewer(viewer))
    other.delete(f"/me/sessions/{setting.session_id}", 404)
    other.get(f"/me/tokens/{token.id}", 404)
    other.delete(f"/me/tokens/{token.id}", 404)
    assert other.get("/me/tokens", 200).data == []


def test_a_personal_token_is_made_with_a_fresh_proof(program: Program, owner):
    inside = program.as_(owner)
    let_proof_age()
    inside.post("/me/tokens", TOKEN, 403)
    inside.post("/auth/proof/code", status=200)
    code = codes_sent(owner.phone, "prove")[-1]
    assert "4 tries" in inside.post("/auth/proof", {"code": wrong(code)}, 422).details["code"]
    program.as_(owner).post("/auth/proof", {"code": code}, 422)  # another session did not ask
    inside.post("/auth/proof", {"code": code}, 204)
    made = inside.post("/me/tokens", TOKEN, 201)
    assert made.headers["Location"] == f"/api/v1/me/tokens/{made.data['id']}"
    assert Program(program.app, token=made.data["token"]).get("/me", 200).data["id"] == str(owner.id)
    (listed,) = inside.get("/me/tokens", 200).data
    assert "token" not in listed and listed["scopes"] == ["me:read", "runs:read"]
    inside.delete(f"/me/tokens/{made.data['id']}", 204)
    Program(program.app, token=made.data["token"]).get("/me", 401)


@pytest.mark.parametrize("change", [{"scopes": ["all"]}, {"scopes": []}, {"days": 8}, {"name": ""}, {"days": "30"}])
def test_a_token_that_pages_would_refuse_is_refused(program: Program, owner, change):
    assert program.as_(owner).post("/me/tokens", TOKEN | change, 422).details
    assert not db.session.scalars(select(PersonalToken)).all()


def test_a_copy_is_asked_for_made_and_fetched(program: Program, owner, work):
    inside = program.as_(owner)
    inside.get("/me/export", 404)
    let_proof_age()
    inside.post("/me/export", {}, 403)
    prove(inside, owner.phone)
    asked = inside.post("/me/export", status=201)
    assert asked.data["status"] == "waiting"
    work()
    ready = inside.get("/me/export", 200).data
    assert ready["status"] == "ready" and ready["size"] > 100
    file = inside.get(f"/me/export/{ready['id']}", 200)
    assert file.response.mimetype == "application/zip" and file.response.data[:2] == b"PK"
    with ahead(days=2):
        inside.get(f"/me/export/{ready['id']}", 401)  # the access token is long over


def test_the_number_is_changed_with_a_code_to_the_new_one(program: Program, owner, companion):
    inside, other = program.as_(owner), program.as_(owner)
    let_proof_age()
    inside.post("/me/phone/code", {"phone": "+989121117071"}, 403)
    prove(inside, owner.phone)
    assert "phone" in inside.post("/me/phone/code", {"phone": owner.phone}, 422).details
    inside.post("/me/phone/code", {"phone": "+989121117071"}, 200)
    code = codes_sent("+989121117071", "new_phone")[-1]
    inside.put("/me/phone", {"code": wrong(code)}, 422)
    assert inside.put("/me/phone", {"code": code}, 200).data["phone"] == "+989121117071"
    assert db.session.scalars(select(PhoneChange)).one()
    other.get("/me", 401)
    inside.get("/me", 200)


def test_an_account_is_deleted_with_a_code(program: Program, owner, companion):
    inside = program.as_(owner)
    run = make_run(owner, title="Around the lake")
    consequences = inside.get("/me/account/deletion", 200).data
    (owned,) = consequences["owned_runs"]
    assert owned["id"] == str(run.id) and consequences["blocked_because"] == ""
    inside.post("/me/account/deletion/code", status=200)
    code = codes_sent(owner.phone, "delete")[-1]
    chosen = {str(run.id): str(companion.id)}
    inside.post("/me/account/deletion", {"code": code, "successors": chosen}, 422)  # who does not organise it
    inside.post("/me/account/deletion", {"code": wrong(code)}, 422)
    inside.post("/me/account/deletion", {"code": code, "successors": {str(run.id): None}}, 204)
    db.session.refresh(owner)
    assert owner.state == "leaving"
    inside.get("/me", 401)
