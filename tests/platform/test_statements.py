"""Questions that are built once: the statement is kept by shape, and each request's values are its own."""

from __future__ import annotations

import time
import uuid
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import (
    ARRAY,
    Double,
    Float,
    Integer,
    Numeric,
    Select,
    Text,
    any_,
    bindparam,
    cast,
    func,
    inspect,
    literal,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.base import WriteableColumnCollection

from hampa.people.models import Person
from hampa.people.queries import PersonSummary, summary_columns
from hampa.platform.db import columns_of, db, loaded, names_of_columns, shared_alias
from hampa.platform.statements import KeptStatement, KeptStatements, _Text, built_once, with_constants
from hampa.runs.models.run import Run
from tests.factories.runs import make_run

built: list[bool] = []


@built_once
def named(ids: list[uuid.UUID], since: datetime | None, *, newest_first: bool) -> Select[tuple[str]]:
    """Return the names of people with these ids."""
    built.append(newest_first)
    query = select(Person.name).where(Person.id == any_(ids), since.is_(None) | (Person.created_at >= since))
    return query.order_by(Person.created_at.desc() if newest_first else Person.created_at)


def test_the_body_runs_once_for_each_shape(db_session: Session, owner: Person, stranger: Person) -> None:
    built.clear()
    ids = [owner.id, stranger.id]
    both = named(ids, None, newest_first=False).scalars().all()
    assert sorted(both) == sorted([owner.name, stranger.name])
    assert named(ids, None, newest_first=True).scalars().all() == both[::-1]
    assert named([owner.id], None, newest_first=False).scalars().all() == [owner.name]
    assert named(ids, since=datetime.now(UTC) + timedelta(days=1), newest_first=False).scalars().all() == []
    assert built == [False, True]


def test_one_thread_builds_for_all_who_wait(app: Flask) -> None:
    shapes: list[str] = []
    start = Barrier(8)

    def build(shape: str) -> Select[tuple[str]]:
        shapes.append(shape)
        time.sleep(0.05)  # long enough for the others to ask too
        return select(Person.name)

    kept = KeptStatements(build)

    def ask(shape: str) -> KeptStatement:
        start.wait()
        with app.app_context():
            return kept[shape]

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(ask, ["near", "far"] * 4))
    assert sorted(shapes) == ["far", "near"]
    assert len(set(found)) == 2


def test_one_thread_compiles_for_all_who_wait(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[int] = []
    begin = _Text.__init__

    def note(text: _Text, statement: Any, connection: Any) -> None:
        texts.append(1)
        time.sleep(0.05)  # long enough for the others to ask too
        begin(text, statement, connection)

    monkeypatch.setattr(_Text, "__init__", note)
    start = Barrier(4)
    with app.app_context():
        statement = KeptStatement(select(literal(7, Integer)))

    def ask(_number: int) -> int:
        with app.app_context():
            db.session.connection()
            start.wait()
            return int(statement.execute({}).scalar_one())

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(ask, range(4))) == [7] * 4
    assert len(texts) == 1


@dataclass(frozen=True, slots=True)
class Named:
    """The filters of `by_filters`."""

    name: str = ""
    ids: list[uuid.UUID] | None = None


@built_once
def by_filters(since: datetime, filters: Named, most: int) -> Select[tuple[uuid.UUID]]:
    """Return the ids of people that the filters let pass."""
    chosen: Any = filters
    query = select(Person.id).where(Person.created_at >= since, chosen.ids.is_(None) | (Person.id == any_(chosen.ids)))
    return query.where((chosen.name == literal("", Text)) | (Person.name == chosen.name)).limit(most)


def test_the_fields_of_a_dataclass_are_values(db_session: Session, owner: Person, stranger: Person) -> None:
    since = datetime.now(UTC) - timedelta(days=1)
    assert by_filters(since, Named(owner.name), 9).scalars().all() == [owner.id]
    assert by_filters(since, Named(ids=[stranger.id]), 9).scalars().all() == [stranger.id]
    assert by_filters(since, most=9, filters=Named(owner.name, [stranger.id])).scalars().all() == []
    assert len(by_filters(since, Named(), 1).scalars().all()) == 1


def test_a_parameter_of_no_type_is_refused_when_the_module_is_read() -> None:
    def by_person(person: Person) -> Select[tuple[int]]:
        return select(literal(1)).where(Person.id == person.id)

    with pytest.raises(TypeError, match="has no type in SQL"):
        built_once(by_person)


def test_an_alias_for_all_threads_finds_its_columns_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that come while the index is being filled would not find theirs."""
    alias = shared_alias(Person, "somebody")
    monkeypatch.setattr(WriteableColumnCollection, "_init_proxy_index", lambda collection: None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "FROM people AS somebody" in str(select(alias.id).where(alias.name == "x"))


def everybody(state: str, *, order: str) -> Select[Any]:
    """Return people beside others of the same state, with columns of the same name."""
    other = aliased(Person)
    return (
        select(
            Person.id,
            summary_columns(),
            other.id,
            other.name.label("called"),
            summary_columns("other", person=other),
            func.count().over(),
        )
        .join(other, other.state == Person.state)
        .where(Person.state == state)
        .order_by(Person.name, other.name)
    )


def test_rows_are_those_of_the_orm(db_session: Session, owner: Person, stranger: Person) -> None:
    quick = built_once(everybody)("active", order="name")
    slow = db_session.execute(everybody("active", order="name"))
    assert list(quick.keys()) == list(slow.keys())
    rows = quick.all()
    assert rows == slow.all()
    assert rows[0].person == PersonSummary(rows[0].id, rows[0].person.name, None)
    assert rows[0].other.id == rows[0][2]


def test_values_are_read_as_the_orm_reads_them(db_session: Session, owner: Person) -> None:
    owner.put_aside = {"name": "Sara", "of": [1, 2]}
    owner.state, owner.leaving_at = "leaving", datetime.now(UTC)

    def values(person_id: uuid.UUID, day: date) -> Select[Any]:
        number = literal_column("1.25", Numeric())
        return (
            select(
                *(Person.put_aside, Person.quiet_from, Person.leaving_at, Person.birth_year, Person.is_demo, Person.id),
                *(number, cast(number, Float), func.array_agg(Person.id), day, literal_column("'100 %'", Text)),
            )
            .group_by(Person.id)
            .where(Person.id == person_id)
        )

    person_id, today = owner.id, date(2026, 11, 28)
    quick = built_once(values)(person_id, today).one()
    slow = db_session.execute(values(person_id, literal(today))).one()  # type: ignore[arg-type]
    assert quick == slow
    assert [type(value) for value in quick] == [type(value) for value in slow]


def test_an_error_is_told_as_sqlalchemy_tells_it(db_session: Session) -> None:
    @built_once
    def wrong(number: int) -> Select[Any]:
        return select(literal_column("1") / number)

    with pytest.raises(DBAPIError) as raised, db_session.begin_nested():
        wrong(0).one()
    assert raised.value.orig is not None
    assert raised.value.orig.sqlstate == "22012"  # type: ignore[attr-defined]
    assert wrong(1).scalar_one() == 1


def test_what_is_not_written_yet_is_read(db_session: Session, owner: Person) -> None:
    owner.name = "Sara of the lake"
    assert named([owner.id], None, newest_first=False).scalar_one() == "Sara of the lake"
    owner.name = "Sara of the hill"
    with db_session.no_autoflush:
        assert named([owner.id], None, newest_first=False).scalar_one() == "Sara of the lake"


def test_entities_are_those_of_the_session(db_session: Session, owner: Person, stranger: Person) -> None:
    other = shared_alias(Person, "other")

    @built_once
    def pairs(person_id: uuid.UUID, other_id: uuid.UUID) -> Select[Any]:
        query = select(func.lower(Person.name), Person, other, literal(7))
        return query.join(other, other.id == other_id, isouter=True).where(Person.id == person_id)

    @built_once
    def twice(person_id: uuid.UUID) -> Select[Any]:
        return select(Person.name, Person, Person.phone).where(Person.id == person_id)

    assert tuple(pairs(owner.id, stranger.id).one()) == (owner.name.lower(), owner, stranger, 7)
    for _ in range(2):
        assert tuple(twice(owner.id).one()) == (owner.name, owner, owner.phone)
    assert pairs(owner.id, uuid.uuid4()).one()[2] is None, "an outer join found nobody"
    name, version = owner.name, owner.version
    db_session.expunge_all()
    person = pairs(owner.id, stranger.id).one()[1]
    assert person in db_session and person is not owner
    db_session.commit()
    assert inspect(person).expired_attributes
    assert pairs(person.id, stranger.id).one()[1] is person
    assert not inspect(person).expired_attributes and (person.name, person.version) == (name, version)


def test_entities_are_read_in_the_order_of_their_columns() -> None:
    for mapper in db.Model.registry.mappers:
        compiled: Any = select(mapper.class_).compile(dialect=postgresql.dialect())
        in_order = [mapper.attrs[name].columns[0].key for name in names_of_columns(mapper.class_)]
        assert [column.keyname for column in compiled._result_columns] == in_order


def test_entities_with_columns_that_are_read_when_asked_for_need_no_orm(
    db_session: Session, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    @built_once
    def runs(run_id: uuid.UUID) -> Select[Any]:
        return select(func.lower(Person.name), Run).join(Person, Person.id == Run.organiser_id).where(Run.id == run_id)

    run = make_run(owner, place="Lake Park")
    run_id, key, name = run.id, run.place_key, owner.name.lower()
    assert key
    db_session.expunge_all()
    monkeypatch.setattr(type(db_session), "execute", None)
    (row,) = runs(run_id).all()
    monkeypatch.undo()
    assert (row[0], row[1].place) == (name, "Lake Park")
    assert row[1] in db_session
    assert "place_key" not in vars(row[1])
    assert row[1].place_key == key


def test_constants_are_in_the_text_and_mean_the_same(db_session: Session, owner: Person) -> None:
    odd = "100 % of 'them' :all; %(x)s"
    parameter = bindparam("name", type_=Text())
    query = select(
        literal(odd),
        literal(0.1) * 3,
        literal([1, 2], ARRAY(Integer)),
        literal(timedelta(days=7)),
        func.round(literal(2.5, Double())),
        parameter,
    ).where(
        Person.id == literal(owner.id), Person.state.in_(("active", "banned")), Person.is_operator == literal(False)
    )
    query = query.limit(1)
    constant = with_constants(query)
    assert list(constant.compile(db_session.connection()).params) == ["name"]
    values = {"name": "Sara"}
    (row,) = db_session.execute(constant, values).all()
    assert [row] == db_session.execute(query, values).all()
    assert row[0] == odd
    assert row[4] == 2, "a float, which is rounded to the even number"


def test_what_differs_between_requests_is_no_constant(db_session: Session, owner: Person, stranger: Person) -> None:
    assert [named([one.id], None, newest_first=False).scalar_one() for one in (owner, stranger)] == [
        owner.name,
        stranger.name,
    ]


def test_an_entity_of_a_row_is_one_of_the_session(db_session: Session, owner: Person) -> None:
    @built_once
    def columns(person_id: uuid.UUID) -> Select[Any]:
        return select(*columns_of(Person)).where(Person.id == person_id)

    person_id, name = owner.id, owner.name
    row = columns(person_id).one()
    assert loaded(Person, row) is owner, "what the session has stays as it is"
    db_session.expunge_all()
    person = loaded(Person, row)
    assert person in db_session
    assert person not in db_session.dirty
    assert person is db_session.get(Person, person_id)
    assert all(getattr(person, key) == getattr(owner, key) for key in inspect(Person).column_attrs.keys())  # noqa: SIM118
    version = person.version
    person.name = "Sara of the hill"
    db_session.flush()
    assert person.version == version + 1
    db_session.expire_all()
    assert person.name == "Sara of the hill" != name
