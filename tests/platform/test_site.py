"""What is kept of requests for later ones, and the connection for reading."""

from __future__ import annotations

import pytest
from flask import Flask, request
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import MethodNotAllowed, NotFound

from hampa.people.models import Person
from hampa.platform import powers
from hampa.platform.db import db
from hampa.platform.statements import built_once
from tests.factories.people import make_person


@built_once
def _names(name: str):
    return select(Person.name).where(Person.name == name)


@built_once
def _powers_given(power: str, *, which: str):
    return select(powers.is_given(which).label("given"), Person.name).where(Person.name == power)


@built_once
def _locked(name: str):
    return select(Person.name).where(Person.name == name).with_for_update()


def test_a_route_is_found_again_for_its_method_alone(app: Flask) -> None:
    for _ in range(2):
        with app.test_request_context("/runs"):
            assert (request.endpoint, request.view_args) == ("run_search.index", {})
        with app.test_request_context("/runs", method="DELETE"):
            assert type(request.routing_exception) is MethodNotAllowed
        with app.test_request_context("/runs/that-is-none"):
            assert type(request.routing_exception) is NotFound
        with app.test_request_context("/runs", base_url="https://elsewhere.example/"):
            assert (request.endpoint, request.host) == ("run_search.index", "elsewhere.example")
        with app.test_request_context("/runs", headers={"Cookie": "a=1; b=2"}):
            assert dict(request.cookies) == {"a": "1", "b": "2"} and not request.args
        with app.test_request_context("/runs?q=tea", headers={"Cookie": "a=3"}):
            assert dict(request.cookies) == {"a": "3"} and request.args["q"] == "tea"


def in_use(engine: Engine) -> int:
    return int(engine.pool.checkedout())  # type: ignore[attr-defined]


def test_reading_holds_one_connection_and_no_transaction(real_database: Flask) -> None:
    with real_database.app_context():
        make_person(name="Before")
        db.session.commit()
        _names("Before").one()
        db.session.rollback()  # a statement is built in a transaction
        for _ in range(2):
            assert _names("Before").all() == [("Before",)]
        assert in_use(db.engine) == 1 and not db.session().in_transaction()
        make_person(name="Written")
        assert _names("Written").all() == [("Written",)], "what is written and not committed is not read"
        assert in_use(db.engine) == 1
        db.session.commit()
        assert in_use(db.engine) == 0
        assert _names("Written").all() == [("Written",)] and not db.session().in_transaction()
        db.session.execute(text("SELECT 1"))
        assert in_use(db.engine) == 1, "a transaction began beside a connection for reading"
        db.session.rollback()
        for _ in range(2):
            _locked("Written").one()
            assert db.session().in_transaction(), "a lock does not last"
            db.session.rollback()
        assert _names("Written").one() and in_use(db.engine) == 1
        db.session.rollback()
        assert in_use(db.engine) == 0
        engine = db.engine
        _names("Written").one()
    assert in_use(engine) == 0


def test_a_connection_that_is_lost_while_reading_is_replaced(real_database: Flask) -> None:
    with real_database.app_context():
        for _ in range(2):
            _names("Nobody").all()
        reading = db.session().reading_connection()  # type: ignore[attr-defined]
        process = reading.connection.driver_connection.info.backend_pid
        with db.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:process, 5000)"), {"process": process})
        with pytest.raises(OperationalError):
            _names("Nobody").all()
        assert _names("Nobody").all() == []
        db.session.rollback()
        assert _names("Nobody").all() == []


def test_what_a_program_lacks_it_lacks_after_a_commit_too(real_database: Flask) -> None:
    power = next(iter(powers.powers()))
    with real_database.app_context():
        make_person(name="Coach")
        db.session.commit()
        for _ in range(2):
            assert _powers_given("Coach", which=power).one().given
        powers.lack([power])
        assert not _powers_given("Coach", which=power).one().given
        db.session.commit()
        assert not _powers_given("Coach", which=power).one().given
        db.session.rollback()
        assert not _powers_given("Coach", which=power).one().given
    with real_database.app_context():
        assert _powers_given("Coach", which=power).one().given
