"""Marks of what is cached: another one after each commit that changes the thing, and only then."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from hampa.platform import versions
from hampa.platform.redis import cache, redis
from tests.without_redis import redis_away


def test_a_mark_stays_until_a_commit_changes_the_thing(db_session: Session) -> None:
    first = versions.current("things")
    assert first is not None
    assert versions.current("things") == first
    versions.bump("things")
    assert versions.current("things") == first, "nothing is committed yet"
    db_session.commit()
    second = versions.current("things")
    assert second not in (None, first)
    db_session.commit()
    assert versions.current("things") == second


def test_what_is_rolled_back_changes_nothing(db_session: Session) -> None:
    first = versions.current("things")
    db_session.execute(text("SELECT 1"))
    versions.bump("things")
    db_session.rollback()
    db_session.commit()
    assert versions.current("things") == first


def test_a_savepoint_is_no_commit(db_session: Session) -> None:
    first = versions.current("things")
    with db_session.begin_nested():
        versions.bump("things")
    assert versions.current("things") == first
    db_session.commit()
    assert versions.current("things") != first


def test_a_flushed_redis_gives_a_new_mark(db_session: Session) -> None:
    first = versions.current("things")
    redis().flushdb()
    assert versions.current("things") not in (None, first)


def test_without_redis_there_is_no_mark_and_nothing_fails(app: Flask, db_session: Session) -> None:
    with redis_away(app):
        assert versions.current("things") is None
        versions.bump("things")
        db_session.commit()


@pytest.mark.parametrize("by", ["reading it", "reading several", "the next commit"])
def test_a_change_that_redis_missed_changes_the_mark_as_soon_as_it_is_back(db_session: Session, by: str) -> None:
    first, other = versions.current("things"), versions.current("other things")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(versions.cache, "set", lambda *_given: False)
        versions.bump("things")
        db_session.commit()
        assert versions.current("things") is None, "what it was is no longer true"
    if by == "the next commit":
        db_session.commit()
        assert stored("things") not in (None, first)
    second = versions.current("things") if by != "reading several" else (versions.current_of(["things"]) or [None])[0]
    assert second not in (None, first)
    assert versions.current("things") == second
    assert versions.current("other things") == other


def test_marks_that_will_be_needed_are_asked_for_with_the_first(
    db_session: Session, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = versions.current_of(["things", "other things"]) or ()
    asked: list[list[str]] = []
    get_many = versions.cache.get_many

    def counted(names: Sequence[str]) -> list[bytes | None]:
        asked.append([*names])
        return get_many(names)

    monkeypatch.setattr(versions.cache, "get_many", counted)
    with app.test_request_context():
        versions.expect(["things", "other things"])
        assert (versions.current_of(["things"]), versions.current_of(["other things"])) == (wanted[:1], wanted[1:])
        assert asked == [["version:things", "version:other things"]]
        versions.bump("other things")
        db_session.commit()
        assert versions.current_of(["other things"]) not in (wanted[1:], None), "a commit of this request is seen"


def stored(name: str) -> str | None:
    """Return the mark as another process reads it."""
    value = versions.cache.get(f"version:{name}")
    return value.decode() if value else None


def test_a_new_thing_gets_its_mark_in_one_question_and_keeps_that_of_another_process(
    app: Flask, db_session: Session
) -> None:
    before = redis().info("commandstats").get("cmdstat_get", {"calls": 0})["calls"]
    assert versions.current_of(("new things",)) is not None
    assert redis().info("commandstats").get("cmdstat_get", {"calls": 0})["calls"] == before
    assert cache.get_or_set("mark", "first", 60) == b"first"
    assert cache.get_or_set("mark", "second", 60) == b"first"
    with redis_away(app):
        assert cache.get_or_set("mark", "third", 60) is None
