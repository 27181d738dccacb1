"""Going, coming back and being forgotten at the same instant. Commits are real here."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from hampa.account.actions import account_deletion, exports, phone as phones
from hampa.account.models import Export
from hampa.auth.actions import codes
from hampa.auth.models import Session
from hampa.people.models import LEAVING_PERIOD, Person
from hampa.platform import clock
from hampa.platform.db import db
from tests.auth.signing_in import codes_sent
from tests.factories.auth import make_session
from tests.factories.people import let_be, make_person, phone
from tests.races import at_once

ROUNDS = 6
BROWSER = codes.Browser("192.0.2.1")
SECRET = "the browser's"


def one_leaving() -> Person:
    """Somebody whose time to come back is just over."""
    person = make_person(name="Zarrin")
    let_be(person, "leaving")
    person.leaving_at = clock.now() - LEAVING_PERIOD - timedelta(minutes=1)
    db.session.commit()
    return person


def state_of(person_id) -> str:
    return db.session.scalar(select(Person.state).where(Person.id == person_id)) or ""


@pytest.mark.parametrize("nth", range(ROUNDS))
def test_signing_in_at_the_moment_of_being_erased(real_database: Flask, nth: int) -> None:
    with real_database.app_context():
        person = one_leaving()
        person_id, number = person.id, person.phone
        code = codes.send_code(number, BROWSER, SECRET)
        db.session.commit()
        code_id, digits = code.id, codes_sent(number)[-1]
    answers: list[codes.CodeResult] = []
    ended = at_once(
        real_database,
        [
            lambda: answers.append(codes.sign_in_with_code(code_id, SECRET, digits, BROWSER)),
            lambda: account_deletion.erase_account(person_id),
        ],
    )
    with real_database.app_context():
        assert ended[1] == "done"
        assert state_of(person_id) == "erased"
        anew = db.session.scalars(select(Person).where(Person.phone == number)).all()
        # Who was first was asked whether to stay; who came after is a new person, or the code had gone along.
        assert [one.id for one in anew] != [person_id]
        sessions = select(func.count()).where(Session.person_id == person_id)
        assert db.session.scalar(sessions) == 0
        if ended[0] == "done" and answers[0].outcome == "right":
            assert len(anew) == 1
        else:
            assert anew == []


@pytest.mark.parametrize("nth", range(ROUNDS))
def test_staying_at_the_moment_of_being_erased(real_database: Flask, nth: int) -> None:
    with real_database.app_context():
        person = one_leaving()
        person_id, number = person.id, person.phone
        code = codes.send_code(number, BROWSER, SECRET)
        db.session.commit()
        code_id = code.id
        assert codes.sign_in_with_code(code.id, SECRET, codes_sent(number)[-1], BROWSER).outcome == "leaving"
        db.session.commit()
    at_once(
        real_database,
        [lambda: codes.cancel_deletion(code_id, SECRET, BROWSER), lambda: account_deletion.erase_account(person_id)],
    )
    with real_database.app_context():
        whole = db.session.get_one(Person, person_id)
        live = select(func.count()).where(Session.person_id == person_id, Session.ended_at.is_(None))
        assert (whole.state, db.session.scalar(live)) in (("active", 1), ("erased", 0))
        assert (whole.phone == number) == (whole.state == "active")


def test_two_people_want_one_number(real_database: Flask) -> None:
    with real_database.app_context():
        wanting = [make_person(), make_person(), make_person()]
        db.session.commit()
        ids, number = [person.id for person in wanting], phone()

    def take(person_id):
        return lambda: phones.change_phone(db.session.get_one(Person, person_id), number)

    ended = at_once(real_database, [take(person_id) for person_id in ids])
    assert sorted(ended) == ["Conflict", "Conflict", "done"]
    with real_database.app_context():
        holders = db.session.scalars(select(Person.id).where(Person.phone == number)).all()
        assert holders == [ids[ended.index("done")]]


@pytest.mark.parametrize("nth", range(ROUNDS))
def test_signing_in_with_the_old_number_while_it_changes(real_database: Flask, nth: int) -> None:
    with real_database.app_context():
        person = make_person()
        db.session.commit()
        person_id, old, new = person.id, person.phone, phone()
        code = codes.send_code(old, BROWSER, SECRET)
        db.session.commit()
        code_id, digits = code.id, codes_sent(old)[-1]
    at_once(
        real_database,
        [
            lambda: codes.sign_in_with_code(code_id, SECRET, digits, BROWSER),
            lambda: phones.change_phone(db.session.get_one(Person, person_id), new),
        ],
    )
    with real_database.app_context():
        live = select(func.count()).where(Session.person_id == person_id, Session.ended_at.is_(None))
        assert db.session.scalar(live) == 0, "whoever has the old number is in the account still"
        assert db.session.get_one(Person, person_id).phone == new


def test_two_last_operators_do_not_both_leave(real_database: Flask) -> None:
    with real_database.app_context():
        others = [make_person(is_operator=True), make_person(is_operator=True)]
        db.session.commit()
        ids = [person.id for person in others]

    def go(person_id):
        return lambda: account_deletion.request_deletion(db.session.get_one(Person, person_id), {})

    assert sorted(at_once(real_database, [go(person_id) for person_id in ids])) == ["Refused", "done"]


def test_leaving_ten_times_is_leaving_once(real_database: Flask) -> None:
    with real_database.app_context():
        person = make_person()
        make_session(person)
        db.session.commit()
        person_id = person.id
    ended = at_once(
        real_database, [lambda: account_deletion.request_deletion(db.session.get_one(Person, person_id), {})] * 10
    )
    assert ended.count("done") == 1
    assert set(ended) == {"done", "Conflict"}


def test_asking_for_a_copy_ten_times_makes_one(real_database: Flask) -> None:
    with real_database.app_context():
        person = make_person()
        db.session.commit()
        person_id = person.id
    ended = at_once(real_database, [lambda: exports.request_export(db.session.get_one(Person, person_id))] * 10)
    assert ended == ["done"] * 10
    with real_database.app_context():
        assert db.session.scalar(select(func.count()).where(Export.person_id == person_id)) == 1
