"""Passkeys: added after a fresh proof, signed in and proved with, stopped when they may be copied, removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from hampa.auth.models import Session
from hampa.notifications.models import Notification
from hampa.passkeys.models import MOST_PASSKEYS, Passkey, PasskeyChallenge
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from tests.auth.signing_in import ahead, assert_too_fast, sign_in
from tests.authenticator import Authenticator
from tests.factories.auth import make_passkey
from tests.page import Answer, Page


def add(page: Page, key: Authenticator, **fields: Any) -> Answer:
    """Add the passkey of an authenticator, as the script does."""
    options = page.get("/me/passkeys/challenge", status=200).json
    form = page.get("/me/passkeys/new", status=200).form("/me/passkeys/new")
    return form.fill(credential=key.create(options), **fields).submit()


def use(page: Page, key: Authenticator, path: str = "/login/passkey", *, next: str = "", **instead: Any) -> Answer:
    """Sign a challenge, and send it."""
    options = page.get(f"{path}/challenge", status=200).json
    return page.post(path, {"credential": key.sign(options, **instead), "next": next})


def told(person: Person) -> list[str]:
    """Return what a person was notified of about their ways to sign in, oldest first."""
    query = select(Notification.data).where(Notification.person_id == person.id, Notification.type == "way_changed")
    return [data["what"] for data in db.session.scalars(query.order_by(Notification.created_at))]


@pytest.fixture
def key(page: Page, owner: Person) -> Authenticator:
    """Return an authenticator with a passkey of the owner."""
    made = Authenticator()
    assert add(page.as_(owner), made, name="My phone").status == 303
    return made


def test_a_passkey_is_added_and_signs_in_without_number_and_code(page: Page, owner: Person) -> None:
    key, owners = Authenticator(), page.as_(owner)
    assert "/me/passkeys/new" in owners.get("/me/ways").links
    assert add(owners, key, name="My phone").location == "/me/ways"
    assert "My phone" in owners.get("/me/ways").words
    assert use(page, key, next="/me/profile").location == "/me/profile"
    assert page.get("/me/profile").status == 200
    assert "last used" in owners.get("/me/ways").words
    assert "passkey" in db.session.scalars(select(Session.method).where(Session.person_id == owner.id)).all()
    assert told(owner) == ["passkey_added"]


def test_the_name_is_that_of_the_browser_unless_it_is_typed(page: Page, owner: Person) -> None:
    owners = page.as_(owner)
    form = owners.get("/me/passkeys/new").form("/me/passkeys/new")
    assert form.fill(name="").submit(status=422).error_of("name")
    add(owners, Authenticator())
    assert db.session.scalars(select(Passkey.name)).one()


def test_adding_asks_for_a_fresh_proof(page: Page, owner: Person) -> None:
    owners = page.as_(owner)
    with ahead(minutes=6):
        assert owners.get("/me/passkeys/new", status=303).location == "/me/proof?next=/me/passkeys/new"
        assert owners.get("/me/passkeys/challenge").status == 403


def test_a_passkey_is_a_proof(page: Page, owner: Person, key: Authenticator) -> None:
    owners = page.as_(owner)
    with ahead(minutes=6):
        assert "Use a passkey" in owners.get("/me/proof").words
        assert use(owners, key, "/me/proof/passkey", next="/me/passkeys/new").location == "/me/passkeys/new"
        assert owners.get("/me/passkeys/new").status == 200


def test_the_passkey_of_another_is_no_proof(page: Page, stranger: Person, key: Authenticator) -> None:
    strangers = page.as_(stranger)
    with ahead(minutes=6):
        assert use(strangers, key, "/me/proof/passkey").location.startswith("/me/proof")
        assert strangers.get("/me/passkeys/new").status == 303


def test_a_session_with_a_passkey_is_a_stronger_proof(page: Page, key: Authenticator) -> None:
    use(page, key)
    assert page.get("/me/passkeys/new").status == 200


def test_a_challenge_is_used_once(page: Page, key: Authenticator) -> None:
    signed = key.sign(page.get("/login/passkey/challenge").json)
    assert page.copy.post("/login/passkey", {"credential": signed}).location == "/"
    again = page.post("/login/passkey", {"credential": signed}, status=303)
    assert "Try once more" in again.follow().words


def test_challenges_differ_and_nobody_keeps_them(page: Page, owner: Person) -> None:
    owners = page.as_(owner)
    for path in ("/login/passkey/challenge", "/me/passkeys/challenge", "/me/proof/passkey/challenge"):
        first, second = owners.get(path), owners.get(path)
        assert first.json["challenge"] != second.json["challenge"]
        assert first.response.headers["Cache-Control"] == "no-store"


def test_a_wrong_answer_spends_the_challenge(page: Page, key: Authenticator) -> None:
    options = page.get("/login/passkey/challenge").json
    page.post("/login/passkey", {"credential": key.sign(options, signature=b"0" * 70)}, status=303)
    assert page.post("/login/passkey", {"credential": key.sign(options)}).location == "/login"


def test_a_challenge_is_for_one_browser_one_purpose_and_five_minutes(
    page: Page, owner: Person, key: Authenticator
) -> None:
    signed = key.sign(page.get("/login/passkey/challenge").json)
    assert page.as_(None).post("/login/passkey", {"credential": signed}).location == "/login"
    proof = key.sign(page.as_(owner).get("/me/proof/passkey/challenge").json)
    assert page.post("/login/passkey", {"credential": proof}).location == "/login"
    with ahead(minutes=5):
        assert page.post("/login/passkey", {"credential": signed}).location == "/login"


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "https://hampa.example"},
        {"verifies": False},
        {"user_handle": b"another person"},
        {"key": Authenticator().key},
    ],
    ids=["another site", "nobody verified", "another person", "another key"],
)
def test_what_is_not_the_persons_signature_signs_nobody_in(
    page: Page, key: Authenticator, change: dict[str, Any]
) -> None:
    for name, value in change.items():
        setattr(key, name, value)
    assert "did not answer as it should" in use(page, key).follow().words
    assert page.get("/me/profile").status == 303


def test_an_authenticator_that_verifies_nobody_can_not_be_added(page: Page, owner: Person) -> None:
    refused = add(page.as_(owner), Authenticator(verifies=False))
    assert refused.status == 422 and "Try another one" in refused.words
    assert not db.session.scalars(select(Passkey)).all()


@pytest.mark.parametrize("sent", ["", "{}", "[1]", '{"id": 5}', '{"id": "AA", "response": {}}', "[" * 3000])
def test_nonsense_is_refused_politely(page: Page, owner: Person, sent: str) -> None:
    page.get("/login/passkey/challenge")
    assert page.post("/login/passkey", {"credential": sent}, status=303).location == "/login"
    owners = page.as_(owner)
    assert owners.post("/me/passkeys/new", {"credential": sent, "name": "x"}).status == 422


def test_twisted_answers_are_refused(page: Page, owner: Person, key: Authenticator) -> None:
    owners = page.as_(owner)
    for twist in (
        {"attestationObject": "AAAA"}, {"attestationObject": 7}, {"transports": 5}, {"clientDataJSON": "e30"},
    ):  # fmt: skip
        answer = json.loads(Authenticator().create(owners.get("/me/passkeys/challenge").json))
        answer["response"] |= twist
        assert owners.post("/me/passkeys/new", {"credential": json.dumps(answer), "name": "x"}).status in (303, 422)
    for twist in ({"authenticatorData": "AA"}, {"signature": None}, {"userHandle": 5}):
        browser = page.as_(None)
        answer = json.loads(key.sign(browser.get("/login/passkey/challenge").json))
        answer["response"] |= twist
        sent = {"credential": json.dumps(answer)}
        assert browser.post("/login/passkey", sent, environ_base=_from(9)).location == "/login"


def test_a_counter_that_goes_back_stops_the_passkey_and_tells_its_owner(
    page: Page, owner: Person, key: Authenticator
) -> None:
    use(page.as_(None), key)
    copy = Authenticator(credential_id=key.credential_id, key=key.key, user_handle=key.user_handle, count=0)
    assert "may have been copied" in use(page, copy).follow().words
    assert "may have been copied" in use(page, key).follow().words
    assert told(owner) == ["passkey_added", "passkey_stopped"]
    assert "stopped" in page.as_(owner).get("/me/ways").words


def test_without_the_key_nobody_stops_a_passkey(page: Page, owner: Person, key: Authenticator) -> None:
    use(page.as_(None), key)
    forged = Authenticator(credential_id=key.credential_id, user_handle=key.user_handle, count=0)
    use(page.as_(None), forged)
    assert use(page, key).location == "/"
    assert told(owner) == ["passkey_added"]


def test_a_synced_key_that_does_not_count_works_each_time(page: Page, owner: Person) -> None:
    key = Authenticator(counts=False, is_synced=True)
    add(page.as_(owner), key)
    for _time in range(2):
        assert use(page.as_(None), key).location == "/"
    assert "other devices" in page.as_(owner).get("/me/ways").words


def test_a_removed_passkey_opens_nothing_and_its_owner_is_told(page: Page, owner: Person, key: Authenticator) -> None:
    owners = page.as_(owner)
    passkey = db.session.scalars(select(Passkey)).one()
    edit = owners.get("/me/ways").links
    assert f"/me/passkeys/{passkey.id}" in edit
    owners.get(f"/me/passkeys/{passkey.id}").form(f"/me/passkeys/{passkey.id}").fill(name="Old phone").submit(
        status=303
    )
    assert "Old phone" in owners.get("/me/ways").words
    owners.get(f"/me/passkeys/{passkey.id}").form(f"/me/passkeys/{passkey.id}/remove").submit(status=303)
    assert "does not know this passkey" in use(page, key).follow().words
    assert told(owner) == ["passkey_added", "passkey_removed"]


@pytest.mark.parametrize(("state", "words"), [("suspended", "suspended"), ("leaving", "is being deleted")])
def test_who_is_shut_out_or_leaving_does_not_come_in(
    page: Page, owner: Person, key: Authenticator, state: str, words: str
) -> None:
    db.session.execute(
        update(Person)
        .where(Person.id == owner.id)
        .values(state=state, leaving_at=clock.now() if state == "leaving" else None)
    )
    assert words in use(page, key).follow().words
    assert page.get("/me/profile").status == 303


def test_the_same_authenticator_is_not_added_twice(page: Page, owner: Person, key: Authenticator) -> None:
    owners = page.as_(owner)
    excluded = owners.get("/me/passkeys/challenge").json["excludeCredentials"]
    assert len(excluded) == 1
    assert "here already" in add(owners, key).words


def test_a_person_has_no_more_than_a_page_of_passkeys(page: Page, owner: Person) -> None:
    for _number in range(MOST_PASSKEYS):
        make_passkey(owner)
    assert add(page.as_(owner), Authenticator()).status == 422


def test_tries_from_one_address_are_few_a_minute_unless_the_browser_is_known(page: Page, owner: Person) -> None:
    tries = [use(page, Authenticator()).status for _number in range(6)]
    assert tries == [303] * 5 + [429]
    assert_too_fast(use(page, Authenticator()), (50, 60))


def test_the_owners_browser_is_not_slowed_by_strangers(page: Page, owner: Person, key: Authenticator) -> None:
    sign_in(page, owner.phone)
    page.post("/logout", status=303)
    for _number in range(6):
        use(page.as_(None), Authenticator())
    assert use(page, key).location == "/"


def test_old_challenges_are_forgotten(page: Page, work: Callable[[], int]) -> None:
    page.get("/login/passkey/challenge")
    with ahead(minutes=65):
        from hampa.passkeys.jobs import prune

        prune()
        assert not db.session.scalars(select(PasskeyChallenge)).all()


def test_an_address_that_is_a_number_has_no_passkeys(
    page: Page, owner: Person, change_settings: Callable[..., None]
) -> None:
    change_settings(base_url="http://127.0.0.1:5000")
    assert page.get("/login/passkey/challenge").status == 404
    assert "asskey" not in page.get("/login").words + page.as_(owner).get("/me/ways").words


def _from(number: int) -> dict[str, str]:
    return {"REMOTE_ADDR": f"192.0.2.{number}"}
