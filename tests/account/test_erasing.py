"""Being forgotten: nothing of the person is left in any table or file but what others were part of, and that without a name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from hampa.account.actions import account_deletion
from hampa.auth.models import Session
from hampa.outbox.jobs import delete_old_messages
from hampa.people import privacy_registry
from hampa.people.models import LEAVING_PERIOD, Person
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.texts.cleaning import DELETED_NAME
from hampa.runs.models.participation import Participation
from hampa.runs.models.run import DeletedRun, Run
from tests.account.full_person import PHONE, STAYS, WORDS
from tests.account.traces import before_leaving, found_again, make_traces
from tests.auth.signing_in import sign_in
from tests.factories.people import make_person
from tests.queues import work_off

READABLE = ("text", "character varying", "jsonb", "json", "bytea", "ARRAY", "tsvector")


def places_of(words: Sequence[str]) -> dict[str, list[str]]:
    """Return where each of the words is to be found, in every column of every table and in every file."""
    columns = db.session.execute(
        text(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'public' AND data_type = ANY(:kinds)"
        ),
        {"kinds": list(READABLE)},
    ).all()
    found: dict[str, list[str]] = {word: [] for word in words}
    for table, column, kind in columns:
        value = f"coalesce(encode(\"{column}\", 'escape'), '')" if kind == "bytea" else f'"{column}"::text'
        query = text(
            "SELECT word FROM unnest(cast(:words AS text[])) AS word"
            f" WHERE EXISTS (SELECT FROM \"{table}\" WHERE {value} ILIKE '%' || word || '%')"
        )
        for word in db.session.scalars(query, {"words": list(words)}):
            found[word].append(f"{table}.{column}")
    for path in files():
        content = path.read_bytes()
        for word in words:
            if word.encode() in content or word in path.name:
                found[word].append(str(path))
    return found


def files() -> list[Path]:
    return [path for path in (settings().home / "files").rglob("*") if path.is_file()]


def let_go(person: Person) -> None:
    """Request the deletion of the person's account, and commit."""
    account_deletion.request_deletion(person, {})
    db.session.commit()


def make_erased() -> dict[str, UUID]:
    """Make the same, and let the person leave and be forgotten."""
    ids = make_traces()
    let_go(db.session.get_one(Person, ids["person"]))
    work_off()
    with clock.frozen(clock.now() + LEAVING_PERIOD + timedelta(minutes=1)):
        account_deletion.erase_account(ids["person"])
        db.session.commit()
        delete_old_messages()  # as each hour: what the console delivered is kept for a week
        work_off()
    return ids


after_erasure = pytest.mark.world(fill=make_erased)


@pytest.fixture
def whole(db_session, worlds):
    """Somebody of whom there is something everywhere."""
    return found_again(worlds.result(make_traces))


@pytest.fixture
def erased(db_session, worlds):
    """Return the same person after the worker has erased the account."""
    return found_again(worlds.result(make_erased))


@before_leaving
def test_every_word_can_be_found_before(whole):
    """Else the search below would prove nothing."""
    assert [word for word, places in places_of((*WORDS, *STAYS)).items() if not places] == []
    empty = [
        str(entry.column)
        for entry in privacy_registry.entries().values()
        if not db.session.scalar(select(func.count()).where(entry.column == whole.person.id))
        and entry.column.key != "actor_id"
    ]
    assert not empty, f"make_full_person() has nothing in {empty}"


@after_erasure
def test_nothing_of_the_person_is_left(erased):
    assert {word: places for word, places in places_of(WORDS).items() if places} == {}


@after_erasure
def test_what_others_were_part_of_stays(erased):
    assert [word for word, places in places_of(STAYS).items() if not places] == []


@after_erasure
def test_what_refers_to_the_person_is_what_was_decided(erased):
    for (table, column), entry in privacy_registry.entries().items():
        left = db.session.scalar(select(func.count()).where(entry.column == erased.person.id))
        assert not left or entry.fate == "keep", f"{left} rows of {table}.{column}"


@after_erasure
def test_the_row_of_the_person_says_nothing(erased):
    person = db.session.get_one(Person, erased.person.id)
    assert (person.name, person.phone, person.state) == (DELETED_NAME, f"erased:{person.id}", "erased")
    fresh = make_person(name="x")
    same = {"bio", "gender", "birth_year", "handle", "email", "email_verified_at", "emergency_name", "emergency_phone"}
    same |= {"avatar", "put_aside", "leaving_at", "last_active_at", "shows_age", "is_operator"}
    assert {name: getattr(person, name) for name in same} == {name: getattr(fresh, name) for name in same}
    assert (person.city, person.last_sign_in_at) == ("", None)


@after_erasure
def test_others_see_a_deleted_person(erased, page):
    words = page.as_(erased.friend).get(f"/runs/{erased.run.id}", 200).words
    assert "Deleted person" in words
    assert "quince-comment" in words
    page.as_(erased.friend).get(f"/people/{erased.person.id}", 404)
    came = select(func.count()).where(Participation.run_id == erased.run.id, Participation.status == "COMPLETED")
    assert db.session.scalar(came) == 2


@after_erasure
def test_a_run_that_nobody_else_was_part_of_is_gone(erased, page):
    assert db.session.scalar(select(Run.id).where(Run.title == "quince-alone")) is None
    deleted = db.session.scalars(select(DeletedRun.id)).all()
    assert deleted
    page.get(f"/runs/{deleted[0]}", 410)


@after_erasure
def test_the_number_can_sign_up_anew(erased, page):
    visitor = page.as_(None)
    assert sign_in(visitor, PHONE).location.startswith("/welcome")
    anew = db.session.scalars(select(Person).where(Person.phone == PHONE)).one()
    assert anew.id != erased.person.id
    assert anew.name == ""


@before_leaving
def test_nobody_is_erased_before_their_time(whole, work):
    let_go(whole.person)
    with clock.frozen(clock.now() + LEAVING_PERIOD - timedelta(minutes=1)):
        assert not account_deletion.erase_account(whole.person.id)
    assert whole.person.state == "leaving"


@before_leaving
def test_who_is_not_leaving_is_never_erased(whole):
    with clock.frozen(clock.now() + timedelta(days=1000)):
        assert not account_deletion.erase_account(whole.person.id)


@after_erasure
def test_erasing_twice_is_erasing_once(erased):
    with clock.frozen(clock.now() + timedelta(days=100)):
        assert not account_deletion.erase_account(erased.person.id)


@before_leaving
def test_the_worker_erases_whose_time_is_over(whole, work):
    from hampa.account.jobs import erase_due

    let_go(whole.person)
    work()
    with clock.frozen(clock.now() + LEAVING_PERIOD + timedelta(hours=1)):
        erase_due()
        work()
    db.session.expire_all()
    assert db.session.get_one(Person, whole.person.id).state == "erased"


@after_erasure
def test_nobody_is_signed_in_as_who_is_erased(erased):
    assert db.session.scalar(select(func.count()).where(Session.person_id == erased.person.id)) == 0


@before_leaving
def test_the_files_of_the_person_are_gone(whole, work):
    folder = settings().home / "files" / "runs" / str(whole.run.id)
    before = {path.name for path in folder.rglob("*") if path.is_file()}
    assert any(name.endswith(".gpx") for name in before)
    assert any(name.endswith(".webp") for name in before)
    let_go(whole.person)
    with clock.frozen(clock.now() + LEAVING_PERIOD + timedelta(minutes=1)):
        account_deletion.erase_account(whole.person.id)
        work()
    assert not [path for path in folder.rglob("*") if path.is_file()]
