"""Questions about the audit log."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, case, func, select, union
from sqlalchemy.orm import aliased

from hampa.audit.models import AuditEntry
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.statements import built_once
from hampa.platform.texts.cleaning import by_alphabet
from hampa.platform.web.paging import Page, select_page

A_PAGE = 50
EXPORT_BATCH = 500
SHELL = "shell"
"""The actor of what was done at the command line or by a job."""


@dataclass(frozen=True)
class AuditFilters:
    """Which entries: `actor` is the id of an operator or `SHELL`, `subject` the id of a thing or of a person.

    `since` and `until` are moments, the second one excluded.
    """

    actor: str | None = None
    action: str | None = None
    thing: str | None = None
    subject: uuid.UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the conditions of the entries."""
        conditions: list[ColumnElement[bool]] = []
        if self.actor == SHELL:
            conditions.append(AuditEntry.actor_id.is_(None))
        elif self.actor:
            conditions.append(AuditEntry.actor_id == uuid.UUID(self.actor))
        if self.action:
            conditions.append(AuditEntry.action == self.action)
        if self.thing:
            conditions.append(AuditEntry.subject_kind == self.thing)
        if self.subject:
            conditions.append((AuditEntry.subject_id == self.subject) | (AuditEntry.about_id == self.subject))
        if self.since:
            conditions.append(AuditEntry.created_at >= self.since)
        if self.until:
            conditions.append(AuditEntry.created_at < self.until)
        return conditions


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An entry as a row of the list; `actor` and `about` are names, None where nobody is named."""

    id: uuid.UUID
    created_at: datetime
    actor_id: uuid.UUID | None
    actor: str | None
    source: str
    action: str
    subject_kind: str
    subject_id: uuid.UUID | None
    subject_label: str
    about_id: uuid.UUID | None
    about: str | None
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str
    address: str
    request_id: str


def _called(name: Any, phone: Any) -> Any:
    """Return the expression of a name, or of the masked number of who has none."""
    masked = func.regexp_replace(phone, r"^(\+\d\d)\d+(\d\d)$", r"\1******\2")
    return case((name != "", name), (phone.startswith("+"), masked), else_="")


def _rows(filters: AuditFilters) -> Select[*tuple[Any, ...]]:
    actor, person = aliased(Person), aliased(Person)
    entry = AuditEntry
    columns = (entry.action, entry.subject_kind, entry.subject_id, entry.subject_label, entry.about_id, person.name)
    return (
        select(entry.id, entry.created_at, entry.actor_id, _called(actor.name, actor.phone), entry.source, *columns)
        .add_columns(entry.before, entry.after, entry.reason, entry.address, entry.request_id)
        .outerjoin(actor, actor.id == entry.actor_id)
        .outerjoin(person, person.id == entry.about_id)
        .where(*filters.conditions())
    )


def entries_page(filters: AuditFilters, after: str | None, size: int = A_PAGE) -> Page[AuditRow]:
    """Return a page of entries, the newest first."""
    query = select_page(_rows(filters), after, size, AuditEntry.created_at, AuditEntry.id, descending=True)
    rows = [AuditRow(*row) for row in db.session.execute(query)]
    return Page.of(rows, size, lambda row: (row.created_at, row.id))


def entries(filters: AuditFilters, most: int) -> Iterator[AuditRow]:
    """Yield entries, the newest first, read in batches."""
    query = _rows(filters).order_by(AuditEntry.created_at.desc(), AuditEntry.id.desc()).limit(most)
    for row in db.session.execute(query, execution_options={"yield_per": EXPORT_BATCH}):
        yield AuditRow(*row)


def actors() -> Sequence[tuple[uuid.UUID, str]]:
    """Return the id and the name of the people who are operators or have acted as one, the first hundred by name."""
    return [(row.id, row.name) for row in _actors()]


@built_once
def _actors() -> Any:
    called = _called(Person.name, Person.phone).label("name")
    operators = select(Person.id).where(Person.is_operator)
    return (
        select(Person.id, called)
        .where(Person.id.in_(union(operators, select(_who_acted().c.id))))
        .order_by(by_alphabet(Person.name), Person.id)
        .limit(100)
    )


def _who_acted() -> CTE:
    """Return the ids of who has acted, each found in the index after the one before: an operator may have a million entries."""
    entry = AuditEntry.actor_id
    first = select(entry.label("id")).where(entry.is_not(None)).order_by(entry).limit(1).subquery()
    acted = select(first.c.id).cte("acted", recursive=True)
    after = select(entry).where(entry > acted.c.id).order_by(entry).limit(1).scalar_subquery()
    return acted.union_all(select(after).where(acted.c.id.is_not(None)))
