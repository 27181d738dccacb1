"""Rate limits: a window that slides, decided by the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import DomainError, TooFast
from hampa.platform.limits import RateLimit, count_within, forget_limits, limit
from tests.factories.people import make_person
from tests.races import at_once

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def too_many(seconds: int) -> DomainError:
    return TooFast("Later.", seconds)


def take(person: Person, most: int = 3, minutes: float = 0, **more: int) -> None:
    with clock.frozen(NOON + timedelta(minutes=minutes)):
        limit(person, "things", most, per="hour", error=too_many, **more)


def refused(person: Person, most: int = 3, minutes: float = 0, **more: int) -> int:
    """Return after how many seconds it is possible again."""
    with pytest.raises(TooFast) as info:
        take(person, most, minutes, **more)
    return info.value.retry_after


def test_the_window_slides(db_session: Session) -> None:
    person = make_person()
    for minutes in (0, 10, 50):
        take(person, minutes=minutes)
    assert refused(person, minutes=55) == 5 * 60
    assert refused(person, minutes=59.99) == 1
    take(person, minutes=60)
    assert refused(person, minutes=61) == 9 * 60
    take(person, minutes=70)
    with clock.frozen(NOON + timedelta(minutes=71)):
        assert count_within(person, "things", per="hour") == 3


def test_several_count_at_once_and_all_or_none(db_session: Session) -> None:
    person = make_person()
    assert refused(person, amount=4) == 3600
    take(person, amount=1)
    take(person, minutes=5, amount=1)
    assert refused(person, minutes=10, amount=3) == 55 * 60
    assert refused(person, minutes=10, amount=2) == 50 * 60
    take(person, minutes=10, amount=1)
    assert refused(person, minutes=10) == 50 * 60


def test_a_limit_that_was_lowered_holds_for_what_was_counted_before(db_session: Session) -> None:
    person = make_person()
    for minutes in range(3):
        take(person, minutes=minutes)
    assert refused(person, most=2, minutes=5) == 56 * 60


def test_subjects_and_names_are_counted_apart(db_session: Session) -> None:
    one, other = make_person(), make_person()
    take(one, most=1)
    take(other, most=1)
    with clock.frozen(NOON):
        limit(one, "other things", 1, per=timedelta(minutes=10), error=too_many)
    assert refused(one, most=1)


def test_what_is_rolled_back_has_not_counted(db_session: Session) -> None:
    person = make_person()
    db_session.commit()
    take(person, most=1)
    db_session.rollback()
    take(person, most=1)


def test_what_no_longer_counts_is_deleted(db_session: Session) -> None:
    for minutes in (0, 10):
        take(make_person(), minutes=minutes)
    with clock.frozen(NOON + timedelta(minutes=65)):
        forget_limits()
    assert db_session.scalar(select(func.count()).select_from(RateLimit)) == 1


@pytest.mark.parametrize("before", [0, 1])
def test_parallel_requests_do_not_pass_it(real_database: Flask, before: int) -> None:
    with real_database.app_context():
        person_id = make_person().id
        db.session.commit()

    def one() -> None:
        limit(db.session.get_one(Person, person_id), "things", 3, per="day", error=too_many)

    assert at_once(real_database, [one] * before) == ["done"] * before if before else True
    assert sorted(at_once(real_database, [one] * 8)) == ["TooFast"] * (5 + before) + ["done"] * (3 - before)
