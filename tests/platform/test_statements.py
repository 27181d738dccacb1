"""Questions that are built once: the statement is kept by shape, and each request's values are its own."""

from __future__ import annotations

import uuid
import warnings
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Select, any_, literal, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.base import WriteableColumnCollection

from hampa.people.models import Person
from hampa.platform.db import shared_alias
from hampa.platform.statements import built_once

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
