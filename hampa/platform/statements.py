"""Statements of main pages: built once in a process, and executed with the values of each request.

Building a `select` and its cache key costs more than executing it. A function under `@built_once` is a question that
reads like any other, but its body runs once, with bound parameters in the place of values. Its rows do not pass through
the ORM, which takes as long again: entities are made by `loaded`, unless the statement has options for loading more.
"""

import inspect
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import wraps
from operator import itemgetter
from threading import RLock
from types import UnionType
from typing import Any, ParamSpec, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from sqlalchemy import (
    ARRAY,
    JSON,
    BindParameter,
    Boolean,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Double,
    Executable,
    Float,
    Integer,
    Interval,
    Numeric,
    Result,
    Select,
    SelectBase,
    String,
    Text,
    Uuid,
    any_,
    bindparam,
    inspect as inspect_mapped,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.orm import Bundle, Mapper
from sqlalchemy.sql import visitors
from sqlalchemy.types import TypeEngine

from hampa.platform.db import db, loaded, names_of_columns
from hampa.platform.pool import READS_ALONE, needs_no_transaction

P = ParamSpec("P")
S = TypeVar("S", bound=Executable)

_PLAIN = (String, Integer, Numeric, Double, Boolean, Uuid, Interval, ARRAY)
"""Types whose constants are written into the text."""

ALONE = {READS_ALONE: True}

_building = RLock()
"""Held while a statement is built or compiled, which takes megabytes for a moment. Eight threads that do so for the same
page take eight times as much, and a process keeps most of what it once took."""

_TYPES: dict[Any, TypeEngine[Any]] = {
    bool: Boolean(),
    dict[str, Any]: JSONB(),
    date: Date(),
    datetime: DateTime(timezone=True),
    float: Float(),
    int: Integer(),
    str: Text(),
    uuid.UUID: Uuid(),
}


def built_once(build: Callable[P, Any]) -> Callable[P, Result[*tuple[Any, ...]]]:
    """Return a function that executes the statement which `build` builds, and returns its result.

    Positional parameters of `build` are values: it gets a bound parameter for each, typed by the annotation, which may
    be optional (`datetime | None`) or a list (`list[uuid.UUID]`, for `is_one_of(column, ids)`). For a dataclass, such as
    the filters of a list, it gets one whose fields are such parameters. Parameters after `*` give
    the statement its shape: they reach `build` as they are, and a statement is kept for each combination, so that they
    must be few: whether the viewer is a visitor, which order.

    The body of `build` must not read anything that differs between requests: the time, the viewer, the settings of a
    person are parameters. Raise TypeError for an annotation that has no type in SQL.
    """
    return _executed(build, lambda parameter: parameter)


def planned_once(build: Callable[P, Any]) -> Callable[P, Result[*tuple[Any, ...]]]:
    """Return a function like that of `built_once`, for a statement that PostgreSQL plans for all values alike.

    With `built_once` PostgreSQL may plan it anew for each person, because the plan for one person's values looks cheaper;
    of statements that ask who may see what, planning takes twenty times as long as the rest. Not for what is looked for:
    words, filters, times, where the values say which plan is good.
    """
    return _executed(build, _unseen)


def _unseen(parameter: BindParameter[Any]) -> Any:
    """Return a parameter whose value PostgreSQL does not see while it plans; an array is left as it is."""
    return parameter if isinstance(parameter.type, ARRAY) else select(parameter).scalar_subquery()


def _executed(
    build: Callable[P, Any], pass_on: Callable[[BindParameter[Any]], Any]
) -> Callable[P, Result[*tuple[Any, ...]]]:
    signature = inspect.signature(build)
    hints = get_type_hints(build)
    names = tuple(name for name, one in signature.parameters.items() if one.kind is not one.KEYWORD_ONLY)
    records = {name: _fields_of(name, hints[name]) for name in names if is_dataclass(hints[name])}
    bound = {name: _type_of(hints[name]) for name in names if name not in records}
    kept = KeptStatements(lambda shape: build(*map(parameter, names), **dict(shape)))

    @wraps(build)
    def execute(*args: P.args, **kwargs: P.kwargs) -> Result[*tuple[Any, ...]]:
        values = dict(zip(names, args, strict=False))
        if len(args) < len(names):
            values.update({name: kwargs.pop(name) for name in names[len(args) :]})
        statement = kept[tuple(kwargs.items())]
        for name, columns in records.items():
            record = values.pop(name)
            values.update({key: getattr(record, field) for field, (key, _type) in columns.items()})
        return statement.execute(values)

    def parameter(name: str) -> Any:
        if name not in records:
            return pass_on(bindparam(name, type_=bound[name]))
        columns = records[name].items()
        return hints[name](**{field: pass_on(bindparam(key, type_=type_)) for field, (key, type_) in columns})

    return execute


def _fields_of(name: str, record: Any) -> dict[str, tuple[str, TypeEngine[Any]]]:
    """Return, for each field of a dataclass, the name and the type of its bound parameter."""
    hints = get_type_hints(record)
    return {field.name: (f"{name}_{field.name}", _type_of(hints[field.name])) for field in fields(record)}


def is_one_of(column: Any, values: Any) -> ColumnElement[bool]:
    """Return the condition that a column holds one of the values of a list parameter."""
    return cast(ColumnElement[bool], column == any_(values))


class KeptStatement:
    """A statement that is built once, for functions whose parameters `built_once` can't tell.

    Its columns are known, and it is executed by the connection of the session. Columns of bundles are read as one value,
    those of a mapped class as an entity. What is no SELECT, and one with options for loading, is left to the session.
    Of a SELECT whose text is the same for all values only the text is kept: the statement takes many times as much memory.
    """

    def __init__(self, statement: Executable) -> None:
        self._statement: Any = with_constants(statement)
        described = statement.column_descriptions if isinstance(statement, Select) else []
        loads_more = getattr(statement, "_with_options", ()) or "populate_existing" in statement.get_execution_options()
        self._is_plain = isinstance(statement, SelectBase) and not loads_more
        if self._is_plain:
            self._statement = self._statement.execution_options(**ALONE)
        self._text: _Text | None = None
        self._columns: SimpleResultMetaData
        self._width = 0
        self._names = [one["name"] for one in described]
        wide = [one["expr"] if _is_wide(one) else None for one in described]
        is_wide = any(one is not None for one in wide)
        self._read: Callable[[Any], tuple[Any, ...]] | None = self._reader(wide) if is_wide else None

    def execute(self, values: dict[str, Any]) -> Result[Any]:
        """Execute the statement with the values of its parameters by name; further values are ignored."""
        session: Any = db.session()
        statement, text = self._statement, self._text  # the text last: then there is one of both
        if not self._is_plain:
            return cast(Result[Any], session.execute(statement, values))
        if session.autoflush:
            session.flush()
        connection: Connection = (
            session.connection() if text is None or not text.is_alone else session.reading_connection()
        )
        if text is None and (text := self._compile(connection)) is None:
            return cast(Result[Any], session.execute(statement, values))
        rows: Iterable[Any]
        if text.is_whole:
            rows = text.rows(connection, values)
        else:
            rows = connection.execute(statement, values)
            if self._read is None:
                return rows
        return IteratorResult(self._columns, iter(rows) if self._read is None else map(self._read, rows))

    def _compile(self, connection: Connection) -> "_Text | None":
        """Return the text, compiled by the first thread that asks; None of a statement that only the session can execute."""
        with _building:
            if self._text is None and self._is_plain:
                text = _Text(self._statement, connection)
                if self._read is not None and len(text.names) != self._width:
                    self._is_plain = False  # the ORM selects a column once that is both of an entity and by itself
                    return None
                self._columns = SimpleResultMetaData(text.names if self._read is None else self._names)
                self._text = text  # last: other threads look for it
                if text.is_whole:
                    self._statement = None
            return self._text

    def _reader(self, wide: Iterable[Any]) -> Callable[[Any], tuple[Any, ...]]:
        """Return the function that makes one row of a row in which columns of bundles and entities stand side by side."""
        readers: list[Callable[[Any], Any]] = []
        position = 0
        for one in wide:
            if one is None:
                readers.append(itemgetter(position))
                position += 1
            elif isinstance(one, Bundle):
                names = list(one.c.keys())
                getters = [itemgetter(position + index) for index in range(len(names))]
                readers.append(one.create_row_processor(self._statement, getters, names))
                position += len(names)
            else:
                mapper = inspect_mapped(one).mapper
                readers.append(_entity_reader(mapper, position))
                position += len(names_of_columns(mapper.class_))
        self._width = position
        return lambda row: tuple(read(row) for read in readers)


class KeptStatements(dict[Any, KeptStatement]):
    """Statements by their shapes, each built when it is first asked for, by one thread while the others wait for it."""

    def __init__(self, build: Callable[[Any], Executable]) -> None:
        super().__init__()
        self._build = build

    def __missing__(self, shape: Any) -> KeptStatement:
        with _building:
            if shape not in self:
                self[shape] = KeptStatement(self._build(shape))
        return self[shape]


class _Text:
    """A SELECT as the driver executes it: SQLAlchemy takes twice as long for a statement as the driver does.

    `is_whole` is false if its text depends on its values; `is_alone` says that it needs no transaction.
    """

    def __init__(self, statement: Any, connection: Connection) -> None:
        self._dialect = connection.dialect
        compiled: Any = statement.compile(dialect=self._dialect)
        self.is_whole = not compiled.post_compile_params and not compiled.literal_execute_params
        self.names = [column.keyname for column in compiled._result_columns]
        self._types = [column.type.dialect_impl(self._dialect) for column in compiled._result_columns]
        self._text = str(compiled)
        self.is_alone = self.is_whole and needs_no_transaction(self._text)
        self._sent = self._text.encode()  # the driver keeps by its bytes what it knows of a text
        self._values = dict(compiled.params)
        writers = [
            (name, parameter.type.dialect_impl(self._dialect).bind_processor(self._dialect))
            for parameter, name in compiled.bind_names.items()
        ]
        self._writers = [(name, writer) for name, writer in writers if writer is not None]
        self._readers: list[tuple[int, Callable[[Any], Any]]] | None = None

    def rows(self, connection: Connection, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Return the rows; who listens to the statements of a connection hears of this one too."""
        values = {**self._values, **values}
        for name, writer in self._writers:
            values[name] = writer(values[name])
        driver: Any = connection.connection.driver_connection
        cursor = driver.cursor()
        call = connection, cursor, self._text, values, _CONTEXT, False
        for listener in connection.dispatch.before_cursor_execute:
            listener(*call)
        if connection._echo:
            connection._log_info(self._text)
            connection._log_info("%r", values)
        try:
            cursor.execute(self._sent, values)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        except Exception as error:  # as SQLAlchemy tells it, which gives up the connection if it is lost
            connection._handle_dbapi_exception(error, self._text, values, cursor, None)
        for listener in connection.dispatch.after_cursor_execute:
            listener(*call)
        if self._readers is None:
            self._readers = self._readers_of(cursor)
        return [self._as_read(row) for row in rows] if self._readers else rows

    def _readers_of(self, cursor: Any) -> list[tuple[int, Callable[[Any], Any]]]:
        """Return what has to be done to values of the columns that the driver reads otherwise than SQLAlchemy."""
        columns = zip(self._types, cursor.description, strict=True)
        readers = [self._reader_of(type_, column.type_code) for type_, column in columns]
        return [(place, reader) for place, reader in enumerate(readers) if reader is not None]

    def _reader_of(self, type_: Any, code: int) -> Callable[[Any], Any] | None:
        """Return what has to be done to values of a column; None of lists, which SQLAlchemy would copy value by value."""
        if isinstance(type_, ARRAY) and not type_.as_tuple and self._reader_of(type_.item_type, code) is None:
            return None
        reader: Callable[[Any], Any] | None = type_.dialect_impl(self._dialect).result_processor(self._dialect, code)
        return reader

    def _as_read(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for place, reader in self._readers or ():
            values[place] = reader(values[place])
        return tuple(values)


class _Context:
    """What listeners to statements get in the place of SQLAlchemy's context of an execution."""

    dialect = None
    execution_options = ALONE


_CONTEXT = _Context()


def _is_wide(described: Mapping[str, Any]) -> bool:
    """Return whether what a statement selects has columns of its own: a bundle, or a mapped class."""
    return isinstance(described["expr"], Bundle) or isinstance(described["type"], type)


def _entity_reader(mapper: Mapper[Any], first: int) -> Callable[[Any], Any]:
    """Return the function that makes an entity of its columns in a row, None if an outer join found nothing."""
    names = names_of_columns(mapper.class_)
    key, end = first + names.index(str(mapper.primary_key[0].key)), first + len(names)
    return lambda row: None if row[key] is None else loaded(mapper.class_, row[first:end])


def _type_of(annotation: Any) -> TypeEngine[Any]:
    """Return the SQL type of the values that an annotation admits."""
    if get_origin(annotation) in (Union, UnionType):
        (annotation,) = (each for each in get_args(annotation) if each is not type(None))
    if get_origin(annotation) is list:
        return ARRAY(_type_of(get_args(annotation)[0]))
    if annotation not in _TYPES:
        raise TypeError(f"{annotation} has no type in SQL: use one of {', '.join(map(str, _TYPES))}")
    return _TYPES[annotation]


def with_constants(statement: S) -> S:
    """Return a statement that is built once with its constants in its text, so that only values are parameters.

    SQLAlchemy and psycopg handle each parameter at each execution, and rewrite lists of values in the text; a statement
    has dozens of constants. PostgreSQL finds by constants the indexes of a part of a table.
    """
    traversed: Any = statement
    return cast(S, visitors.replacement_traverse(traversed, {}, _constant))


def _constant(element: Any, **_options: Any) -> ColumnElement[Any] | None:
    """Return the text of a constant in the place of its parameter; None, which changes nothing, for all else."""
    if not isinstance(element, BindParameter) or element.required:
        return None
    if isinstance(element.type, JSON.JSONElementType):
        return literal_column(f"'{element.value}'", element.type) if str(element.value).isidentifier() else None
    if not isinstance(element.type, _PLAIN):
        return None
    if not element.expanding:
        return None if element.value is None else literal_column(_text_of(element.value, element.type), element.type)
    texts = [_text_of(value, element.type) for value in element.value or ()]
    return literal_column(f"({', '.join(texts)})") if texts else None


def _text_of(value: Any, type_: TypeEngine[Any]) -> str:
    dialect = db.engine.dialect
    literal = bindparam(None, value, type_=type_).compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    return f"{str(literal).replace('%%', '%')}::{type_.compile(dialect)}"
