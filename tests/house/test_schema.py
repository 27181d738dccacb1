"""What holds for every table, and that the migrations make what the models say."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Column, DateTime, ForeignKey, Index, Integer, MetaData, Table, UniqueConstraint

from hampa.platform import migrations
from hampa.platform.db import db
from hampa.platform.migrations import FOLDER, check
from tests.house.routes import rows

UNCHANGING = {"alembic_version"}


def unindexed_keys(tables: list[Table]) -> list[str]:
    """Foreign keys that no index begins with: each delete of what they point at would read the whole table."""
    found = []
    for table in tables:
        beginnings = {first.name for index in table.indexes if isinstance(first := index.expressions[0], Column)}
        beginnings |= {next(iter(c.columns)).name for c in table.constraints if isinstance(c, UniqueConstraint)}
        beginnings |= {next(iter(table.primary_key.columns)).name}
        for key in table.foreign_keys:
            if key.parent.name not in beginnings and not key.parent.unique:
                found.append(f"{table.name}.{key.parent.name}: give it an index")
    return found


def undated(tables: list[Table]) -> list[str]:
    """Tables that don't say when a row was made, or count its changes without saying when."""
    found = [f"{t.name}: no created_at, use platform.db.Record" for t in tables if "created_at" not in t.columns]
    return found + [
        f"{t.name}: updated_at and version come together, use platform.db.Changing"
        for t in tables
        if ("updated_at" in t.columns) != ("version" in t.columns)
    ]


def unzoned(tables: list[Table]) -> list[str]:
    """Moments without a zone; wall clocks are named `…_local`."""
    return [
        f"{t.name}.{column.name}: a moment is timestamptz; a wall clock is called …_local"
        for t in tables
        for column in t.columns
        if isinstance(column.type, DateTime) and not column.type.timezone and not column.name.endswith("_local")
    ]


@pytest.fixture(scope="session")
def tables(app) -> list[Table]:
    return list(db.metadata.tables.values())


def test_every_foreign_key_has_an_index(tables):
    assert not (found := unindexed_keys(tables)), "\n".join(found)


def test_every_table_says_when(tables):
    assert not (found := undated(tables)), "\n".join(found)


def test_moments_have_a_zone(tables):
    assert not (found := unzoned(tables)), "\n".join(found)


def test_tables_that_break_these_laws_are_found():
    metadata = MetaData()
    other = Table("other", metadata, Column("id", Integer, primary_key=True))
    bad = Table(
        "bad",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("other_id", ForeignKey(other.c.id)),
        Column("good_id", ForeignKey(other.c.id)),
        Column("version", Integer),
        Index("ix_bad_good", "good_id", "id"),
        Index("ix_bad_second", "id", "other_id"),
    )
    assert unindexed_keys([bad]) == ["bad.other_id: give it an index"]
    assert len(undated([bad])) == 2


def test_there_is_one_last_migration_and_a_file_that_names_it():
    scripts = ScriptDirectory(str(FOLDER))
    heads = scripts.get_heads()
    assert len(heads) == 1, f"two branches of migrations meet: {heads}; let one follow the other"
    head = Path(FOLDER, "versions", "HEAD").read_text().strip()
    assert head == heads[0], f"versions/HEAD says {head}, the last is {heads[0]}"


def test_the_migrations_make_what_the_models_say(real_database):
    migrations.upgrade()
    check()


LISTS = [row.rule for row in rows() if row.method == "GET" and row.rule in (
    "/", "/runs", "/cards", "/me/runs", "/me/cards", "/me/sessions", "/notifications",
    "/people/<uuid:person_id>", "/runs/<uuid:run_id>/participants", "/safety", "/safety/new",
)]  # fmt: skip


@pytest.mark.parametrize("rule", LISTS)
def test_the_order_of_every_list_comes_from_an_index(page, setting, connection, plans, rule):
    with plans() as sorted_by_hand:
        page.as_(setting.owner).get(setting.address(rule), 200)
    assert not sorted_by_hand, "\n\n".join(sorted_by_hand)
