"""Trying an action: committed, or rolled back with its error on the form."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask, get_flashed_messages
from sqlalchemy.orm import Session

from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.errors import Conflict, DomainError, Forbidden, NotFound, Refused, TooFast
from hampa.platform.web.attempts import attempt
from hampa.platform.web.fields import StringField
from hampa.platform.web.forms import Form
from tests.factories.people import make_person


class NameForm(Form):
    name = StringField("Name", max=50)


@pytest.fixture(autouse=True)
def _request(app: Flask, db_session: Session) -> Iterator[None]:
    with app.test_request_context("/", method="POST"):
        app.preprocess_request()
        yield


@pytest.fixture
def person(db_session: Session) -> Person:
    person = make_person(name="Sara")
    db_session.commit()
    return person


@pytest.fixture
def rename(person: Person) -> Callable[[DomainError | None], None]:
    """Change the name of the person, then raise the error."""

    def action(error: DomainError | None = None) -> None:
        person.name = "Nima"
        db.session.flush()
        if error is not None:
            raise error

    return action


def name_of(person: Person) -> str:
    db.session.rollback()
    db.session.refresh(person)
    return person.name


def test_what_went_well_is_committed_and_said(rename, person) -> None:
    form = NameForm()
    with attempt(form, done="Saved.") as result:
        rename()
        assert not result.succeeded
    assert result.succeeded and result.error is None
    assert form.http_status == 200
    assert get_flashed_messages(with_categories=True) == [("message", "Saved.")]
    assert name_of(person) == "Nima"


@pytest.mark.parametrize(("field", "place"), [("name", "name"), (None, ""), ("elsewhere", "")])
def test_what_was_refused_is_rolled_back_and_stands_on_the_form(rename, person, field, place) -> None:
    form = NameForm()
    with attempt(form, done="Saved.") as result:
        rename(Refused("No.", field))
    assert (form.errors, form.http_status) == ({place: ["No."]}, 422)
    assert not result.succeeded
    assert get_flashed_messages() == []
    assert name_of(person) == "Sara"


def test_without_a_form_it_is_flashed(rename, person) -> None:
    with attempt(done="Saved."):
        rename(Refused("No."))
    assert get_flashed_messages(with_categories=True) == [("stop", "No.")]
    assert name_of(person) == "Sara"


def test_a_limit_says_when_to_try_again(app: Flask, rename) -> None:
    form = NameForm()
    with attempt(form):
        rename(TooFast("Later.", 40, "name"))
    assert (form.errors, form.http_status) == ({"name": ["Later."]}, 429)
    assert app.process_response(app.make_response("")).headers["Retry-After"] == "40"


@pytest.mark.parametrize("error", [NotFound(), Forbidden(), Conflict()])
def test_other_errors_go_on_to_their_page_unless_the_view_takes_them(rename, error) -> None:
    form = NameForm()
    with pytest.raises(type(error)), attempt(form):
        rename(error)
    with attempt(form, type(error)):
        rename(error)
    assert form.http_status == error.status


def test_what_an_action_found_out_is_kept_when_asked(rename, person) -> None:
    form = NameForm()
    with attempt(form, keep=True) as result:
        rename(Refused("Too late."))
    assert form.http_status == 422 and not result.succeeded
    assert name_of(person) == "Nima"


def test_an_error_at_the_commit_is_no_success(person, monkeypatch) -> None:
    form = NameForm()

    def commit() -> None:
        raise Refused("Taken.", "name")

    monkeypatch.setattr(db.session, "commit", commit)
    with attempt(form, done="Saved.") as result:
        pass
    assert form.errors == {"name": ["Taken."]} and not result.succeeded
    assert get_flashed_messages() == []
