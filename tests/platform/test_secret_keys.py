"""A change of the secret key: what goes on with the key of before, and what outlives even that."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from hampa.auth.actions.sessions import SEEN_EVERY, open_session, record_visit
from hampa.auth.models import Session
from hampa.auth.queries import load_session
from hampa.calendars.actions import open_feed
from hampa.calendars.queries import opened_feed
from hampa.notifications.actions.stops import start_sms, stop_sms
from hampa.notifications.queries.stops import is_stopped
from hampa.people.models import Person
from hampa.platform import clock, lasting
from hampa.platform.db import db
from hampa.platform.doctor import check_secrets
from hampa.platform.errors import NotFound
from hampa.platform.security import crypto, signed_links

pytestmark = pytest.mark.usefixtures("db_session")

NUMBER = "+989121234567"
Change = Callable[..., None]


@pytest.fixture
def change(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Change:
    """Return a function that changes the secret key, as a start with other settings does."""
    first = app.extensions["hampa.settings"]

    def to(key: str, *before: str) -> None:
        keys = tuple(first.secret_key if one == "first" else one * 40 for one in (key, *before))
        values = {"secret_key": keys[0], "old_secret_keys": keys[1:]}
        monkeypatch.setitem(app.extensions, "hampa.settings", first.model_copy(update=values))

    monkeypatch.delitem(app.extensions, lasting._KEPT, raising=False)
    return to


def test_who_wants_no_sms_gets_none_after_any_number_of_changes(change: Change, owner: Person) -> None:
    stop_sms(NUMBER)
    token = open_feed(owner)
    for keys in (("b", "first"), ("b",), ("c", "b"), ("c",)):
        change(*keys)
        assert is_stopped(NUMBER), keys
        assert opened_feed(token)[0].id == owner.id
        assert [state for state, _words in check_secrets()] == ["warn" if len(keys) > 1 else "ok"]
    assert not stop_sms(NUMBER), "it is the same number"
    assert start_sms(NUMBER)
    assert not is_stopped(NUMBER)


def test_a_change_without_the_key_before_is_told_and_can_be_mended(change: Change, owner: Person) -> None:
    stop_sms(NUMBER)
    change("b")
    assert not is_stopped(NUMBER)
    assert [state for state, _words in check_secrets()] == ["fail"]
    other = "+989121234568"
    stop_sms(other)
    assert is_stopped(other), "meanwhile"
    change("b", "first")
    assert is_stopped(NUMBER) and is_stopped(other)
    assert [state for state, _words in check_secrets()] == ["warn"]


def test_sessions_go_on_and_move_to_the_new_key(change: Change, owner: Person) -> None:
    token = open_session(owner, address="127.0.0.1", agent="test", method="code")
    change("b", "first")
    seen = load_session(token)
    assert seen is not None and seen.id == owner.id
    with clock.frozen(clock.now() + SEEN_EVERY * 2):
        record_visit(seen)
    change("b")
    assert load_session(token) is not None
    assert len(db.session.scalars(select(Session.token_hash).filter_by(person_id=owner.id)).all()) == 1


def test_links_and_encrypted_texts_are_read_with_the_key_before(change: Change, owner: Person) -> None:
    link = signed_links.parse_token(signed_links.make_token("s", owner.id, NUMBER))
    assert link is not None
    encrypted = crypto.encrypt("secret", "test")
    for keys, works in ((("b", "first"), True), (("b",), False), (("first",), True)):
        change(*keys)
        assert link.is_valid_for(NUMBER) is works
        if works:
            assert crypto.decrypt(encrypted, "test") == "secret"
        else:
            with pytest.raises(crypto.DecryptionError):
                crypto.decrypt(encrypted, "test")


def test_a_feed_that_nobody_opened_is_not_there(change: Change) -> None:
    change("b", "first")
    with pytest.raises(NotFound):
        opened_feed("x" * 43)
