"""Links by mail: asked for, opened here or elsewhere, used once."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from hampa.auth.models import Session
from hampa.mail_links.models import MailLink
from hampa.outbox.actions.claims import KEY_PURPOSE
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.security import crypto
from tests.auth.signing_in import ahead, assert_too_fast
from tests.html import without_tokens
from tests.page import Page

ADDRESS = "sara@mail.example"


@pytest.fixture
def sara(owner: Person) -> Person:
    """Return a person with a verified address."""
    owner.email, owner.email_verified_at = ADDRESS, clock.now()
    db.session.commit()
    return owner


def ask(page: Page, address: str = ADDRESS, **more: object) -> object:
    """Ask for a link."""
    return page.post("/login/mail", {"email": address, **more}, status=303)


def links_sent(address: str = ADDRESS, purpose: str = "sign_in_link") -> list[str]:
    """Return the paths of the links on their way to an address, oldest first."""
    rows = db.session.scalars(
        select(OutboxMessage.secret)
        .where(
            OutboxMessage.recipient == address, OutboxMessage.purpose == purpose, OutboxMessage.expires_at > clock.now()
        )
        .order_by(OutboxMessage.created_at)
    )
    return [f"/login/mail/{crypto.decrypt(secret, KEY_PURPOSE)}" for secret in rows if secret]


def sessions_of(person: Person) -> list[str]:
    """Return the methods of a person's sessions."""
    return list(db.session.scalars(select(Session.method).where(Session.person_id == person.id)))


def test_a_person_signs_in_with_the_link_and_no_code(page: Page, sara: Person) -> None:
    login = page.get("/login?next=/me/profile")
    [way] = [link for link in login.links if link.startswith("/login/mail")]
    asked = page.get(way).form("/login/mail").fill(email="  Sara@Mail.example ").submit(status=303)
    sent = asked.follow()
    assert ADDRESS in sent.words
    [link] = links_sent()
    opened = page.get(link, status=200)
    assert "asked for elsewhere" not in opened.words
    assert opened.form(link).submit(status=303).location == "/me/profile"
    assert page.get("/me/profile").status == 200
    assert "mail" in sessions_of(sara)


def test_the_mail_has_the_link_and_what_asked(page: Page, sara: Person, work: Callable[[], int]) -> None:
    ask(page)
    work()
    mail = page.get("/dev/outbox").words
    assert re.search(r"/login/mail/\S{20,}", mail) and "15 minutes" in mail


def test_looking_at_the_link_spends_nothing(page: Page, sara: Person) -> None:
    ask(page)
    [link] = links_sent()
    for _scanner in range(3):
        assert page.as_(None).get(link).status == 200
    assert page.post(link, status=303).location == "/"


def test_another_device_is_asked_and_signs_in_there_only(page: Page, sara: Person) -> None:
    ask(page, next="/me/profile", act="nonsense:1")
    [link] = links_sent()
    other = page.as_(None)
    opened = other.get(link)
    assert "asked for elsewhere" in opened.words
    assert opened.form(link).submit(status=303).location == "/me/profile"
    assert other.get("/me/profile").status == 200
    assert page.get("/me/profile").status == 303


def test_a_link_is_used_once(page: Page, sara: Person) -> None:
    ask(page)
    [link] = links_sent()
    assert page.as_(None).post(link).status == 303
    before = len(sessions_of(sara))
    again = page.post(link)
    assert again.status == 410 and "has been used" in again.words
    assert page.get(link, status=410).words.count("has been used") == 1
    assert len(sessions_of(sara)) == before


def test_a_link_of_15_minutes_ago_is_late_and_an_older_one_unknown(page: Page, sara: Person) -> None:
    ask(page)
    [link] = links_sent()
    with ahead(minutes=15):
        assert "15 minutes" in page.post(link, status=410).words
    with ahead(minutes=61):
        assert page.get(link).status == 404


def test_a_newer_link_of_this_browser_voids_the_one_before(page: Page, sara: Person) -> None:
    ask(page)
    with ahead(minutes=2):
        ask(page)
        first, second = links_sent()
        assert "newer link" in page.post(first, status=410).words
        assert page.post(second).status == 303


def test_an_address_that_is_given_up_signs_nobody_in(page: Page, sara: Person) -> None:
    ask(page)
    [link] = links_sent()
    sara.email = "other@mail.example"
    db.session.commit()
    before = len(sessions_of(sara))
    assert "does not use this address" in page.post(link, status=410).words
    sara.email = ADDRESS
    db.session.commit()
    assert page.post(link).status == 410
    assert len(sessions_of(sara)) == before


@pytest.mark.parametrize(("state", "word"), [("suspended", "suspended"), ("banned", "suspended")])
def test_who_is_shut_out_stays_out(page: Page, sara: Person, state: str, word: str) -> None:
    ask(page)
    [link] = links_sent()
    sara.state = state
    db.session.commit()
    before = len(sessions_of(sara))
    assert word in page.post(link, status=410).words
    assert len(sessions_of(sara)) == before


def test_known_unknown_and_unverified_addresses_get_the_same_answer_and_work(
    page: Page, sara: Person, stranger: Person, statements: Callable[[], object]
) -> None:
    stranger.email = "unverified@mail.example"
    db.session.commit()
    seen = []
    for address in (ADDRESS, "nobody@mail.example", "unverified@mail.example"):
        browser = page.as_(None)
        browser.get("/login/mail")
        with statements() as asked:  # type: ignore[attr-defined]
            browser.post("/login/mail", {"email": address}, status=303)
        sent = without_tokens(browser.get("/login/mail/sent").text).replace(address, "")
        seen.append((len(asked), sent))
    assert seen[0] == seen[1] == seen[2]
    assert len(links_sent()) == 1
    assert not links_sent("nobody@mail.example") and not links_sent("unverified@mail.example")


def test_another_link_has_to_wait_and_the_wait_doubles(page: Page, sara: Person) -> None:
    ask(page)
    assert_too_fast(page.post("/login/mail", {"email": ADDRESS}), (58, 60))
    with ahead(seconds=61):
        ask(page)
        assert_too_fast(page.post("/login/mail", {"email": ADDRESS}), (110, 120))


def test_who_waits_elsewhere_does_not_learn_when_the_owner_signs_in(page: Page, sara: Person) -> None:
    stranger, here = page.as_(None), {"environ_base": {"REMOTE_ADDR": "192.0.2.77"}}
    stranger.post("/login/mail", {"email": ADDRESS}, status=303, **here)
    before = without_tokens(stranger.get("/login/mail/sent", 200).text)
    assert "data-countdown" in before
    ask(page)
    page.post(links_sent()[-1], status=303)
    after = without_tokens(stranger.get("/login/mail/sent", 200).text)
    assert "data-countdown" in after


def test_an_address_gets_five_links_an_hour_from_strangers_together(page: Page, sara: Person) -> None:
    for number in range(5):
        page.as_(None).post("/login/mail", {"email": ADDRESS}, status=303, environ_base=_from(number))
    refused = page.as_(None).post("/login/mail", {"email": ADDRESS}, environ_base=_from(6))
    assert_too_fast(refused, (3500, 3600))
    unknown = [
        page.as_(None).post("/login/mail", {"email": "no@mail.example"}, environ_base=_from(n)).status for n in range(6)
    ]
    assert unknown == [303] * 5 + [429]


def test_the_owners_browser_is_not_slowed_by_strangers(page: Page, sara: Person) -> None:
    ask(page)
    page.post(links_sent()[-1], status=303)
    page.post("/logout", status=303)
    for number in range(6):
        page.as_(None).post("/login/mail", {"email": ADDRESS}, environ_base=_from(number))
    ask(page)


def test_tries_from_one_address_are_few_a_minute(page: Page, sara: Person) -> None:
    tries = [page.post(f"/login/mail/{'x' * 32}").status for _ in range(6)]
    assert tries == [404] * 5 + [429]


def test_the_token_is_stored_nowhere_in_the_clear(page: Page, sara: Person) -> None:
    ask(page)
    token = links_sent()[0].rsplit("/", 1)[1]
    row = db.session.scalars(select(MailLink)).one()
    assert token not in str(vars(row))


def test_a_session_by_mail_proves_no_phone(page: Page, sara: Person) -> None:
    ask(page)
    page.post(links_sent()[-1], status=303)
    assert "Send me a code" in page.get("/me/phone").words


def test_who_forgot_the_password_sets_a_new_one_by_a_link(page: Page, sara: Person) -> None:
    login = page.get("/login/password")
    assert "/login/password/forgotten" in login.links
    asked = page.get("/login/password/forgotten").form("/login/password/forgotten").fill(email=ADDRESS)
    sent = asked.submit(status=303).follow()
    assert sent.form("/login/password/forgotten").values["email"] == ADDRESS
    [link] = links_sent(purpose="password_link")
    opened = page.get(link)
    assert "new password" in opened.words
    new = opened.form(link).submit(status=303)
    assert new.location == "/me/password"
    password = "four words only mine"
    new.follow().form("/me/password").fill(password=password).submit(status=303)
    other = page.as_(None)
    fields = {"name": ADDRESS, "password": password}
    assert other.post("/login/password", fields).status == 303
    assert other.get("/me/profile").status == 200


def test_without_passwords_nobody_forgets_one(page: Page, change_settings: Callable[..., None]) -> None:
    change_settings(passwords=False)
    assert page.get("/login/password/forgotten").status == 404


def test_production_without_mail_has_no_such_door(page: Page, app: Flask, change_settings: Callable[..., None]) -> None:
    change_settings(env="production")
    assert "A link by email" not in page.get("/login").words
    assert page.get("/login/mail").status == 404


def _from(number: int) -> dict[str, str]:
    return {"REMOTE_ADDR": f"192.0.2.{number}"}
