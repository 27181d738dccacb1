"""The row of who is signed in, kept in Redis: no statement for it, and whatever changes it is seen by the next request."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import update

from hampa.auth import queries
from hampa.auth.actions.sessions import end_sessions
from hampa.moderation import actions as moderation
from hampa.moderation.actions import Verdict
from hampa.notifications.actions.notifying import notify
from hampa.people.actions import block, unblock
from hampa.people.models import Block, Person
from hampa.platform import caches, clock
from hampa.platform.db import db
from hampa.platform.redis import redis
from hampa.profile.actions import _set_avatar
from tests.factories.base import made
from tests.html import words
from tests.page import Page
from tests.without_redis import redis_away

pytestmark = pytest.mark.usefixtures("remembering")
ME = "/me"


def sessions_asked(statements: list[str]) -> list[str]:
    return [one for one in statements if "FROM people JOIN LATERAL" in one or "sessions.token_hash" in one]


def kept(result: str) -> int:
    return caches.counted_reads().get(("people", result), 0)


def test_the_third_request_asks_nothing_of_the_session_and_its_bell_is_of_now(page: Page, owner, companion, statements):
    browser = page.as_(owner)
    for _time in range(2):
        browser.get(ME, 200)
    hits = kept("hit")
    with statements() as seen:
        browser.get(ME, 200)
    assert not sessions_asked(seen) and kept("hit") == hits + 1
    queries.viewers.clear()  # as in another process
    shared = kept("shared")
    with statements() as seen:
        browser.get(ME, 200)
    assert not sessions_asked(seen) and kept("shared") == shared + 1
    stored = b"".join(redis().get(name) or b"" for name in redis().keys("*shared:people*"))
    assert stored and owner.phone.encode() not in stored and owner.name.encode() not in stored
    notify([owner.id], "account_security", subject_id=owner.id, data={"what": "warned"}, event="one")
    db.session.commit()
    hits = kept("hit")
    bell = browser.get("/runs", 200).all("a", href="/notifications")
    assert bell and any("1" in words(one) for one in bell) and kept("hit") > hits


def test_programs_ask_nothing_of_the_session_from_their_second_request_on(program, owner, statements):
    """Their token says whose it is, so that the row is kept when they come first."""
    client = program.as_(owner)
    with statements() as first:
        client.get("/me", 200)
    assert sessions_asked(first)
    with statements() as seen:
        client.get("/me", 200)
    assert not sessions_asked(seen)
    queries.viewers.clear()  # as in another process
    with statements() as elsewhere:
        client.get("/me", 200)
    assert not sessions_asked(elsewhere)


def test_whatever_changes_a_person_is_seen_by_the_next_request(page: Page, owner, companion, stranger, operator):
    browser, other = page.as_(owner), page.as_(owner)

    def after(change: Callable[[], object]) -> Person | None:
        """Return who the browser is after a change, as its next request finds them."""
        for _time in range(3):
            browser.get(ME, 200)
        change()
        db.session.commit()
        db.session.expire_all()
        with browser.client.session_transaction() as cookie:
            token = cookie["_user_id"]
        found = queries.load_session(token)
        db.session.rollback()
        return found

    def rename() -> None:
        owner.name = "Sara the second"

    for change, value in (
        (rename, ("name", "Sara the second")),
        (lambda: _set_avatar(owner.id, "new.webp"), ("avatar", "new.webp")),
        (lambda: db.session.execute(update(Person).values(city="Shiraz")), ("city", "Shiraz")),
        (lambda: block(stranger, owner.id), ("hidden_ids", [stranger.id])),
        (lambda: unblock(stranger, owner.id), ("hidden_ids", [])),
        (lambda: made(Block, blocker_id=owner.id, blocked_id=companion.id), ("hidden_ids", [companion.id])),
        (lambda: setattr(owner, "is_operator", True), ("is_operator", True)),
        (lambda: setattr(owner, "is_operator", False), ("is_operator", False)),
    ):
        found = after(change)
        assert found is not None and getattr(found, value[0]) == value[1], value
    assert after(lambda: end_sessions(owner)) is None
    for client in (browser, other):
        assert client.get(ME).location.startswith("/login"), "it was ended elsewhere"
    back = page.as_(owner)
    for _time in range(3):
        back.get(ME, 200)
    moderation.judge(operator, owner.id, Verdict("ban", "x"), address="")
    db.session.commit()
    assert back.get(ME).location.startswith("/login")


def test_without_redis_the_database_is_asked(page: Page, app: Flask, owner, statements):
    browser = page.as_(owner)
    for _time in range(3):
        browser.get(ME, 200)

    with redis_away(app), statements() as seen:
        owner.name = "Changed meanwhile"
        db.session.commit()
        assert "Changed meanwhile" in browser.get(ME, 200).words
    assert sessions_asked(seen)
    caches.TTLCache.enabled = True
    try:
        for _time in range(3):
            assert "Changed meanwhile" in browser.get(ME, 200).words, "Redis was told once it was back"
    finally:
        caches.TTLCache.enabled = False
    assert clock.now()
