"""Whatever refers to a person can be given to them and is forgotten with them, or a reason says why not."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table

from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.db import db

DOCUMENTED = (Path(__file__).parents[2] / "docs" / "export.md").read_text()


def columns_of_people(tables: list[Table]) -> set[tuple[str, str]]:
    """Every column of these tables that refers to a person."""
    keys = (key for table in tables for key in table.foreign_keys)
    return {(key.parent.table.name, key.parent.name) for key in keys if key.column.table.name == "people"}


def undecided(tables: list[Table], written_down: set[tuple[str, str]]) -> list[str]:
    return sorted(f"{table}.{column}" for table, column in columns_of_people(tables) - written_down)


def test_every_column_that_refers_to_a_person_is_written_down(app):
    found = undecided(list(db.metadata.tables.values()), set(privacy_registry.entries()))
    assert not found, f"say in the personal.py of its feature what becomes of {found}: people/ledger.py tells how"


def test_a_column_that_nobody_decided_about_is_found():
    metadata = MetaData()
    people = Table("people", metadata, Column("id", Integer, primary_key=True))
    new = Table("new", metadata, Column("id", Integer, primary_key=True), Column("owner_id", ForeignKey(people.c.id)))
    assert undecided([people, new], set()) == ["new.owner_id"]
    assert undecided([people, new], {("new", "owner_id")}) == []


def test_nothing_is_written_down_that_is_gone(app):
    assert set(privacy_registry.entries()) <= columns_of_people(list(db.metadata.tables.values()))


def test_every_column_is_in_a_noun_that_there_is(app):
    nouns = {noun.name for noun in privacy_registry.nouns()}
    used = {entry.noun for entry in privacy_registry.entries().values() if entry.noun}
    assert used <= nouns, f"nobody gives the rows of {sorted(used - nouns)}"


def test_what_loses_its_person_can_be_without_one(app):
    emptied = [entry for entry in privacy_registry.entries().values() if entry.fate == "empty"]
    assert emptied
    bound = [str(entry.column) for entry in emptied if not entry.column.property.columns[0].nullable]
    assert not bound, f"{bound} can't be empty: its rows are deleted or kept"


@pytest.mark.parametrize("wrong", [{"fate": "delete"}, {"noun": "cards", "fate": "keep"}])
def test_a_column_without_a_reason_is_refused(wrong):
    with pytest.raises(ValueError, match="reason"):
        privacy_registry.holds(Person.id, **wrong)


def test_every_key_of_an_export_is_documented(app, setting):
    """The names are a promise: programs read them. Factories give each noun a row in the test of the export."""
    missing = [noun.name for noun in privacy_registry.nouns() if f"## {noun.name}\n" not in DOCUMENTED]
    assert not missing, f"docs/export.md does not say what is in {missing}"
