"""Refresh tokens: each is used once, a lost answer is given again, and an old one ends the session."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from hampa.auth.actions.sessions import end_session, open_session
from hampa.auth.models import Session
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import TooFast
from hampa.tokens import queries
from hampa.tokens.actions.refreshing import delete_old_tokens, refresh
from hampa.tokens.actions.signing_in import TokenPair, open_tokens
from hampa.tokens.models import REFRESH_LIFETIME, RefreshToken
from tests.auth.conftest import change_settings as change_settings
from tests.auth.signing_in import ahead
from tests.factories.people import let_be, make_person
from tests.races import at_once

HERE = "198.51.100.7"


def sign_in(person: Person) -> TokenPair:
    open_session(person, address=HERE, agent="Watch/1.0", method="code", is_program=True)
    pair = open_tokens(person)
    db.session.commit()
    return pair


def ended(pair: TokenPair) -> bool:
    db.session.expire_all()
    return db.session.get_one(Session, pair.session_id).ended_at is not None


def used(token: str) -> str:
    """Use a refresh token, and return the next one."""
    result = refresh(token, HERE)
    db.session.commit()
    assert result.token is not None
    return result.token


def test_each_token_is_used_once_and_gives_the_next(owner):
    first = sign_in(owner)
    second = used(first.refresh_token)
    third = used(second)
    assert len({first.refresh_token, second, third}) == 3
    kept = " ".join(db.session.scalars(select(RefreshToken.token_hash)))
    assert third not in kept and third.removeprefix("hampa_rt_") not in kept


def test_a_retry_of_the_one_before_gets_the_same_next_one(owner):
    first = sign_in(owner)
    second = used(first.refresh_token)
    with ahead(seconds=9):
        assert used(first.refresh_token) == second
    assert used(second), "the answer came after all"
    assert not ended(first)


@pytest.mark.parametrize("how", ["too late", "used since"])
def test_an_older_one_ends_the_whole_family(owner, how):
    first = sign_in(owner)
    second = used(first.refresh_token)
    if how == "used since":
        used(second)
    with ahead(seconds=0 if how == "used since" else 11):
        result = refresh(first.refresh_token, HERE)
        db.session.commit()
    assert result.token is None and result.was_old
    assert ended(first)
    assert refresh(second, HERE).token is None
    assert queries.bearer_of(first.access_token) is None, "access tokens end with it"


def test_a_token_is_good_for_thirty_days(owner):
    pair = sign_in(owner)
    session = db.session.get_one(Session, pair.session_id)
    with ahead(days=29):
        second = used(pair.refresh_token)
    with ahead(days=58):
        third = used(second)
    with clock.shifted(timedelta(days=58) + REFRESH_LIFETIME + timedelta(minutes=1)):
        session.last_seen_at = clock.now()  # its session is still used
        db.session.commit()
        assert refresh(third, HERE).token is None


@pytest.mark.parametrize("state", ["suspended", "banned", "leaving", "erased"])
def test_who_may_not_sign_in_gets_no_next_one(owner, state):
    pair = sign_in(owner)
    let_be(owner, state)
    assert refresh(pair.refresh_token, HERE).token is None
    assert queries.bearer_of(pair.access_token) is None


def test_an_ended_session_has_no_next_one(owner):
    pair = sign_in(owner)
    end_session(db.session.get_one(Session, pair.session_id))
    db.session.commit()
    assert refresh(pair.refresh_token, HERE).token is None


def test_wrong_tokens_from_one_network_have_to_wait(owner):
    pair = sign_in(owner)
    for _try in range(5):
        assert refresh("hampa_rt_wrong", HERE).token is None
        db.session.commit()
    with pytest.raises(TooFast):
        refresh("hampa_rt_wrong", HERE)
    db.session.rollback()
    assert refresh("hampa_rt_wrong", "203.0.113.9").token is None, "others don't wait"
    assert used(pair.refresh_token), "nor who has a good one"


def test_tokens_outlive_a_change_of_the_secret_key(app: Flask, owner, monkeypatch):
    pair = sign_in(owner)
    settings = app.extensions["hampa.settings"]
    changed = replace_settings(settings, secret_key="k" * 40, old_secret_keys=(settings.secret_key,))
    monkeypatch.setitem(app.extensions, "hampa.settings", changed)
    bearer = queries.bearer_of(pair.access_token)
    assert bearer is not None and bearer.person.id == owner.id
    second = used(pair.refresh_token)
    monkeypatch.setitem(app.extensions, "hampa.settings", replace_settings(changed, old_secret_keys=()))
    assert queries.bearer_of(pair.access_token) is None
    assert refresh(pair.refresh_token, HERE).token is None
    assert used(second), "the new one is of the new key"


def replace_settings(settings, **values):
    return settings.model_copy(update=values)


def test_old_rows_are_deleted(owner):
    pair = sign_in(owner)
    used(pair.refresh_token)
    with ahead(days=61):
        delete_old_tokens()
    assert not db.session.scalar(select(func.count()).select_from(RefreshToken))


def test_of_fifty_at_one_instant_all_get_the_same(real_database: Flask):
    with real_database.app_context():
        person = make_person()
        db.session.commit()
        pair = sign_in(person)
        session_id = pair.session_id
        got: list[str | None] = []
        assert set(at_once(real_database, [lambda: got.append(refresh(pair.refresh_token, HERE).token)] * 50)) == {
            "done"
        }
        assert len(set(got)) == 1 and got[0] is not None
        count = select(func.count()).where(RefreshToken.session_id == session_id)
        assert db.session.scalar(count) == 2


def test_a_pair_says_how_long_it_is_good_for(owner):
    assert sign_in(owner).expires_in == 15 * 60


def test_a_person_gets_so_many_new_tokens_a_minute_over_all_programs(owner, change_settings):
    change_settings(refreshes_per_person_minute=2)
    first, second = sign_in(owner), sign_in(owner)
    newest = used(first.refresh_token)
    used(second.refresh_token)
    with pytest.raises(TooFast):
        refresh(newest, "203.0.113.9")
    db.session.rollback()
    with ahead(minutes=2):
        used(newest)
