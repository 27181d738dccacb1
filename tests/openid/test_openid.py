"""Signing in at a real provider: the ways through, and what goes wrong on them."""

from __future__ import annotations

import html
import time
from collections.abc import Callable
from contextlib import contextmanager
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from hampa.auth.models import Session
from hampa.openid.models import OpenIdAccount, OpenIdFlow
from hampa.outbox.models import OutboxMessage
from hampa.people import queries as people
from hampa.people.models import Person
from hampa.platform import clock, doctor, openid
from hampa.platform.db import db
from tests.auth.signing_in import ahead, answer, ask, codes_sent
from tests.openid.provider_server import Provider, changed
from tests.page import Answer, Page

ADDRESS = "sara@mail.example"


@pytest.fixture
def sara(owner: Person) -> Person:
    """Return a person with a verified address."""
    owner.email, owner.email_verified_at = ADDRESS, clock.now()
    db.session.commit()
    return owner


def leave(page: Page, start: str = "/login", action: str = "/login/openid") -> str:
    """Press the button, and return where the page in between leads to."""
    away = page.get(start).form(action).submit(status=303).follow()
    assert away.status == 200, away.summary
    [meta] = [m for m in away.all("meta") if m.get("http-equiv") == "refresh"]
    url = html.unescape(str(meta.get("content")).removeprefix("0; url="))
    assert url in [html.unescape(link) for link in away.links]
    return url


def come_back(page: Page, url: str) -> Answer:
    """Open the address that the provider led to."""
    parts = urlsplit(url)
    assert parts.path == "/login/openid/back"
    return page.get(f"{parts.path}?{parts.query}")


def sign_in(page: Page, provider: Provider, name: str, start: str = "/login", action: str = "/login/openid") -> Answer:
    """Go to the provider, sign in there, and come back."""
    return come_back(page, provider.sign_in(leave(page, start, action), name))


def accounts() -> list[tuple[object, str]]:
    """Return who is linked with which account there."""
    return [tuple(row) for row in db.session.execute(select(OpenIdAccount.person_id, OpenIdAccount.subject))]


def link(person: Person, provider: Provider, subject: str = ADDRESS, email: str = ADDRESS) -> None:
    """Link a person with an account at the provider."""
    db.session.add(OpenIdAccount(person_id=person.id, issuer=provider.issuer, subject=subject, email=email))
    db.session.commit()


def methods(person: Person) -> list[str]:
    """Return how the person's sessions began."""
    return list(db.session.scalars(select(Session.method).where(Session.person_id == person.id)))


def test_a_linked_person_signs_in_and_goes_on(page: Page, provider: Provider, sara: Person) -> None:
    link(sara, provider)
    assert sign_in(page, provider, ADDRESS, "/login?next=/me/profile").location == "/me/profile"
    assert page.get("/me/profile").status == 200
    assert "openid" in methods(sara)
    assert "Send me a code" in page.get("/me/phone").words, "a sign-in elsewhere proves no phone"


def test_the_request_has_what_protects_it(page: Page, provider: Provider) -> None:
    query = dict(parse_qsl(urlsplit(leave(page)).query))
    assert query["code_challenge_method"] == "S256" and len(query["code_challenge"]) == 43
    assert len(query["state"]) >= 43 and len(query["nonce"]) >= 43
    assert (query["response_type"], query["scope"]) == ("code", "openid email")
    row = db.session.scalars(select(OpenIdFlow)).one()
    assert query["state"] not in str(vars(row)) and query["nonce"] not in str(vars(row))


def test_a_verified_address_of_somebody_here_is_linked_when_they_confirm(
    page: Page, provider: Provider, sara: Person, work: Callable[[], int]
) -> None:
    back = sign_in(page, provider, ADDRESS, "/login?next=/me/profile")
    assert accounts() == []
    question = back.follow()
    assert "Sara Karimi" in question.words and ADDRESS in question.words
    assert question.form("/login/openid/confirm").submit(status=303).location == "/me/profile"
    assert accounts() == [(sara.id, ADDRESS)]
    assert "signs in to your account from now on" in page.get("/notifications").words
    other = page.as_(None)
    assert sign_in(other, provider, ADDRESS).location == "/"


def test_who_does_not_confirm_is_not_linked(page: Page, provider: Provider, sara: Person) -> None:
    question = sign_in(page, provider, ADDRESS).follow()
    copy = page.copy
    question.form("/login/openid/forget").submit(status=303)
    assert page.post("/login/openid/confirm").location == "/login"
    assert copy.post("/login/openid/confirm").status == 400
    assert accounts() == []


def test_an_address_that_nobody_has_goes_on_to_phone_and_code_and_is_linked(
    page: Page, provider: Provider, number: str
) -> None:
    back = sign_in(page, provider, "new@mail.example", "/login?next=/me/profile")
    assert back.location == "/login?next=/me/profile"
    login = back.follow()
    assert "new@mail.example" in login.words and "Almost there" in login.words
    login.form("/login").fill(phone=number).submit(status=303)
    assert answer(page, codes_sent(number)[0], status=303).location == "/welcome?next=/me/profile"
    person = people.by_phone(number)
    assert person is not None
    assert accounts() == [(person.id, "new@mail.example")]
    assert (person.email, person.email_verified_at is not None) == ("new@mail.example", True)
    assert "signs you in too" in page.get("/welcome").words
    assert sign_in(page.as_(None), provider, "new@mail.example").location.startswith("/welcome")


def test_an_account_that_has_a_number_is_linked_and_keeps_its_address(
    page: Page, provider: Provider, sara: Person
) -> None:
    sign_in(page, provider, "work@mail.example")
    ask(page, sara.phone, status=303)
    answer(page, codes_sent(sara.phone)[-1], status=303)
    assert accounts() == [(sara.id, "work@mail.example")]
    db.session.refresh(sara)
    assert sara.email == ADDRESS


def test_a_code_that_was_asked_for_before_links_nothing(page: Page, provider: Provider, sara: Person) -> None:
    ask(page, sara.phone, status=303)
    with ahead(seconds=5):
        sign_in(page, provider, "work@mail.example")
        answer(page, codes_sent(sara.phone)[-1], status=303)
    assert accounts() == []


def test_who_goes_on_without_the_provider_is_not_linked(page: Page, provider: Provider, sara: Person) -> None:
    sign_in(page, provider, "work@mail.example").follow().form("/login/openid/forget").submit(status=303)
    ask(page, sara.phone, status=303)
    answer(page, codes_sent(sara.phone)[-1], status=303)
    assert accounts() == []


def test_an_address_that_somebody_verified_meanwhile_is_not_linked_to_another(
    page: Page, provider: Provider, sara: Person, stranger: Person
) -> None:
    sign_in(page, provider, "late@mail.example")
    stranger.email, stranger.email_verified_at = "late@mail.example", clock.now()
    db.session.commit()
    ask(page, sara.phone, status=303)
    answer(page, codes_sent(sara.phone)[-1], status=303)
    assert accounts() == []
    assert "belongs to another account" in page.get("/").words


def test_an_unverified_address_signs_in_and_links_nobody(page: Page, provider: Provider, sara: Person) -> None:
    refused = sign_in(page, provider, f"unverified:{ADDRESS}")
    assert refused.status == 400 and "has not verified" in refused.words
    assert accounts() == [] and "openid" not in methods(sara)


def test_an_account_never_goes_over_to_another_one_there(page: Page, provider: Provider, sara: Person) -> None:
    link(sara, provider)
    refused = sign_in(page, provider, f"2:{ADDRESS}")
    assert refused.status == 400 and "Another account of Tailwind is linked already" in refused.words
    assert accounts() == [(sara.id, ADDRESS)]


def test_the_link_follows_the_account_there_and_not_the_address(
    page: Page, provider: Provider, sara: Person, stranger: Person
) -> None:
    link(sara, provider)
    sara.email, stranger.email, stranger.email_verified_at = "other@mail.example", None, None
    db.session.flush()
    stranger.email, stranger.email_verified_at = ADDRESS, clock.now()
    db.session.commit()
    sign_in(page, provider, ADDRESS)
    assert "openid" in methods(sara) and "openid" not in methods(stranger)


@pytest.mark.parametrize(("state", "words"), [("suspended", "suspended"), ("banned", "suspended")])
def test_who_is_shut_out_stays_out(page: Page, provider: Provider, sara: Person, state: str, words: str) -> None:
    link(sara, provider)
    sara.state = state
    db.session.commit()
    assert words in sign_in(page, provider, ADDRESS).words
    assert "openid" not in methods(sara)


def test_a_person_links_and_unlinks_in_the_settings(page: Page, provider: Provider, sara: Person) -> None:
    saras = page.as_(sara)
    assert sign_in(saras, provider, ADDRESS, "/me/ways", "/me/openid").location == "/me/ways"
    assert accounts() == [(sara.id, ADDRESS)]
    ways = saras.get("/me/ways")
    assert ADDRESS in ways.words
    ways.form("/me/openid/unlink").submit(status=303)
    assert accounts() == []
    assert sara.phone is not None and "/me/phone" in saras.get("/me/ways").links


def test_a_link_in_the_settings_needs_a_fresh_proof(page: Page, provider: Provider, sara: Person) -> None:
    saras = page.as_(sara)
    with ahead(minutes=6):
        assert saras.post("/me/openid").location == "/me/proof?next=/me/ways"
    assert db.session.scalars(select(OpenIdFlow)).all() == []


@pytest.mark.parametrize("name", [ADDRESS, f"2:{ADDRESS}"])
def test_what_belongs_to_somebody_else_is_not_linked(
    page: Page, provider: Provider, sara: Person, stranger: Person, name: str
) -> None:
    link(sara, provider)
    refused = sign_in(page.as_(stranger), provider, name, "/me/ways", "/me/openid")
    assert refused.status == 400 and "another account of Hampa" in refused.words
    assert accounts() == [(sara.id, ADDRESS)]


def test_an_answer_is_taken_once_and_in_its_own_browser(page: Page, provider: Provider, sara: Person) -> None:
    link(sara, provider)
    back = provider.sign_in(leave(page), ADDRESS)
    assert come_back(page.as_(None), back).status == 400
    assert come_back(page, changed(back, state="0" * 64)).status == 400
    assert come_back(page, back).status == 303
    again = page.as_(None)
    again.client._cookies = dict(page.client._cookies)  # type: ignore[attr-defined]
    page.post("/logout")
    assert come_back(page, back).status == 400


def test_who_says_no_there_hears_so_here(page: Page, provider: Provider) -> None:
    denied = come_back(page, provider.deny(leave(page)))
    assert denied.status == 400 and "You didn't let Tailwind" in denied.words
    assert "/login" in denied.links


def test_an_expired_code_signs_nobody_in(page: Page, provider: Provider, sara: Person) -> None:
    link(sara, provider)
    provider.set(codeLifetime=1)
    back = provider.sign_in(leave(page), ADDRESS)
    time.sleep(2.1)  # the provider's own clock; it counts in whole seconds
    assert come_back(page, back).status == 400
    assert "openid" not in methods(sara)


def test_a_wrong_nonce_signs_nobody_in(page: Page, provider: Provider, sara: Person) -> None:
    link(sara, provider)
    back = provider.sign_in(changed(leave(page), nonce="another"), ADDRESS)
    with refusals() as reasons:
        assert come_back(page, back).status == 400
    assert "nonce" in reasons[0]


def test_a_code_that_was_begun_elsewhere_signs_nobody_in(page: Page, provider: Provider, sara: Person) -> None:
    """Somebody else's code at one's own state: PKCE."""
    link(sara, provider)
    others = dict(parse_qsl(urlsplit(provider.sign_in(leave(page.as_(None)), ADDRESS)).query))
    own = provider.sign_in(leave(page), ADDRESS)
    with refusals() as reasons:
        assert come_back(page, changed(own, code=others["code"])).status == 400
    assert "invalid_grant" in reasons[0]
    assert "openid" not in methods(sara)


@pytest.mark.parametrize("issuer", ["https://evil.example", None])
def test_an_answer_of_another_issuer_signs_nobody_in(
    page: Page, provider: Provider, sara: Person, issuer: str | None
) -> None:
    link(sara, provider)
    back = provider.sign_in(leave(page), ADDRESS)
    with refusals() as reasons:
        assert come_back(page, changed(back, iss=issuer)).status == 400
    assert "another issuer" in reasons[0]


def test_a_signature_by_the_shared_secret_signs_nobody_in(page: Page, provider: Provider, sara: Person) -> None:
    link(sara, provider)
    provider.set(algorithm="HS256", restart=True)
    with refusals() as reasons:
        assert sign_in(page, provider, ADDRESS).status == 400
    assert reasons
    provider.set(restart=True)


def test_new_keys_of_the_provider_are_read(
    page: Page, provider: Provider, sara: Person, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(sara, provider)
    assert sign_in(page.as_(None), provider, ADDRESS).status == 303
    provider.set(restart=True)
    assert sign_in(page.as_(None), provider, ADDRESS).status == 400, "keys are read anew at most twice a minute"
    monkeypatch.setattr(openid, "REFRESH_SECONDS", 0.0)
    assert sign_in(page.as_(None), provider, ADDRESS).status == 303


def test_an_address_that_only_the_userinfo_endpoint_tells_counts(page: Page, provider: Provider, sara: Person) -> None:
    provider.set(inIdToken=False, restart=True)
    assert sign_in(page, provider, ADDRESS).location == "/login/openid/confirm"
    provider.set(restart=True)


@pytest.mark.parametrize("fault", ["down", "slow"])
@pytest.mark.parametrize("path", ["/.well-known", "/token", "/jwks"])
def test_a_provider_that_is_away_or_slow_leaves_the_number(
    page: Page, provider: Provider, sara: Person, fault: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openid, "MOST_SECONDS", 0.5)
    link(sara, provider)
    if path == "/.well-known":
        provider.set(**{fault: path})
        away = page.get("/login").form("/login/openid").submit(status=303).follow()
    else:
        url = leave(page)
        provider.set(**{fault: path})
        away = come_back(page, provider.sign_in(url, ADDRESS))
    assert away.status == 503 and "Your phone number works as always" in away.words
    assert "openid" not in methods(sara)
    ask(page, sara.phone, status=303)
    assert answer(page, codes_sent(sara.phone)[-1]).status == 303


def test_a_provider_that_did_not_answer_is_left_alone_for_a_while(
    page: Page, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.set(down="/.well-known")
    assert page.get("/login").form("/login/openid").submit(status=303).follow().status == 503
    provider.set()
    assert page.get("/login").form("/login/openid").submit(status=303).follow().status == 503
    monkeypatch.setattr(openid, "REST_SECONDS", 0.0)
    assert page.get("/login").form("/login/openid").submit(status=303).follow().status == 200


def test_many_who_wait_do_not_hold_the_site(page: Page, provider: Provider) -> None:
    with page.app.app_context():
        asked = openid.provider()
        for _thread in range(openid.MOST_WAITING):
            assert asked._waiting.acquire(blocking=False)
    away = page.get("/login").form("/login/openid").submit(status=303).follow()
    assert away.status == 503


def test_the_doctor_asks_the_provider(page: Page, provider: Provider) -> None:
    with page.app.app_context():
        assert next(doctor.check_openid())[0] == "ok"
        page.app.extensions.pop("hampa.openid")
        provider.set(down="/jwks")
        state, words = next(doctor.check_openid())
        assert state == "warn" and "Tailwind signs nobody in" in words


def test_without_a_provider_there_is_no_such_door(page: Page, owner: Person) -> None:
    assert "openid" not in page.get("/login").text
    assert page.post("/login/openid").status == 404
    assert page.as_(owner).post("/me/openid").status == 404


def test_nothing_of_the_answer_is_logged(
    page: Page, provider: Provider, sara: Person, caplog: pytest.LogCaptureFixture
) -> None:
    back = provider.sign_in(changed(leave(page), nonce="another"), ADDRESS)
    come_back(page, back)
    query = dict(parse_qsl(urlsplit(back).query))
    assert query["code"] not in caplog.text and query["state"] not in caplog.text and ADDRESS not in caplog.text
    assert not db.session.scalars(select(OutboxMessage).where(OutboxMessage.recipient == ADDRESS)).all()


@contextmanager
def refusals():
    """Collect the reasons for which answers are refused."""
    reasons: list[str] = []
    before = openid.RefusedAnswer.__init__

    def noting(self: openid.RefusedAnswer, *args: object) -> None:
        reasons.append(str(args[0]))
        before(self, *args)

    openid.RefusedAnswer.__init__ = noting  # type: ignore[method-assign]
    try:
        yield reasons
    finally:
        openid.RefusedAnswer.__init__ = before  # type: ignore[method-assign]
