"""Being forgotten: nothing of the person is left in any table or file but what others were part of, and that without a name."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from hampa.account.actions import leaving
from hampa.auth.models import Session
from hampa.outbox.jobs import forget_messages
from hampa.people import privacy_registry
from hampa.people.models.person import TIME_TO_COME_BACK, Person
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.texts.cleaning import GONE
from hampa.runs.models.deleted import DeletedRun
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import Run
from tests.account.whole import PHONE, STAYS, WORDS, make_whole
from tests.auth.door import sign_in
from tests.factories.people import make_person

READABLE = ("text", "character varying", "jsonb", "json", "bytea", "ARRAY", "tsvector")


def places_of(word: str) -> list[str]:
    """Where a word is to be found, in every column of every table and in every file."""
    columns = db.session.execute(
        text(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND data_type = ANY(:kinds)"
        ),
        {"kinds": list(READABLE)},
    ).all()
    found = []
    for table, column in columns:
        value = f"coalesce(encode(\"{column}\", 'escape'), '')" if is_bytes(table, column) else f'"{column}"::text'
        query = text(f'SELECT count(*) FROM "{table}" WHERE {value} ILIKE :word')
        if db.session.scalar(query, {"word": f"%{word}%"}):
            found.append(f"{table}.{column}")
    return found + [str(path) for path in files() if word.encode() in path.read_bytes() or word in path.name]


def is_bytes(table: str, column: str) -> bool:
    kind = text("SELECT data_type FROM information_schema.columns WHERE table_name = :table AND column_name = :column")
    return db.session.scalar(kind, {"table": table, "column": column}) == "bytea"


def files() -> list[Path]:
    return [path for path in (settings().home / "files").rglob("*") if path.is_file()]


def let_go(person: Person) -> None:
    """The person has left, and their time to come back is over."""
    leaving.leave(person, {})
    db.session.commit()


@pytest.fixture
def whole(db_session, work):
    made = make_whole()
    work()
    return made


@pytest.fixture
def erased(whole, work):
    """Somebody of whom there was something everywhere, forgotten by the worker."""
    let_go(whole.person)
    work()
    with clock.frozen(clock.now() + TIME_TO_COME_BACK + timedelta(minutes=1)):
        leaving.erase(whole.person.id)
        db.session.commit()
        forget_messages()  # as each hour: what the console delivered is kept for a week
        work()
    db.session.expire_all()
    return whole


def test_every_word_can_be_found_before(whole):
    """Else the search below would prove nothing."""
    assert [word for word in (*WORDS, *STAYS) if not places_of(word)] == []
    empty = [
        str(entry.column)
        for entry in privacy_registry.entries().values()
        if not db.session.scalar(select(func.count()).where(entry.column == whole.person.id))
        and entry.column.key != "actor_id"
    ]
    assert not empty, f"make_whole() has nothing in {empty}"


@pytest.mark.parametrize("word", WORDS)
def test_nothing_of_the_person_is_left(erased, word):
    assert places_of(word) == []


@pytest.mark.parametrize("word", STAYS)
def test_what_others_were_part_of_stays(erased, word):
    assert places_of(word)


def test_what_refers_to_the_person_is_what_was_decided(erased):
    for (table, column), entry in privacy_registry.entries().items():
        left = db.session.scalar(select(func.count()).where(entry.column == erased.person.id))
        assert not left or entry.fate == "keep", f"{left} rows of {table}.{column}"


def test_the_row_of_the_person_says_nothing(erased):
    person = db.session.get_one(Person, erased.person.id)
    assert (person.name, person.phone, person.state) == (GONE, f"erased:{person.id}", "erased")
    fresh = make_person(name="x")
    same = {"bio", "gender", "birth_year", "handle", "email", "email_verified_at", "emergency_name", "emergency_phone"}
    same |= {"avatar", "put_aside", "leaving_at", "last_active_at", "shows_age", "is_operator"}
    assert {name: getattr(person, name) for name in same} == {name: getattr(fresh, name) for name in same}
    assert (person.city, person.last_sign_in_at) == ("", None)


def test_others_see_a_deleted_person(erased, page):
    words = page.as_(erased.friend).get(f"/runs/{erased.run.id}", 200).words
    assert "Deleted person" in words
    assert "quince-comment" in words
    page.as_(erased.friend).get(f"/people/{erased.person.id}", 404)
    came = select(func.count()).where(Participation.run_id == erased.run.id, Participation.status == "COMPLETED")
    assert db.session.scalar(came) == 2


def test_a_run_that_nobody_else_was_part_of_is_gone(erased, page):
    assert db.session.scalar(select(Run.id).where(Run.title == "quince-alone")) is None
    deleted = db.session.scalars(select(DeletedRun.id)).all()
    assert deleted
    page.get(f"/runs/{deleted[0]}", 410)


def test_the_number_can_sign_up_anew(erased, page):
    visitor = page.as_(None)
    assert sign_in(visitor, PHONE).location.startswith("/welcome")
    anew = db.session.scalars(select(Person).where(Person.phone == PHONE)).one()
    assert anew.id != erased.person.id
    assert anew.name == ""


def test_nobody_is_erased_before_their_time(whole, work):
    let_go(whole.person)
    with clock.frozen(clock.now() + TIME_TO_COME_BACK - timedelta(minutes=1)):
        assert not leaving.erase(whole.person.id)
    assert whole.person.state == "leaving"


def test_who_is_not_leaving_is_never_erased(whole):
    with clock.frozen(clock.now() + timedelta(days=1000)):
        assert not leaving.erase(whole.person.id)


def test_erasing_twice_is_erasing_once(erased):
    with clock.frozen(clock.now() + timedelta(days=100)):
        assert not leaving.erase(erased.person.id)


def test_the_worker_erases_whose_time_is_over(whole, work):
    from hampa.account.jobs import erase_due

    let_go(whole.person)
    work()
    with clock.frozen(clock.now() + TIME_TO_COME_BACK + timedelta(hours=1)):
        erase_due()
        work()
    db.session.expire_all()
    assert db.session.get_one(Person, whole.person.id).state == "erased"


def test_nobody_is_signed_in_as_who_is_erased(erased):
    assert db.session.scalar(select(func.count()).where(Session.person_id == erased.person.id)) == 0


def test_the_files_of_the_person_are_gone(whole, work):
    folder = settings().home / "files" / "runs" / str(whole.run.id)
    before = {path.name for path in folder.rglob("*") if path.is_file()}
    assert any(name.endswith(".gpx") for name in before)
    assert any(name.endswith(".webp") for name in before)
    let_go(whole.person)
    with clock.frozen(clock.now() + TIME_TO_COME_BACK + timedelta(minutes=1)):
        leaving.erase(whole.person.id)
        work()
    assert not [path for path in folder.rglob("*") if path.is_file()]
