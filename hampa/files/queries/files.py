"""Files that a person sees, what they keep in all, and what waits for the worker."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select

from hampa.files.models import CHECKING, READY, RemovedFile, StoredFile
from hampa.files.queries.owners import Owner, is_owned_readably, is_readable, owner_kind, owner_kinds
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, hidden_ids, is_none_of, stand_in, summary_columns
from hampa.platform import clock
from hampa.platform.db import columns_of, db, loaded
from hampa.platform.errors import NotFound
from hampa.platform.security.virus_scanning import scans
from hampa.platform.statements import built_once, is_one_of
from hampa.platform.web import paging
from hampa.platform.web.paging import Page, rows_after

A_PAGE = 20
LATEST_SHOWN = 5
STUCK = timedelta(minutes=10)
GIVEN_UP = timedelta(days=2)
BATCH = 100


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file in a list, with who added it."""

    file: StoredFile
    uploader: PersonSummary

    @property
    def is_fetched(self) -> bool:
        """Return whether it is handed out."""
        return is_handed_out(self.file)


def is_handed_out(file: StoredFile) -> bool:
    """Return whether a file is handed out: it was checked and, where files are scanned, found clean."""
    return file.state == READY and (file.scanned_at is not None or not scans())


def file_for(person: Person, file_id: uuid.UUID) -> StoredFile:
    """Return a file that a person sees. Raise NotFound."""
    file: StoredFile | None = _file(person.id, file_id, hidden_ids(person)).scalar()
    if file is None:
        raise NotFound
    return file


@built_once
def _file(person_id: uuid.UUID, file_id: uuid.UUID, hidden: list[uuid.UUID]) -> Any:
    return select(StoredFile).where(StoredFile.id == file_id, *seen_by(person_id, hidden))


def seen_by(person_id: Any, hidden: Any, file: Any = StoredFile, owned: Any = None) -> list[Any]:
    """Return the conditions that a person sees a file, or an alias of it: those of others only once they are ready."""
    return [
        is_owned_readably(stand_in(person_id), file.owner_kind, file.owner_id, owned),
        is_none_of(file.uploader_id, hidden),
        or_(file.state == READY, file.uploader_id == person_id),
    ]


def files_of(person: Person, owner: Owner, after: str | None = None, size: int = A_PAGE) -> Page[FileRow]:
    """Return a page of the files of something whose files the person sees (`owner_for`), the latest first."""
    before, last_id = paging.decode(after, datetime, uuid.UUID) or (None, None)
    values = person.id, owner.kind, owner.id, hidden_ids(person), before, last_id, size + 1
    rows = [_row(row) for row in _files_of(*values, goes_on=before is not None)]
    return Page.of(rows, size, lambda row: (row.file.created_at, row.file.id))


@built_once
def _files_of(
    person_id: uuid.UUID,
    kind: str,
    owner_id: uuid.UUID,
    hidden: list[uuid.UUID],
    before: datetime | None,
    last_id: uuid.UUID | None,
    most: int,
    *,
    goes_on: bool,
) -> Any:
    query = (
        select(summary_columns(), *columns_of(StoredFile))
        .join(Person, Person.id == StoredFile.uploader_id)
        .where(StoredFile.owner_kind == kind, StoredFile.owner_id == owner_id)
        .where(is_none_of(StoredFile.uploader_id, hidden))
        .where(or_(StoredFile.state == READY, StoredFile.uploader_id == person_id))
    )
    key = StoredFile.created_at, StoredFile.id
    return rows_after(query, key, (before, last_id), most, goes_on=goes_on, descending=True)


def _row(row: Any) -> FileRow:
    return FileRow(loaded(StoredFile, row[1:]), row[0])


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of a person's own list, with the name of what it belongs to, "" where that is not theirs to see any more."""

    file: StoredFile
    owner_name: str
    endpoint: str
    values: dict[str, uuid.UUID]

    @property
    def is_fetched(self) -> bool:
        """Return whether its person still gets it."""
        return bool(self.owner_name) and is_handed_out(self.file)


def files_added_by(person: Person, after: str | None = None, size: int = A_PAGE) -> Page[StoredFile]:
    """Return a page of the files that a person has added anywhere, the latest first."""
    before, last_id = paging.decode(after, datetime, uuid.UUID) or (None, None)
    rows = _added_by(person.id, before, last_id, size + 1, goes_on=before is not None).scalars().all()
    return Page.of(rows, size, lambda file: (file.created_at, file.id))


def files_kept_by(person: Person, after: str | None = None, size: int = A_PAGE) -> Page[KeptFile]:
    """Return a page of `files_added_by` with the names of what the files are kept with, and where that is."""
    page = files_added_by(person, after, size)
    names = _names_of(person, page.items)
    return page.of_rows(
        lambda file: KeptFile(
            file,
            names.get(file.owner_id, ""),
            owner_kind(file.owner_kind).endpoint,
            owner_kind(file.owner_kind).values(file.owner_id),
        )
    )


@built_once
def _added_by(
    person_id: uuid.UUID, before: datetime | None, last_id: uuid.UUID | None, most: int, *, goes_on: bool
) -> Any:
    query = select(StoredFile).where(StoredFile.uploader_id == person_id)
    key = StoredFile.created_at, StoredFile.id
    return rows_after(query, key, (before, last_id), most, goes_on=goes_on, descending=True)


def _names_of(person: Person, files: Sequence[StoredFile]) -> dict[uuid.UUID, str]:
    names: dict[uuid.UUID, str] = {}
    for kind in owner_kinds():
        ids = [file.owner_id for file in files if file.owner_kind == kind.name]
        if ids:
            names.update({row[0]: row[1] for row in _named(person.id, ids, name=kind.name)})
    return names


@built_once
def _named(person_id: uuid.UUID, ids: list[uuid.UUID], *, name: str) -> Any:
    kind = owner_kind(name)
    query = kind.named()
    column = query.selected_columns[0]
    return query.where(is_one_of(column, ids), is_readable(stand_in(person_id), kind, column))


@dataclass(frozen=True, slots=True)
class Use:
    """How many files a person keeps here, and their bytes in all."""

    count: int
    size: int


def use_of(person: Person) -> Use:
    """Return what a person keeps here; what was refused does not count."""
    return Use(*map(int, _use(person.id).one()))


@built_once
def _use(person_id: uuid.UUID) -> Any:
    query = select(func.count(), func.coalesce(func.sum(StoredFile.size), 0))
    return query.where(StoredFile.uploader_id == person_id, StoredFile.object_name.is_not(None))


def file_to_check(file_id: uuid.UUID) -> StoredFile | None:
    """Return a file that the worker has to look at, locked."""
    query = select(StoredFile).where(StoredFile.id == file_id, StoredFile.object_name.is_not(None), _waits())
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def _waits() -> Any:
    return (
        or_(StoredFile.state == CHECKING, StoredFile.scanned_at.is_(None)) if scans() else StoredFile.state == CHECKING
    )


def files_stuck() -> Sequence[uuid.UUID]:
    """Return files that nobody has looked at for long, or that were kept before files were scanned here."""
    query = select(StoredFile.id).where(StoredFile.object_name.is_not(None), _waits())
    query = query.where(StoredFile.created_at < clock.now() - STUCK)
    return db.session.scalars(query.order_by(StoredFile.created_at).limit(BATCH)).all()


def files_given_up() -> Sequence[StoredFile]:
    """Return files of which nobody could say for two days whether they are clean, locked."""
    query = select(StoredFile).where(StoredFile.state == CHECKING, StoredFile.created_at < clock.now() - GIVEN_UP)
    return db.session.scalars(query.order_by(StoredFile.created_at).limit(BATCH).with_for_update()).all()


def existing_files(ids: list[uuid.UUID]) -> Iterable[uuid.UUID]:
    """Return those of the ids that are files."""
    return db.session.scalars(select(StoredFile.id).where(StoredFile.id.in_(ids)))


def removed_objects() -> list[tuple[uuid.UUID, str]]:
    """Return what the storage has to delete, the oldest first."""
    query = select(RemovedFile.id, RemovedFile.object_name).order_by(RemovedFile.created_at).limit(BATCH)
    return [(row.id, row.object_name) for row in db.session.execute(query)]
