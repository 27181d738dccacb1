"""The registry of personal data: what each feature exports, and what an erasure does to it.

The module `privacy` of a feature declares each column that refers to a person (`holds`): the noun under which its rows
are exported, or why they are not, and the fate of the rows when the person is erased. Functions marked with `exports`
return the rows of a noun; those marked with `erases` do the rest of an erasure, such as deleting files. A test fails
for each foreign key to people that is not declared.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, TypeVar

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import InstrumentedAttribute

from hampa.people.models import Person
from hampa.platform.db import db

Fate = Literal["delete", "empty", "keep"]
"""What happens to a row whose person is erased: it is deleted, loses the reference, or keeps it."""

BATCH = 500
"""Rows that are held in memory during an export."""


@dataclass(frozen=True)
class Entry:
    """A column that refers to a person.

    Either `noun` names its rows in the export, or `left_out` is the reason why they are not exported. `because` is the
    reason why rows are kept. With `last`, rows go after those of all others, because triggers write them as those go.
    """

    column: InstrumentedAttribute[Any]
    noun: str
    left_out: str
    fate: Fate
    because: str
    last: bool = False


@dataclass(frozen=True)
class Noun:
    """A JSON file of an export: `words` describe it, and the keys of its `rows` are a promise."""

    name: str
    words: Any
    rows: Callable[[Person], Iterable[dict[str, Any]]]


@dataclass(frozen=True)
class Document:
    """A file of an export in the format of another program, in chunks."""

    name: str
    words: Any
    content: Callable[[Person], Iterable[bytes]]


@dataclass(frozen=True)
class Attachment:
    """A person's file: its name in the export, and in storage."""

    name: str
    storage_name: str


F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

_entries: dict[tuple[str, str], Entry] = {}
_nouns: dict[str, Noun] = {}
_documents: dict[str, Document] = {}
_attachments: list[Callable[[Person], Iterable[Attachment]]] = []
_erasures: list[Callable[[Person], None]] = []


def holds(
    column: Any, *, noun: str = "", left_out: str = "", fate: Fate, because: str = "", last: bool = False
) -> None:
    """Declare a column that refers to a person."""
    if bool(noun) == bool(left_out):
        raise ValueError(f"{column} is in the export under a noun, or a reason says why it is left out")
    if (fate == "keep") != bool(because):
        raise ValueError(f"{column} is kept for a reason, and nothing else has one")
    _entries[column.class_.__tablename__, column.key] = Entry(column, noun, left_out, fate, because, last)


def exports(name: str, words: Any) -> Callable[[F], F]:
    """Register a function that returns the rows of a noun, `<name>.json` in the export."""

    def register(function: F) -> F:
        _nouns[name] = Noun(name, words, function)
        return function

    return register


def exports_document(name: str, words: Any) -> Callable[[F], F]:
    """Register a function that returns the content of a file of the export with this name."""

    def register(function: F) -> F:
        _documents[name] = Document(name, words, function)
        return function

    return register


def exports_files(function: F) -> F:
    """Register a function that returns attachments."""
    _attachments.append(function)
    return function


def erases(function: F) -> F:
    """Register a function that is called before an erasure changes the declared rows; it may be called twice."""
    _erasures.append(function)
    return function


def entries() -> dict[tuple[str, str], Entry]:
    """Return all declared columns, by table and column."""
    return dict(_entries)


def nouns() -> Iterable[Noun]:
    """Return all nouns, in the order of the features."""
    return tuple(_nouns.values())


def documents() -> Iterable[Document]:
    """Return all files in formats of other programs."""
    return tuple(_documents.values())


def attachments(person: Person) -> Iterator[Attachment]:
    """Yield the files of a person in all features."""
    for function in _attachments:
        yield from function(person)


def rows(query: Select[*tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    """Return the rows of a query by the names of its columns, fetched in batches."""
    result = db.session.execute(query, execution_options={"yield_per": BATCH})
    return (dict(row) for row in result.mappings())


def batches(rows: Iterable[T]) -> Iterator[list[T]]:
    """Yield rows in lists of `BATCH`."""
    iterator = iter(rows)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def rows_in_order(query: Select[*tuple[Any, ...]], table: Any) -> Iterator[dict[str, Any]]:
    """Return the rows of a query, ordered by when those of `table` were created."""
    return rows(query.order_by(table.created_at, table.id))


def rows_of(person: Person, column: Any, names: str) -> Iterator[dict[str, Any]]:
    """Return the named columns of the rows that refer to the person by `column`."""
    table = column.class_
    return rows_in_order(select(*columns(table, names)).where(column == person.id), table)


def columns(table: Any, names: str) -> list[Any]:
    """Return columns of a table by their names, which are separated by spaces."""
    return [getattr(table, name) for name in names.split()]


def erase(person: Person) -> None:
    """Erase what features hold of a person, those above first because they refer to those below."""
    for function in reversed(_erasures):
        function(person)
    db.session.flush()
    backwards = tuple(reversed(_entries.values()))
    for entry in sorted(backwards, key=lambda entry: entry.last):
        if entry.fate == "keep":
            continue
        table, is_theirs = entry.column.class_, entry.column == person.id
        empty = update(table).where(is_theirs).values({entry.column.key: None})
        statement = delete(table).where(is_theirs) if entry.fate == "delete" else empty
        db.session.execute(statement.execution_options(synchronize_session=False))
