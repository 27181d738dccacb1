"""A program signs in by a link in a mail, and verifies an address."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from hampa.auth.models import Session
from hampa.outbox.actions.claims import KEY_PURPOSE
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.security import crypto
from tests.auth.conftest import change_settings
from tests.program import Program

__all__ = ["change_settings"]

ADDRESS = "sara@mail.example"


def token_mailed(address: str, purpose: str) -> str:
    """Return the token of the newest link on its way to an address."""
    rows = db.session.scalars(
        select(OutboxMessage.secret)
        .where(OutboxMessage.recipient == address, OutboxMessage.purpose == purpose)
        .order_by(OutboxMessage.created_at)
    )
    return crypto.decrypt(rows.all()[-1], KEY_PURPOSE)


def test_a_link_gives_tokens_once(program: Program, owner: Person):
    owner.email, owner.email_verified_at = ADDRESS, clock.now()
    db.session.commit()
    known = program.post("/auth/mail-link", {"email": ADDRESS}, 200)
    assert program.post("/auth/mail-link", {"email": "nobody@mail.example"}, 200).data == known.data
    token = token_mailed(ADDRESS, "sign_in_link")
    data = program.post("/auth/mail-link/use", {"token": token}, 200).data
    assert data["person"]["id"] == str(owner.id)
    assert Program(program.app, "en", data["access_token"]).get("/me", 200).data["email"] == ADDRESS
    session = db.session.scalars(select(Session).where(Session.method == "mail")).one()
    assert session.is_program
    again = program.post("/auth/mail-link/use", {"token": token}, 401)
    assert "has been used" in again.error["message"]


def test_a_link_for_a_new_password_signs_in_too(program: Program, owner: Person, change_settings: Callable[..., None]):
    owner.email, owner.email_verified_at = ADDRESS, clock.now()
    db.session.commit()
    known = program.post("/auth/password/mail-link", {"email": ADDRESS}, 200)
    assert program.post("/auth/password/mail-link", {"email": "nobody@mail.example"}, 200).data == known.data
    token = token_mailed(ADDRESS, "password_link")
    tokens = program.post("/auth/mail-link/use", {"token": token}, 200).data
    assert tokens["person"]["id"] == str(owner.id)
    password = "four words only mine"
    Program(program.app, "en", tokens["access_token"]).put("/me/password", {"password": password}, 204)
    program.post("/auth/password", {"name": ADDRESS, "password": password}, 200)
    change_settings(passwords=False)
    program.post("/auth/password/mail-link", {"email": ADDRESS}, 404)


def test_what_is_no_address_is_refused_and_too_many_wait(program: Program):
    assert set(program.post("/auth/mail-link", {"email": "nobody"}, 422).details) == {"email"}
    program.post("/auth/mail-link", {"email": ADDRESS}, 200)
    assert program.post("/auth/mail-link", {"email": ADDRESS}, 429).headers["Retry-After"]
    tries = [program.post("/auth/mail-link/use", {"token": "none"}).status for _ in range(6)]
    assert tries == [401] * 5 + [429]


def test_an_address_is_verified_and_removed(program: Program, owner: Person, stranger: Person):
    mine = program.as_(owner)
    waiting = mine.post("/me/email/verification", {"email": "New@mail.example"}, 200).data
    assert (waiting["email"], waiting["waiting"]) == (None, "New@mail.example")
    assert mine.get("/me/email/verification", 200).data == waiting
    token = token_mailed("New@mail.example", "email_link")
    program.as_(stranger).post("/me/email/verification/confirm", {"token": token}, 404)
    verified = mine.post("/me/email/verification/confirm", {"token": token}, 200).data
    assert (verified["email"], verified["email_verified"]) == ("New@mail.example", True)
    mine.delete("/me/email", 204)
    assert mine.get("/me", 200).data["email"] is None


def test_a_token_for_the_profile_alone_changes_no_address(program: Program, owner: Person):
    program.as_(owner, "me:write", "me:read").post("/me/email/verification", {"email": ADDRESS}, 403)
