"""Passwords: set after a proof, good with number or address, guessed by nobody, refused alike."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import pytest
from sqlalchemy import select, update

from hampa.auth.models import Session
from hampa.notifications.models import Notification
from hampa.passwords import actions, queries
from hampa.passwords.models import Password, PasswordTries
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import TooFast
from tests.auth.signing_in import ahead, assert_too_fast, codes_sent
from tests.html import without_tokens
from tests.page import Answer, Page

SECRET = "چهار کفش کنار درِ آبی"
MAIL = "sara@mail.example"


def enter(page: Page, name: str, password: str = SECRET, *, address: int = 1, **more: object) -> Answer:
    """Try to sign in."""
    sent = {"name": name, "password": password, **more}
    return page.post("/login/password", sent, environ_base={"REMOTE_ADDR": f"192.0.2.{address}"})


def set_limits(page: Page, monkeypatch: pytest.MonkeyPatch, **limits: int) -> None:
    """Set limits of the application."""
    monkeypatch.setitem(page.app.extensions, "hampa.settings", settings().model_copy(update=limits))


@pytest.fixture
def sara(page: Page, owner: Person) -> Person:
    """Return a person with a password and a verified address."""
    owner.email, owner.email_verified_at = MAIL, clock.now()
    page.as_(owner).get("/me/password").form("/me/password").fill(password=SECRET).submit(status=303)
    return owner


def told(person: Person) -> list[str]:
    """Return what a person was notified of about the safety of their account, oldest first."""
    query = select(Notification.data).where(Notification.person_id == person.id).order_by(Notification.created_at)
    return [data["what"] for data in db.session.scalars(query) if "what" in data]


@pytest.mark.parametrize("name", ["0912 111 0001", "+989121110001", "۰۹۱۲۱۱۱۰۰۰۱", " Sara@Mail.example "])
def test_number_or_verified_address_and_password_sign_in(page: Page, sara: Person, name: str) -> None:
    form = page.get(page.get("/login?next=/me/profile").form("/login") and "/login/password?next=/me/profile")
    assert form.form("/login/password").fill(name=name, password=SECRET).submit(status=303).location == "/me/profile"
    assert page.get("/me/profile").status == 200
    assert "password" in db.session.scalars(select(Session.method).where(Session.person_id == sara.id)).all()


def test_the_way_stands_on_the_page_of_the_number(page: Page) -> None:
    assert "/login/password" in page.get("/login").links


def test_keyboards_that_compose_letters_otherwise_make_no_difference(page: Page, owner: Person) -> None:
    owners = page.as_(owner)
    owners.post("/me/password", {"password": "Cafe\u0301 am Fluss ۴۲"}, status=303)
    assert enter(page, owner.phone, "Caf\u00e9 am Fluss 42").status == 303


def test_an_address_that_is_not_verified_signs_nobody_in(page: Page, sara: Person) -> None:
    sara.email_verified_at = None
    assert enter(page, MAIL).status == 422


def test_wrong_unknown_and_without_password_get_the_same_answer_and_work(
    page: Page, sara: Person, stranger: Person, statements: Callable[[], object]
) -> None:
    seen = []
    for address, name in enumerate((sara.phone, stranger.phone, "+989121119999", MAIL, "no@mail.example")):
        browser = page.as_(None)
        browser.get("/login/password")
        with statements() as asked:  # type: ignore[attr-defined]
            refused = enter(browser, name, "not this one at all", address=address)
        assert refused.status == 422
        seen.append((len(asked), without_tokens(refused.text).replace(name, "")))
    assert len(set(seen)) == 1


def test_where_there_is_no_password_one_is_hashed_all_the_same(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = []
    right = actions._is_right
    monkeypatch.setattr(
        actions, "_is_right", lambda hashed, typed, **more: checked.append(hashed) or right(hashed, typed, **more)
    )
    enter(page, "+989121119999", "nobody has this password")
    assert checked == [None]
    assert actions._hash_of_nothing().startswith("$argon2id$")


@pytest.mark.parametrize(
    "bad",
    [
        "short",
        "1234567890",
        "Password123!",
        "qwertyuiop",
        "aaaaaaaaaaaa",
        "09121110001",
        "Sara Karimi 1",
        "iloveyou2024",
        " " * 12,
    ],
)
def test_short_and_common_passwords_are_refused_beside_the_field(page: Page, owner: Person, bad: str) -> None:
    refused = page.as_(owner).post("/me/password", {"password": bad})
    assert refused.status == 422 and refused.error_of("password")
    assert bad not in refused.text or bad == "short"
    assert not db.session.scalars(select(Password)).all()


def test_long_ones_in_any_script_are_welcome(page: Page, owner: Person) -> None:
    long = "مسیر ساحلی 🏃 " * 12
    page.as_(owner).post("/me/password", {"password": long}, status=303)
    assert enter(page, owner.phone, long).status == 303
    assert enter(page.as_(None), owner.phone, long[:128], address=2).status == 422


def test_it_is_kept_as_argon2id(page: Page, sara: Person) -> None:
    [kept] = db.session.scalars(select(Password.hash))
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_setting_one_asks_for_a_fresh_proof_of_any_kind(page: Page, owner: Person) -> None:
    owners = page.as_(owner)
    with ahead(minutes=6):
        assert owners.get("/me/password", status=303).location == "/me/proof?next=/me/password"
        assert owners.post("/me/password", {"password": SECRET}).location == "/me/proof?next=/me/password"
    db.session.execute(update(Session).where(Session.person_id == owner.id).values(proved_by="mail"))
    assert owners.get("/me/password").status == 200


def test_a_password_is_no_proof_for_what_needs_the_phone(page: Page, sara: Person) -> None:
    enter(page, sara.phone)
    assert page.get("/me/passkeys/new", status=303).location.startswith("/me/proof")


def test_changing_it_ends_the_other_sessions_if_wanted_and_the_owner_is_told(page: Page, sara: Person) -> None:
    other = page.as_(sara)
    owners = page.as_(sara)
    owners.post("/me/password", {"password": "another calm river"}, status=303)
    assert other.get("/me/profile").status == 200
    owners.get("/me/password").form("/me/password").fill(password="a third calm river").submit(status=303)
    assert other.get("/me/profile").status == 303 and owners.get("/me/profile").status == 200
    assert enter(page, sara.phone).status == 422
    assert told(sara) == ["password_set", "password_changed", "password_changed"]


def test_who_forgot_it_comes_in_by_a_code_and_sets_another(page: Page, sara: Person) -> None:
    [way] = [link for link in page.get("/login/password").links if "next=" in link and "password" in link]
    page.get(way).form("/login").fill(phone=sara.phone).submit(status=303)
    entered = page.post("/login/code", {"code": codes_sent(sara.phone)[-1]}, status=303)
    assert entered.location == "/me/password"
    entered.follow().form("/me/password").fill(password="a new calm river").submit(status=303)
    assert enter(page.as_(None), sara.phone, "a new calm river").status == 303


def test_a_removed_password_opens_nothing(page: Page, sara: Person) -> None:
    page.as_(sara).get("/me/password").form("/me/password/remove").submit(status=303)
    assert enter(page, sara.phone).status == 422
    assert told(sara)[-1] == "password_removed"


def test_wrong_ones_in_a_row_make_strangers_wait_wherever_they_are(page: Page, sara: Person) -> None:
    for number in range(10):
        assert enter(page.as_(None), sara.phone, "wrong wrong wrong", address=number).status == 422
    assert_too_fast(enter(page.as_(None), sara.phone, address=20), (25, 30))
    with ahead(seconds=31):
        assert enter(page.as_(None), sara.phone, address=21).status == 303


def test_strangers_do_not_keep_the_owner_out(page: Page, sara: Person) -> None:
    enter(page, sara.phone)
    page.post("/logout", status=303)
    tries = PasswordTries(name_hash=queries.name_hash(sara.phone), wrong_in_a_row=99)
    db.session.add(tries)
    assert enter(page.as_(None), sara.phone, "wrong wrong wrong", address=5).status == 422
    assert_too_fast(enter(page.as_(None), sara.phone, address=6), (86_000, 86_400))
    assert enter(page, sara.phone, address=6).status == 303
    assert "wrong_passwords" in told(sara)
    stranger = page.as_(None)
    stranger.post("/login", {"phone": sara.phone}, status=303)
    assert stranger.post("/login/code", {"code": codes_sent(sara.phone)[-1]}).status == 303


def test_wrong_ones_at_all_names_are_counted_for_the_address_and_the_site(
    page: Page, sara: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else many addresses try one password each at many numbers, and nothing counts them together."""
    assert enter(page, sara.phone).status == 303
    page.post("/logout", status=303)
    set_limits(page, monkeypatch, wrong_passwords_per_site_hour=3)
    for number in range(3):
        assert enter(page.as_(None), f"+98912111999{number}", address=number).status == 422
    refused = enter(page.as_(None), sara.phone, address=30)
    assert refused.status == 429 and "with a code" in refused.words
    assert enter(page, sara.phone, address=30).status == 303, "a known browser is not slowed"
    set_limits(page, monkeypatch, wrong_passwords_per_site_hour=1000, wrong_passwords_per_address_hour=1)
    assert enter(page.as_(None), sara.phone, address=2).status == 429
    assert enter(page.as_(None), sara.phone, address=31).status == 303


def test_nothing_is_locked_while_a_password_is_hashed(
    page: Page, sara: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = []
    commit = db.session.commit
    monkeypatch.setattr(db.session, "commit", lambda: commits.append("commit") or commit())
    right, hashed = actions._is_right, actions.hashed
    monkeypatch.setattr(actions, "_is_right", lambda *values, **more: commits.append("check") or right(*values, **more))
    monkeypatch.setattr(actions, "hashed", lambda password: commits.append("hash") or hashed(password))
    assert enter(page, sara.phone).status == 303
    assert commits[commits.index("check") - 1] == "commit"
    page.as_(sara).post("/me/password", {"password": SECRET + " 2"}, status=303)
    assert commits[commits.index("hash") - 1] == "commit"


def test_tries_sent_at_once_are_each_counted_before_they_are_looked_at(page: Page, sara: Person) -> None:
    browser = actions.Browser(address="192.0.2.1")
    for _nth in range(2):
        actions.begin_try(sara.phone, "not this one at all", browser)
    assert queries.wrong_passwords(sara.phone).wrong_in_a_row == 2


def test_tries_from_one_address_are_few_a_minute(page: Page, sara: Person) -> None:
    tries = [enter(page.as_(None), f"+98912111999{number}").status for number in range(6)]
    assert tries == [422] * 5 + [429]


@pytest.mark.parametrize(("state", "words"), [("suspended", "suspended"), ("leaving", "is being deleted")])
def test_who_is_shut_out_or_leaving_does_not_come_in(page: Page, sara: Person, state: str, words: str) -> None:
    leaving_at = clock.now() if state == "leaving" else None
    db.session.execute(update(Person).where(Person.id == sara.id).values(state=state, leaving_at=leaving_at))
    assert words in enter(page, sara.phone).words
    assert enter(page, sara.phone, "not this one at all").words.count(words) == 0


def test_no_more_than_two_are_hashed_at_once(page: Page, sara: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "LONGEST_WAIT", 0)
    with actions._turn(is_known=False), actions._turn(is_known=False):
        refused = enter(page, sara.phone)
        assert refused.status == 429 and "in a moment" in refused.words
        with pytest.raises(TooFast), actions._turn(is_known=True):
            pass
    assert enter(page, sara.phone).status == 303


def test_few_wait_and_one_more_is_told_at_once_strangers_before_known_browsers(page: Page, sara: Person) -> None:
    browser = page.as_(None)
    assert enter(browser, sara.phone).status == 303
    browser.post("/logout")
    with ExitStack() as others:
        for _ in range(actions.MOST_OF_STRANGERS):
            actions._hold(others, actions._of_strangers)
            actions._hold(others, actions._all)
        refused = enter(page.as_(None), sara.phone, address=2)
        assert refused.status == 429 and "in a moment" in refused.words
        assert enter(browser, sara.phone).status == 303
        browser.post("/logout")
        actions._hold(others, actions._all)
        assert enter(browser, sara.phone).status == 429
    assert enter(page.as_(None), sara.phone, address=3).status == 303


def test_a_browser_that_somebody_else_signed_in_in_is_a_strangers(page: Page, sara: Person) -> None:
    """Else who has any account could try one password at everybody's number."""
    thief = page.as_(None)
    assert enter(thief, sara.phone).status == 303
    thief.post("/logout")
    tries = [enter(thief, f"+98912111999{number}", address=9).status for number in range(6)]
    assert tries == [422] * 5 + [429]
    assert enter(thief, sara.phone, address=9).status == 303, "its own person is not slowed"


def test_old_counts_are_forgotten(page: Page) -> None:
    enter(page, "+989121119999", "not this one at all")
    with ahead(days=91):
        actions.delete_expired()
        assert not db.session.scalars(select(PasswordTries)).all()


def test_passwords_are_off_until_the_operator_wants_them(
    page: Page, owner: Person, change_settings: Callable[..., None]
) -> None:
    change_settings(passwords=False)
    assert page.get("/login/password").status == page.as_(owner).get("/me/password").status == 404
    assert "password" not in page.as_(owner).get("/me/ways").words
