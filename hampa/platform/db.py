"""The database: the declarative base, columns that many tables have, and the session."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    ColumnElement,
    DateTime,
    MetaData,
    Numeric,
    Select,
    Text,
    Uuid,
    bindparam,
    func,
    inspect,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, aliased, declared_attr, mapped_column, registry
from sqlalchemy.orm.attributes import instance_state, set_committed_value

from hampa.platform import clock, ids
from hampa.platform.db_session import SiteSession
from hampa.platform.errors import DomainError, NotFound

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of all tables: names of constraints follow a convention, times are `timestamptz`."""

    metadata = MetaData(naming_convention=NAMES)
    # Flask-SQLAlchemy derives a base from this one, and SQLAlchemy 2.1 refuses a `type_annotation_map` that is inherited.
    registry = registry(
        metadata=metadata,
        type_annotation_map={
            datetime: DateTime(timezone=True),
            dict[str, Any]: JSONB,
            list[str]: JSONB,
            str: Text,
            uuid.UUID: Uuid(),
            Decimal: Numeric(),
        },
    )


def one_of(column: str, values: tuple[str, ...]) -> str:
    """Return the SQL of a check that a column has one of the values."""
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


class Record:
    """Columns of every table: an id that sorts by time, and when the row was created."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=ids.new_id, sort_order=-2)
    created_at: Mapped[datetime] = mapped_column(default=clock.now, server_default=func.now(), sort_order=90)


class Changing:
    """Columns of tables whose rows change: when, and a version that counts the changes.

    The version stops two editors from overwriting each other: SQLAlchemy compares it in the WHERE of each UPDATE and
    raises `StaleDataError` when the row has changed.
    """

    updated_at: Mapped[datetime] = mapped_column(
        default=clock.now, onupdate=clock.now, server_default=func.now(), sort_order=91
    )
    version: Mapped[int] = mapped_column(default=1, server_default="1", sort_order=92)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


def constants(*words: str) -> list[ColumnElement[str]]:
    """Return words of the code for `column.in_(…)`, as they stand in SQL: an `in_` of values costs each execution.

    Raise ValueError for a text that is not one plain word.
    """
    if not all(word.isidentifier() for word in words):
        raise ValueError(f"constants are plain words, unlike {words}")
    return [literal_column(f"'{word}'", Text) for word in words]


db = SQLAlchemy(model_class=Base, session_options={"class_": SiteSession})


def shared_alias(model: Any, name: str) -> Any:
    """Return an alias of a mapped class that all threads may use, such as one that a module keeps.

    SQLAlchemy fills an index of the alias's columns when it is first asked, without a lock: a second thread that asks at
    that moment does not find its column, and its statement selects from the table itself as well.
    """
    alias = aliased(model, name=name)
    columns = inspect(alias).selectable.exported_columns
    columns.corresponding_column(inspect(model).local_table.c.id)
    return alias


Value = TypeVar("Value")
Entity = TypeVar("Entity", bound=Base)


def columns_of(model: type[Base]) -> list[Any]:
    """Return the mapped columns of a model, in the order in which `loaded` takes their values."""
    return [getattr(model, name) for name in names_of_columns(model)]


def names_of_columns(model: type[Any]) -> list[str]:
    """Return the names of the columns that are read with a row of a model: not those that are read when asked for."""
    return [attribute.key for attribute in inspect(model).column_attrs if not attribute.deferred]


def loaded(model: type[Entity], values: Sequence[Any]) -> Entity:
    """Return the row of these values, of `columns_of`, as an entity of the session, which can be changed like any other.

    It is what a query of the session would have returned; but a query takes three times as long to make one entity. A
    row that the session has already is returned as it is there, with what a commit or a rollback made it forget.
    """
    mapper, session = inspect(model), db.session()
    names, places = _names_of(model)
    named = dict(zip(names, values, strict=True))
    key = mapper.identity_key_from_primary_key(tuple(values[place] for place in places))
    found = session.identity_map.get(key)
    if found is not None:
        for name in named.keys() & inspect(found).expired_attributes:
            set_committed_value(found, name, named[name])
        return cast(Entity, found)
    # As SQLAlchemy's own loading does; to add it as one that was detached would take three times as long.
    entity = cast(Entity, mapper.class_manager.new_instance())
    state: Any = instance_state(entity)
    state.dict.update(named)
    state.key, state.session_id = key, session.hash_key
    session.identity_map._add_unpresent(state, key)
    return entity


@cache
def _names_of(model: type[Base]) -> tuple[list[str], list[int]]:
    """Return the names of the mapped columns, and the places of the primary key among them."""
    names = names_of_columns(model)
    return names, [names.index(str(column.key)) for column in inspect(model).primary_key]


def locked_row(model: type[Entity], row_id: uuid.UUID | None) -> Entity:
    """Return a row as it is now, locked until the transaction ends. Raise NoResultFound.

    `Session.get` with a lock refuses a row that this session has read in an earlier version, though nobody has changed
    anything by that: of two requests that come at one moment the second would fail.
    """
    query = select(model).where(inspect(model).primary_key[0] == row_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def scalar_or_404(query: Select[Value]) -> Value:
    """Return the first column of the first row. Raise NotFound if there is no row, or NULL in it."""
    value = db.session.scalar(query)
    if value is None:
        raise NotFound
    return value


@contextmanager
def raise_if_taken(constraint: str, error: Callable[[], DomainError]) -> Iterator[None]:
    """Run the block in a savepoint, and raise `error()` if it breaks the unique constraint of this name."""
    try:
        with db.session.begin_nested():
            yield
    except IntegrityError as broken:
        if constraint not in str(broken.orig):
            raise
        raise error() from None


def update_together(rows: Sequence[Any]) -> None:
    """Update the changed columns of rows of one table in one statement; a flush would take one for each row.

    The caller holds the locks of the rows: versions are increased, not compared. A column that changed in any of the
    rows is written for all, so it must be loaded or set in each.
    """
    states = [inspect(row) for row in rows]
    columns = [column.key for column in states[0].mapper.column_attrs] if states else []
    changed = sorted(key for key in columns if any(state.attrs[key].history.has_changes() for state in states))
    if not changed:
        return
    if isinstance(rows[0], Changing):
        now = clock.now()
        for row in rows:
            row.updated_at, row.version = now, row.version + 1
        changed += ["updated_at", "version"]
    table = inspect(type(rows[0])).local_table
    statement = (
        update(table).where(table.c.id == bindparam("row_id")).values({key: bindparam(f"new_{key}") for key in changed})
    )
    values = [{"row_id": row.id, **{f"new_{key}": getattr(row, key) for key in changed}} for row in rows]
    with db.session.no_autoflush:
        db.session.execute(statement, values)
    for row in rows:
        for key in changed:
            set_committed_value(row, key, getattr(row, key))
