"""So many pages a minute: visitors by address, people by themselves, in all processes together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from hampa.platform import clock, redis as redis_module, request_counts
from hampa.platform.web import request_limits
from tests.auth.signing_in import sign_in
from tests.page import Page


@pytest.fixture
def few(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let few requests in a minute, which does not end during the test."""
    changed = app.extensions["hampa.settings"].model_copy(update={"page_visitor_limit": 20, "page_person_limit": 30})
    monkeypatch.setitem(app.extensions, "hampa.settings", changed)
    request_counts.forget_counts()
    with clock.frozen(clock.now()):
        yield


def statuses(page: Page, times: int, path: str = "/login", **environ: Any) -> list[int]:
    return [page.client.get(path, environ_base=environ).status_code for _ in range(times)]


@pytest.mark.usefixtures("few")
def test_visitors_are_counted_by_address_and_told_when_to_go_on(page, db_session):
    assert set(statuses(page, 20)) == {200}
    for locale, words in (("en", "Too many requests"), ("fa", "درخواست")):
        refused = page.speaking(locale).get("/runs", 429)
        assert 1 <= int(refused.response.headers["Retry-After"]) <= 60
        assert words in refused.words
    assert page.client.get("/healthz").status_code == 200
    assert page.client.get("/static/js/offline.js").status_code in (200, 404)
    assert set(statuses(page, 3, REMOTE_ADDR="192.0.2.7")) == {200}, "another address"
    last = "2001:db8:1:2:"
    seen = [statuses(page, 1, REMOTE_ADDR=f"{last}:{nth:x}")[0] for nth in range(1, 25)]
    assert seen.count(200) == 20 and seen[-1] == 429, "a /64 is one source"
    assert statuses(page, 1, REMOTE_ADDR="2001:db8:1:3::1") == [200]


@pytest.mark.usefixtures("few")
def test_who_is_signed_in_is_counted_by_themselves(page, owner, companion):
    statuses(page, 25)
    known, other = page.as_(owner), page.as_(companion)
    assert set(statuses(known, 28, "/me")) == {200}, "the network is at its limit, and they are not"
    assert 429 in statuses(known, 5, "/me")
    assert statuses(other, 1, "/me") == [200]


@pytest.mark.usefixtures("few")
def test_a_made_up_session_is_a_visitor(page, db_session):
    page.client.set_cookie(page.app.config["SESSION_COOKIE_NAME"], "eyJhIjoxfQ.aaaa.bbbb")
    assert statuses(page, 22)[-1] == 429


@pytest.mark.usefixtures("few")
def test_processes_share_their_counts_and_count_alone_without_redis(page, db_session, monkeypatch):
    statuses(page, 20)
    request_counts.forget_counts()  # as another process sees it
    assert 429 in statuses(page, 3)
    request_counts.forget_counts()
    monkeypatch.setattr(redis_module, "quietly", lambda _command, otherwise: otherwise)
    monkeypatch.setattr(request_counts, "quietly", lambda _command, otherwise: otherwise)
    seen = statuses(page, 25)
    assert seen.count(200) == 20 and seen[-1] == 429


@pytest.mark.usefixtures("few")
def test_pages_that_the_shell_keeps_count_too(app, db_session):
    with app.app_context():
        past = [request_limits.is_past_limit("192.0.2.9") for _ in range(22)]
    assert past == [False] * 20 + [True] * 2


@pytest.mark.usefixtures("few")
def test_others_at_an_address_do_not_keep_a_known_browser_from_signing_in(page, owner, db_session):
    sign_in(page, owner.phone)
    name = page.app.config["SESSION_COOKIE_NAME"]
    page.client.delete_cookie(name)
    stranger = page.app.test_client()
    assert [stranger.get("/login").status_code for _ in range(22)][-1] == 429
    assert set(statuses(page, 20)) == {200}, "somebody has signed in here before"
    assert statuses(page, 1) == [429], "it has a limit of its own"
    stranger.set_cookie(f"{name}-device", page.client.get_cookie(f"{name}-device").value[:-2])
    assert stranger.get("/login").status_code == 429
