"""Questions about reports."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, literal, or_, select, tuple_
from sqlalchemy.orm import joinedload

from hampa.moderation.models import OPEN, Decision, Report
from hampa.moderation.subjects import Seen, subject_of
from hampa.people.models.person import Person
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.web.paging import Page, decode

A_PAGE = 30
HISTORY = 20


@dataclass(frozen=True, slots=True)
class Listed:
    """A report as a line of the operators' list; `others` wait beside it about the same thing."""

    id: uuid.UUID
    kind: str
    reason: str
    title: str
    name: str | None
    others: int
    decision: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Decided:
    """A line of the log about one person."""

    decision: str
    note: str
    until: datetime | None
    by: str | None
    created_at: datetime


def seen_for(person: Person, kind: str, subject_id: uuid.UUID) -> Seen:
    """The thing as this person sees it, to be reported. Raises NotFound, also for one's own."""
    seen = subject_of(kind).see(person, subject_id)
    if seen.about_id == person.id:
        raise NotFound
    return seen


def open_report(person: Person, kind: str, subject_id: uuid.UUID) -> Report | None:
    """This person's report of the thing that waits to be looked at."""
    return db.session.scalar(
        select(Report).where(
            Report.reporter_id == person.id, Report.kind == kind, Report.subject_id == subject_id, Report.state == OPEN
        )
    )


def report_of(person: Person, report_id: uuid.UUID) -> Report:
    """A report that this person sent. Raises NotFound."""
    found = db.session.scalar(select(Report).where(Report.id == report_id, Report.reporter_id == person.id))
    if found is None:
        raise NotFound
    return found


def reports(operator: Person, state: str, after: str | None = None) -> Page[Listed]:
    """For operators: those that wait, the one that waits longest first, or those decided, the last one first.

    None about the operator: another one looks at these.
    """
    same = Report.__table__.alias("same")
    others = (
        select(func.count())
        .select_from(same)
        .where(same.c.subject_id == Report.subject_id, same.c.state == OPEN, same.c.id != Report.id)
        .where(same.c.about_id.is_distinct_from(operator.id))
        .scalar_subquery()
    )
    waits = state == OPEN
    order = (Report.created_at, Report.id) if waits else (Report.created_at.desc(), Report.id.desc())
    query = (
        select(
            Report.id,
            Report.kind,
            Report.reason,
            Report.shown["title"].astext,
            Person.name,
            others,
            Report.decision,
            Report.created_at,
        )
        .outerjoin(Person, Person.id == Report.about_id)
        .where(Report.state == state, _about_another(operator))
        .order_by(*order)
        .limit(A_PAGE + 1)
    )
    key = decode(after, datetime, uuid.UUID)
    if key is not None:
        place, at = tuple_(Report.created_at, Report.id), tuple_(*map(literal, key))
        query = query.where(place > at if waits else place < at)
    rows = [Listed(*row) for row in db.session.execute(query)]
    return Page.of(rows, A_PAGE, lambda row: (row.created_at, row.id))


def report(operator: Person, report_id: uuid.UUID) -> Report:
    """For operators: a report with both people. Raises NotFound, also for one about this operator."""
    query = select(Report).where(Report.id == report_id, _about_another(operator))
    found = db.session.scalar(query.options(joinedload(Report.reporter), joinedload(Report.about)))
    if found is None:
        raise NotFound
    return found


def locked(operator: Person, report_id: uuid.UUID) -> Report:
    """A report as it is now, locked until the transaction ends with all others of the same thing that wait, in one order:
    of two operators who decide about two of them, one waits for the other. Raises NotFound as `report` does."""
    one = db.session.scalar(select(Report).where(Report.id == report_id, _about_another(operator)))
    if one is None:
        raise NotFound
    same = same_thing(operator, one).where(or_(Report.state == OPEN, Report.id == report_id))
    same = same.order_by(Report.id).with_for_update()
    found = {report.id: report for report in db.session.scalars(same.execution_options(populate_existing=True))}
    if report_id not in found:
        raise NotFound
    return found[report_id]


def same_thing(operator: Person, report: Report) -> Select[Report]:
    """A SELECT of all reports of what this one is about. A run that was handed over was of different people: those about
    the operator are not among them."""
    same = select(Report).where(Report.kind == report.kind, Report.subject_id == report.subject_id)
    return same.where(_about_another(operator))


def _about_another(operator: Person) -> ColumnElement[bool]:
    return Report.about_id.is_distinct_from(operator.id)


def decisions_about(person_id: uuid.UUID | None) -> Sequence[Decided]:
    """The log about a person, the last one first; of those who are forgotten there is none."""
    if person_id is None:
        return []
    rows = db.session.execute(
        select(Decision.decision, Decision.note, Decision.until, Person.name, Decision.created_at)
        .outerjoin(Person, Person.id == Decision.by_id)
        .where(Decision.person_id == person_id)
        .order_by(Decision.created_at.desc())
        .limit(HISTORY)
    )
    return [Decided(*row) for row in rows]


def reports_about(person_id: uuid.UUID | None, but: uuid.UUID) -> Sequence[Report]:
    """Other reports about a person and what is theirs, the last one first; none about who is forgotten."""
    if person_id is None:
        return []
    query = select(Report).where(Report.about_id == person_id, Report.id != but)
    return db.session.scalars(query.order_by(Report.created_at.desc()).limit(HISTORY)).all()
