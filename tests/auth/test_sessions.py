"""Being signed in, seeing where, and ending it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import Context
from datetime import timedelta

import pytest
from flask import Flask, g
from sqlalchemy import func, select

from hampa.app import create_app
from hampa.auth import queries
from hampa.auth.actions import sessions
from hampa.auth.models import Device, NumberTries, Session, SignInCode
from hampa.notifications.models import Notification
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform import clock, config
from hampa.platform.db import db
from tests.auth.signing_in import ask, codes_sent, sign_in
from tests.database import Databases
from tests.factories.auth import make_code, make_session
from tests.factories.people import let_be, make_person
from tests.page import Page
from tests.personas import Setting
from tests.without_redis import redis_away

Statements = Callable[[], AbstractContextManager[list[str]]]


def test_a_session_is_looked_up_in_one_statement(page: Page, owner: Person, statements: Statements) -> None:
    inside = page.as_(owner)
    db.session.commit()
    with inside.client.session_transaction() as cookie:
        token = cookie["_user_id"]
    with statements() as seen:
        found = queries.load_session(token)
    assert found is not None and found.id == owner.id
    assert len(seen) == 1
    assert queries.load_session(token + "x") is None


def test_signing_out_ends_the_session_not_just_the_cookie(page: Page, owner: Person) -> None:
    inside = page.as_(owner)
    with inside.client.session_transaction() as cookie:
        kept = dict(cookie)
    inside.post("/logout", status=303)
    assert inside.get("/me").status == 303
    thief = Page(page.app)
    with thief.client.session_transaction() as cookie:
        cookie.update(kept)
    assert thief.get("/me").status == 303
    assert page.post("/logout", status=303).location == "/"


@pytest.mark.parametrize("state", ["suspended", "banned", "leaving", "erased"])
def test_suspension_holds_from_the_next_request_on(page: Page, owner: Person, state: str) -> None:
    inside = page.as_(owner)
    assert inside.get("/me").status == 200
    let_be(owner, state)
    assert inside.get("/me").status == 303


def test_the_list_tells_devices_in_words_and_marks_this_one(page: Page, owner: Person) -> None:
    make_session(owner, timezone="Asia/Tehran", last_seen_at=clock.now() - timedelta(hours=3))
    make_session(owner, user_agent="curl/8.0 <script>alert(1)</script>")
    inside = page.as_(owner)
    shown = inside.get("/me/sessions")
    for words in (
        "Chrome on Android",
        "This one",
        "Firefox on Windows",
        "Tehran time",
        "3 h ago",
        "A browser on an unknown system",
    ):
        assert words in shown.words, words
    assert "curl" not in shown.text
    inside.htmx.get("/me/sessions")
    assert "کروم" not in inside.speaking("fa").get("/me/sessions?lang=fa").words


def test_nobody_sees_or_ends_the_sessions_of_others(page: Page, owner: Person, stranger: Person) -> None:
    theirs = make_session(owner)
    assert page.get("/me/sessions", status=303).location == "/login?next=/me/sessions"
    assert page.post(f"/me/sessions/{theirs.id}/end").status == 303
    outsider = page.as_(stranger)
    assert "Firefox" not in outsider.get("/me/sessions").words
    assert outsider.post(f"/me/sessions/{theirs.id}/end").status == 404
    assert outsider.post(f"/me/sessions/{uuid.uuid4()}/end").status == 404
    db.session.refresh(theirs)
    assert theirs.ended_at is None


def test_one_session_can_be_ended(page: Page, owner: Person) -> None:
    here, there = page.as_(owner), page.as_(owner)
    assert there.get("/me").status == 200
    forms = [form for form in here.get("/me/sessions").forms if form.action.startswith("/me/sessions/")]
    ending = [form for form in forms if form.action.endswith("/end")]
    assert len(ending) == 1
    ending[0].submit(status=303)
    assert there.get("/me").status == 303
    assert here.get("/me").status == 200
    assert here.post(ending[0].action).status == 404


def test_this_session_can_be_ended_too(page: Page, owner: Person) -> None:
    inside = page.as_(owner)
    this = db.session.scalars(select(Session)).one()
    assert inside.post(f"/me/sessions/{this.id}/end").location == "/"
    assert inside.get("/me").status == 303


def test_all_other_sessions_can_be_ended(page: Page, owner: Person, stranger: Person) -> None:
    here, others, somebody = page.as_(owner), [page.as_(owner) for _ in range(3)], page.as_(stranger)
    done = here.get("/me/sessions").form("/me/sessions/end-others").submit(status=303).follow()
    assert "3 other places" in done.words
    assert [other.get("/me").status for other in others] == [303, 303, 303]
    assert [here.get("/me").status, somebody.get("/me").status] == [200, 200]


def test_the_list_is_paged_by_key_and_costs_the_same(page: Page, owner: Person, statements: Statements) -> None:
    inside = page.as_(owner)
    inside.get("/me/sessions")

    def cost() -> int:
        with statements() as seen:
            inside.get("/me/sessions")
        return len(seen)

    few = cost()
    made = [make_session(owner, created_at=clock.now() - timedelta(minutes=1)) for _ in range(45)]
    assert cost() == few
    seen: list[str] = []
    url = "/me/sessions"
    while url:
        shown = inside.get(url)
        seen += [form.action for form in shown.forms if form.action.endswith("/end")]
        url = next((link for link in shown.links if "after=" in link and "lang=" not in link), "")
    assert sorted(seen) == sorted(f"/me/sessions/{row.id}/end" for row in made)
    assert inside.get("/me/sessions?after=nonsense").status == 200


def test_a_session_lasts_thirty_days_from_the_last_visit(page: Page, owner: Person) -> None:
    inside = page.as_(owner)
    for days in (20, 45, 74):
        with clock.shifted(timedelta(days=days)):
            assert inside.get("/me").status == 200
    with clock.shifted(timedelta(days=105)):
        assert inside.get("/me").status == 303
        assert inside.get("/me").status == 303


def test_a_visit_is_written_down_every_five_minutes_at_most(page: Page, owner: Person, statements: Statements) -> None:
    inside = page.as_(owner)
    inside.get("/me")
    version = owner.version
    for seconds, writes in ((60, 0), (290, 0), (310, 2), (320, 0), (620, 2)):
        with clock.shifted(timedelta(seconds=seconds)):
            with statements() as seen:
                answered = inside.get("/me")
            assert len([one for one in seen if one.startswith("UPDATE")]) == writes, seconds
            assert ("Set-Cookie" in answered.response.headers) == bool(writes)
    db.session.refresh(owner)
    assert owner.version == version
    assert owner.last_active_at is not None and owner.last_active_at > clock.now() + timedelta(seconds=500)


def test_what_a_refused_request_left_behind_is_not_saved_by_the_visit(page: Page, app: Flask, owner: Person) -> None:
    inside = page.as_(owner)
    with inside.client.session_transaction() as cookie:
        token = cookie["_user_id"]
    db.session.commit()

    def refused_halfway() -> None:
        with app.test_request_context("/me"):
            app.preprocess_request()
            g._login_user = person = queries.load_session(token)
            assert person is not None
            person.name = "Half done"
            app.process_response(app.make_response(("", 422)))

    with clock.shifted(timedelta(minutes=10)):
        Context().run(refused_halfway)
    db.session.refresh(owner)
    assert owner.name == "Sara Karimi"
    assert owner.last_active_at is not None and owner.last_active_at > clock.now() + timedelta(minutes=9)


def test_a_new_device_is_told_of_but_not_the_first(page: Page, owner: Person) -> None:
    sign_in(page, owner.phone)
    assert db.session.scalar(select(func.count()).select_from(Notification)) == 0
    page.post("/logout")
    sign_in(page, owner.phone)
    assert db.session.scalar(select(func.count()).select_from(Notification)) == 0
    sign_in(Page(page.app), owner.phone)
    [told] = db.session.scalars(select(Notification))
    assert (told.person_id, told.type) == (owner.id, "account_security")
    assert told.data == {"what": "new_device", "browser": "Chrome", "system": "Android"}
    sms = select(OutboxMessage).where(OutboxMessage.purpose == "account_security")
    assert [message.recipient for message in db.session.scalars(sms)] == [owner.phone]


def test_two_people_can_share_a_browser(page: Page, owner: Person, companion: Person) -> None:
    sign_in(page, owner.phone)
    page.post("/logout")
    sign_in(page, companion.phone)
    assert db.session.scalar(select(func.count()).select_from(Device)) == 2
    assert len(set(db.session.scalars(select(Device.token_hash)))) == 1


def test_signing_in_goes_on_without_redis(page: Page, owner: Person, app: Flask) -> None:
    with redis_away(app):
        assert sign_in(page, owner.phone).location == "/"
        assert page.get("/me/sessions").status == 200
        ask(Page(app), owner.phone, status=303)
        ask(Page(app), owner.phone, status=429)


@pytest.mark.parametrize("origin", ["https://hampa.example", "http://127.0.0.1"])
def test_every_cookie_is_closed_to_scripts_and_bound_to_the_host(databases: Databases, origin: str) -> None:
    https = origin.startswith("https")
    environment = databases.environment(
        databases.make("cookies"),
        HAMPA_ENV="production" if https else "test",
        HAMPA_BASE_URL=origin,
        HAMPA_SECRET_KEY="x" * 40,
    )
    app = create_app(config.load(environment))
    browser = app.test_client()
    cookies: list[str] = []

    def fill_in(path: str, **fields: str) -> None:
        form = browser.get(path, base_url=origin)
        token = re.search(r'name="csrf_token" value="([^"]+)"', form.text)
        assert token is not None
        headers = {"Referer": origin + path}
        done = browser.post(path, base_url=origin, headers=headers, data=fields | {"csrf_token": token[1]})
        assert done.status_code == 303
        for answered in (form, done):
            cookies.extend(answered.headers.getlist("Set-Cookie"))

    fill_in("/login", phone="09121234567")
    with app.app_context():
        [code] = codes_sent("+989121234567")
    fill_in("/login/code", code=code)
    with app.app_context():
        db.engine.dispose()
    assert len(cookies) == 4
    for cookie in cookies:
        name, *flags = [part.strip().lower() for part in cookie.split(";")]
        assert {"httponly", "samesite=lax", "path=/"} <= set(flags), cookie
        assert ("secure" in flags and name.startswith("__host-")) is https, cookie


def test_what_counts_for_nothing_any_more_is_deleted(page: Page, owner: Person) -> None:
    now = clock.now()
    make_code(owner.phone, created_at=now - timedelta(hours=50))
    make_code(owner.phone, created_at=now - timedelta(hours=20))
    make_session(owner, ended_at=now - timedelta(days=31), last_seen_at=now - timedelta(days=31))
    make_session(owner, ended_at=now - timedelta(days=3))
    make_session(owner, last_seen_at=now - timedelta(days=70))
    make_session(owner)
    old, new = make_person(), make_person()
    for person, days in ((old, 100), (new, 1)):
        db.session.add(NumberTries(phone=person.phone, wrong_in_a_row=3, updated_at=now - timedelta(days=days)))
        db.session.add(Device(person_id=person.id, token_hash="d", last_sign_in_at=now - timedelta(days=days * 5)))
    db.session.flush()
    sessions.delete_expired()
    left = [
        db.session.scalar(select(func.count()).select_from(kind)) for kind in (SignInCode, Session, NumberTries, Device)
    ]
    assert left == [1, 2, 1, 1]


def test_browsers_keep_no_page_that_needs_signing_in(page: Page, setting: Setting) -> None:
    inside = page.as_(setting.owner)
    for path in ("/me/phone", "/notifications", f"/runs/{setting.run.id}/requests", f"/runs/{setting.run.id}/edit"):
        assert inside.get(path, 200).response.headers["Cache-Control"] == "private, no-store", path
    for path in ("/", "/runs", "/cards"):
        assert page.get(path, 200).response.headers["Cache-Control"] == "private, no-cache", path


def test_the_browser_is_told_once_to_forget_when_a_session_ends(page: Page, owner: Person, stranger: Person) -> None:
    """At sign-out, or at the first request after it was ended elsewhere or its person suspended."""
    out, ended, suspended = page.as_(owner), page.as_(owner), page.as_(stranger)
    assert "Clear-Site-Data" not in out.get("/me", 200).response.headers
    assert out.post("/logout", status=303).response.headers["Clear-Site-Data"] == '"cache"'
    assert "Clear-Site-Data" not in out.get("/", 200).response.headers
    sessions.end_sessions(owner)
    stranger.state = "suspended"
    db.session.flush()
    for browser in (ended, suspended):
        assert browser.get("/me", 303).response.headers["Clear-Site-Data"] == '"cache"'
        assert "Clear-Site-Data" not in browser.get("/me", 303).response.headers


def test_a_page_can_ask_whether_its_session_has_ended(page: Page, owner: Person) -> None:
    here, elsewhere = page.as_(owner), page.as_(owner)
    found = re.search(r'data-session="(\w+)" data-session-url="(.+?)"', here.get("/me", 200).text)
    assert found is not None
    mark, url = found.groups()
    assert here.client.get(url).text == mark != elsewhere.client.get(url).text
    sessions.end_sessions(owner)
    assert (here.client.get(url).text, here.client.get(url).headers["Cache-Control"]) == ("", "no-store")
