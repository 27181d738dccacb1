"""Many at the same instant, with real commits and threads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from hampa.auth.actions import codes
from hampa.auth.models import Device, NumberTries, Session, SignInCode
from hampa.auth.queries import browser_secret_hash
from hampa.notifications.models import Notification
from hampa.outbox.models import OutboxMessage
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.errors import TooFast
from tests.auth.signing_in import codes_sent, wrong
from tests.factories.auth import make_code
from tests.factories.people import make_person

AT_ONCE = 50
OWNER = "+989121110001"
SECRET = "a browser's secret"


def all_at_once(app: Flask, do: Callable[[int], str], times: int = AT_ONCE) -> Counter[str]:
    """Do it so many times at the same instant, each in a context and transaction of its own."""
    start = Barrier(times)

    def one(nth: int) -> str:
        with app.app_context():
            start.wait()
            try:
                how = do(nth)
                db.session.commit()
                return how
            except TooFast:
                return "too fast"
            finally:
                db.session.remove()

    with ThreadPoolExecutor(times) as pool:
        return Counter(pool.map(one, range(times)))


def browser(nth: int = 0) -> codes.Browser:
    return codes.Browser(address=f"198.51.100.{nth}", user_agent="Chrome/130 Android")


@pytest.fixture
def asked(real_database: Flask) -> Iterator[tuple[Flask, str, SignInCode]]:
    """Yield the app, the code that the owner asked for, and its row."""
    with real_database.app_context():
        make_person(phone=OWNER)
        row = codes.send_code(OWNER, browser(), SECRET)
        db.session.commit()
        yield real_database, codes_sent(OWNER)[0], row


@contextmanager
def counting(app: Flask) -> Iterator[Callable[[type], int]]:
    with app.app_context():
        yield lambda kind: db.session.scalar(select(func.count()).select_from(kind)) or 0


def test_fifty_right_answers_at_one_instant_make_one_session(asked: tuple[Flask, str, SignInCode]) -> None:
    app, code, row = asked
    ended = all_at_once(app, lambda nth: codes.sign_in_with_code(row.id, SECRET, code, browser(nth)).outcome)
    assert ended == {"right": 1, "used": AT_ONCE - 1}
    with counting(app) as count:
        assert (count(Session), count(Device), count(Person)) == (1, 1, 1)


def test_fifty_right_answers_of_somebody_new_make_one_person(real_database: Flask) -> None:
    number = "+989121110055"
    with real_database.app_context():
        row = codes.send_code(number, browser(), SECRET)
        db.session.commit()
        code = codes_sent(number)[0]
        ended = all_at_once(
            real_database, lambda nth: codes.sign_in_with_code(row.id, SECRET, code, browser(nth)).outcome
        )
    assert ended == {"right": 1, "used": AT_ONCE - 1}
    with counting(real_database) as count:
        assert (count(Session), count(Person)) == (1, 1)


def test_fifty_wrong_answers_at_one_instant_are_five_tries(asked: tuple[Flask, str, SignInCode]) -> None:
    app, code, row = asked
    ended = all_at_once(app, lambda nth: codes.sign_in_with_code(row.id, SECRET, wrong(code), browser(nth)).outcome)
    assert ended == {"wrong": 4, "spent": AT_ONCE - 4}
    with app.app_context():
        assert db.session.scalars(select(SignInCode.attempts)).one() == 5
        assert db.session.scalars(select(NumberTries.wrong_in_a_row)).one() == 5


def test_no_wrong_answer_is_lost_over_many_codes(real_database: Flask, change_settings: Callable[..., None]) -> None:
    change_settings(wrong_codes_before_wait=AT_ONCE + 1, wrong_codes_before_day=AT_ONCE + 1)
    with real_database.app_context():
        make_person(phone=OWNER)
        sent = [make_code(OWNER, browser_hash=browser_secret_hash(SECRET)).id for _ in range(AT_ONCE)]
        db.session.commit()
    ended = all_at_once(
        real_database, lambda nth: codes.sign_in_with_code(sent[nth], SECRET, "000000", browser(nth)).outcome
    )
    assert ended == {"wrong": AT_ONCE}
    with real_database.app_context():
        assert db.session.scalars(select(NumberTries.wrong_in_a_row)).one() == AT_ONCE


def test_tries_at_many_open_codes_at_one_instant_are_no_more_than_at_one(real_database: Flask) -> None:
    with real_database.app_context():
        sent = [make_code(OWNER, browser_hash=browser_secret_hash(SECRET)).id for _ in range(AT_ONCE)]
        db.session.commit()
    ended = all_at_once(
        real_database, lambda nth: codes.sign_in_with_code(sent[nth], SECRET, "nonsense", browser(nth)).outcome
    )
    assert ended == {"wrong": 10, "too fast": AT_ONCE - 10}


@pytest.mark.parametrize(("networks", "sent"), [(1, 1), (AT_ONCE, 5 + 3)], ids=["one address", "fifty networks"])
def test_fifty_who_ask_for_one_number_get_the_codes_of_an_hour(real_database: Flask, networks: int, sent: int) -> None:
    def ask(nth: int) -> str:
        codes.send_code(OWNER, codes.Browser(address=f"198.51.{nth % networks}.1"), f"secret {nth}")
        return "sent"

    assert all_at_once(real_database, ask) == {"sent": sent, "too fast": AT_ONCE - sent}
    with counting(real_database) as count:
        assert (count(SignInCode), count(OutboxMessage)) == (sent, sent)


@pytest.mark.parametrize(
    ("limit", "most"), [("codes_per_address_hour", 7), ("codes_per_prefix_hour", 7), ("codes_per_site_hour", 7)]
)
def test_fifty_numbers_at_one_instant_stay_within_every_limit(
    real_database: Flask, change_settings: Callable[..., None], limit: str, most: int
) -> None:
    change_settings(**{limit: most})

    def ask(nth: int) -> str:
        near = limit == "codes_per_prefix_hour"
        number = f"+98912111{nth:04d}" if near else f"+98912{nth:03d}0000"
        here = browser(1 if limit == "codes_per_address_hour" else nth)
        return "sent" if codes.send_code(number, here, "secret").sent else "past the budget"

    assert all_at_once(real_database, ask)["sent"] == most


def test_the_owner_is_told_once_by_many_who_fail_at_one_instant(
    real_database: Flask, change_settings: Callable[..., None]
) -> None:
    change_settings(wrong_codes_before_day=1, wrong_codes_before_wait=1, code_attempts=100)
    with real_database.app_context():
        make_person(phone=OWNER)
        row = codes.send_code(OWNER, browser(), SECRET)
        db.session.commit()
        row_id = row.id
    all_at_once(real_database, lambda nth: codes.sign_in_with_code(row_id, SECRET, "nonsense", browser(nth)).outcome)
    with counting(real_database) as count:
        assert count(Notification) == 1
