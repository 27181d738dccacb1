"""What each feature holds of a person, so that it can be given to them, and forgotten.

Every feature that has something of people has a module `privacy`, which the composer imports as it imports jobs. There
each column that refers to a person is written down (`holds`): under which noun its rows are in the person's export, or
why they are not, and what becomes of them when the person is erased. The nouns themselves are functions marked with
`exports`; what an erasure has to do beside rows that go or lose their person is marked with `forgets`. A foreign key to
people that is written down nowhere fails a test of the house.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from sqlalchemy import Select, delete, update
from sqlalchemy.orm import InstrumentedAttribute

from hampa.people.models.person import Person
from hampa.platform.db import db

Fate = Literal["delete", "empty", "keep"]
"""Of a row whose person is erased: it goes, it names nobody any more, or it stays with "a deleted person"."""

AT_ONCE = 500
"""Rows that are held in memory while a noun is written."""


@dataclass(frozen=True)
class Entry:
    """One column that refers to a person. `noun` is empty when `left_out` says why its rows are in no export; a row that
    is kept says why (`because`).
    """

    column: InstrumentedAttribute[Any]
    noun: str
    left_out: str
    fate: Fate
    because: str


@dataclass(frozen=True)
class Noun:
    """One file of an export: `words` say what is in it, `rows` gives its rows, whose keys are a promise."""

    name: str
    words: Any
    rows: Callable[[Person], Iterable[dict[str, Any]]]


@dataclass(frozen=True)
class Document:
    """A file of an export that other programs read, bit by bit."""

    name: str
    words: Any
    content: Callable[[Person], Iterable[bytes]]


@dataclass(frozen=True)
class Attachment:
    """A file of the person's own: its name in the export, and in our storage."""

    name: str
    kept_as: str


Attachments = Callable[[Person], Iterable[Attachment]]
Forget = Callable[[Person], None]
F = TypeVar("F", bound=Callable[..., Any])

_entries: dict[tuple[str, str], Entry] = {}
_nouns: dict[str, Noun] = {}
_documents: dict[str, Document] = {}
_attachments: list[Attachments] = []
_forgets: list[Forget] = []


def holds(column: Any, *, noun: str = "", left_out: str = "", fate: Fate, because: str = "") -> None:
    """Write a column down that refers to a person."""
    if bool(noun) == bool(left_out):
        raise ValueError(f"{column} is in the export under a noun, or a reason says why it is left out")
    if (fate == "keep") != bool(because):
        raise ValueError(f"{column} is kept for a reason, and nothing else has one")
    _entries[column.class_.__tablename__, column.key] = Entry(column, noun, left_out, fate, because)


def exports(name: str, words: Any) -> Callable[[F], F]:
    """Let a function give the rows of a noun, `<name>.json` in the export."""

    def register(function: F) -> F:
        _nouns[name] = Noun(name, words, function)
        return function

    return register


def exports_document(name: str, words: Any) -> Callable[[F], F]:
    """Let a function make a file of the export, under its whole name."""

    def register(function: F) -> F:
        _documents[name] = Document(name, words, function)
        return function

    return register


def exports_files(function: F) -> F:
    """Let a function name files of the person's own."""
    _attachments.append(function)
    return function


def erases(function: F) -> F:
    """Let a function do what an erasure needs beside what `holds` says; it is called first, and may be called twice."""
    _forgets.append(function)
    return function


def entries() -> dict[tuple[str, str], Entry]:
    """All columns that are written down, by table and column."""
    return dict(_entries)


def nouns() -> Iterable[Noun]:
    """All nouns, in the order of the features."""
    return tuple(_nouns.values())


def documents() -> Iterable[Document]:
    """All files for other programs."""
    return tuple(_documents.values())


def attachments(person: Person) -> Iterator[Attachment]:
    """The files of a person's own, in all features."""
    for of_feature in _attachments:
        yield from of_feature(person)


def rows(query: Select[*tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    """The rows of a question by the names of its columns, a few at a time."""
    found = db.session.execute(query, execution_options={"yield_per": AT_ONCE})
    return (dict(row) for row in found.mappings())


def rows_in_order(query: Select[*tuple[Any, ...]], table: Any) -> Iterator[dict[str, Any]]:
    """Return the rows of a question in the order in which those of `table` were made."""
    return rows(query.order_by(table.created_at, table.id))


def columns(table: Any, names: str) -> list[Any]:
    """Columns of a table by their names, which stand in a row."""
    return [getattr(table, name) for name in names.split()]


def erase(person: Person) -> None:
    """Let nothing be left of what features hold of a person. The features above go first: they refer to those below."""
    for function in reversed(_forgets):
        function(person)
    db.session.flush()
    for entry in reversed(_entries.values()):
        table = entry.column.class_
        if entry.fate == "delete":
            gone = delete(table).where(entry.column == person.id)
            db.session.execute(gone.execution_options(synchronize_session=False))
        elif entry.fate == "empty":
            nobody = update(table).where(entry.column == person.id).values({entry.column.key: None})
            db.session.execute(nobody.execution_options(synchronize_session=False))
