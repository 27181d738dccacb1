"""Questions about reports and decisions."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload

from hampa.moderation.models import BAN, OPEN, SUSPEND, BanAppeal, Decision, Report
from hampa.moderation.subjects import SubjectSnapshot, subject_of
from hampa.people.models import Person
from hampa.people.queries import stand_in
from hampa.platform.db import db, scalar_or_404
from hampa.platform.errors import NotFound
from hampa.platform.web.paging import Page, select_page

A_PAGE = 30
HISTORY = 20


@dataclass(frozen=True, slots=True)
class ListedReport:
    """A report as a row of the operators' list; `others` is the number of other open reports of the subject."""

    id: uuid.UUID
    kind: str
    reason: str
    title: str
    name: str | None
    others: int
    decision: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LoggedDecision:
    """An entry of the log about one person; `by` is the operator's name."""

    decision: str
    note: str
    until: datetime | None
    by: str | None
    created_at: datetime
    report_id: uuid.UUID | None


def snapshot_for(person: Person, kind: str, subject_id: uuid.UUID) -> SubjectSnapshot:
    """Return the subject as this person sees it, to report it. Raise `NotFound`, also for their own."""
    snapshot = subject_of(kind).snapshot(person, subject_id)
    if snapshot.about_id == person.id:
        raise NotFound
    return snapshot


def open_report(person: Person, kind: str, subject_id: uuid.UUID) -> Report | None:
    """Return this person's open report of the subject."""
    return db.session.scalar(
        select(Report).where(
            Report.reporter_id == person.id, Report.kind == kind, Report.subject_id == subject_id, Report.state == OPEN
        )
    )


def report_of(person: Person, report_id: uuid.UUID) -> Report:
    """Return a report that this person sent. Raise `NotFound`."""
    return scalar_or_404(select(Report).where(Report.id == report_id, Report.reporter_id == person.id))


def reports(operator: Person, state: str, after: str | None = None) -> Page[ListedReport]:
    """Return a page of reports for operators: open ones, the oldest first, or decided ones, the newest first.

    Reports about the operator are left out: another operator decides about these.
    """
    same = Report.__table__.alias("same")
    others = (
        select(func.count())
        .select_from(same)
        .where(same.c.subject_id == Report.subject_id, same.c.state == OPEN, same.c.id != Report.id)
        .where(same.c.about_id.is_distinct_from(operator.id))
        .scalar_subquery()
    )
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
    )
    query = select_page(query, after, A_PAGE, Report.created_at, Report.id, descending=state != OPEN)
    rows = [ListedReport(*row) for row in db.session.execute(query)]
    return Page.of(rows, A_PAGE, lambda row: (row.created_at, row.id))


def open_reports(operator_id: Any) -> Select[Any]:
    """Return a SELECT of the reports that wait for this operator's decision, to be counted."""
    return select(Report.id).where(Report.state == OPEN, _about_another(stand_in(operator_id)))


def report(operator: Person, report_id: uuid.UUID) -> Report:
    """Return a report with both people, for operators. Raise `NotFound`, also for one about this operator."""
    query = select(Report).where(Report.id == report_id, _about_another(operator))
    return scalar_or_404(query.options(joinedload(Report.reporter), joinedload(Report.about)))


def lock_report(operator: Person, report_id: uuid.UUID) -> Report:
    """Return a report as it is now, locked with all open reports of the same subject.

    The locks are taken in one order: of two operators who decide about two of the reports, one waits for the other.
    Raise `NotFound` as `report` does.
    """
    unlocked = scalar_or_404(select(Report).where(Report.id == report_id, _about_another(operator)))
    query = same_subject(operator, unlocked).where(or_(Report.state == OPEN, Report.id == report_id))
    query = query.order_by(Report.id).with_for_update().execution_options(populate_existing=True)
    reports = {report.id: report for report in db.session.scalars(query)}
    if report_id not in reports:
        raise NotFound
    return reports[report_id]


def same_subject(operator: Person, report: Report) -> Select[Report]:
    """Return a SELECT of all reports of the subject of this one.

    Reports of a run that was handed over are about different people; those about the operator are left out.
    """
    return select(Report).where(
        Report.kind == report.kind, Report.subject_id == report.subject_id, _about_another(operator)
    )


def _about_another(operator: Person) -> ColumnElement[bool]:
    return Report.about_id.is_distinct_from(operator.id)


def decisions_about(person_id: uuid.UUID | None) -> Sequence[LoggedDecision]:
    """Return the log about a person, the newest first; nothing for an erased one (None)."""
    if person_id is None:
        return []
    rows = db.session.execute(
        select(Decision.decision, Decision.note, Decision.until, Person.name, Decision.created_at, Decision.report_id)
        .outerjoin(Person, Person.id == Decision.by_id)
        .where(Decision.person_id == person_id)
        .order_by(Decision.created_at.desc())
        .limit(HISTORY)
    )
    return [LoggedDecision(*row) for row in rows]


def reports_about(person_id: uuid.UUID | None, except_id: uuid.UUID) -> Sequence[Report]:
    """Return other reports about a person and their things, the newest first; nothing for an erased one (None)."""
    if person_id is None:
        return []
    query = select(Report).where(Report.about_id == person_id, Report.id != except_id)
    return db.session.scalars(query.order_by(Report.created_at.desc()).limit(HISTORY)).all()


def decision_against(person: Person) -> Decision | None:
    """Return the decision by which a person is shut out now, None for others."""
    if person.state not in ("suspended", "banned"):
        return None
    query = select(Decision).where(Decision.person_id == person.id, Decision.decision.in_((SUSPEND, BAN)))
    return db.session.scalar(query.order_by(Decision.created_at.desc(), Decision.id.desc()).limit(1))


def latest_appeal(person: Person) -> BanAppeal | None:
    """Return the last appeal of a person."""
    query = select(BanAppeal).where(BanAppeal.person_id == person.id)
    return db.session.scalar(query.order_by(BanAppeal.created_at.desc(), BanAppeal.id.desc()).limit(1))


def appeal_by_id(operator: Person, appeal_id: uuid.UUID, *, lock: bool = False) -> BanAppeal:
    """Return an appeal, for operators. Raise NotFound, also for one of this operator."""
    query = select(BanAppeal).where(BanAppeal.id == appeal_id, BanAppeal.person_id != operator.id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return scalar_or_404(query)


@dataclass(frozen=True, slots=True)
class ListedAppeal:
    """An appeal as a row of the operators' list."""

    id: uuid.UUID
    name: str
    words: str
    is_granted: bool | None
    created_at: datetime


def appeals(operator: Person, state: str, after: str | None = None) -> Page[ListedAppeal]:
    """Return a page of appeals for operators: open ones, the oldest first, or decided ones, the newest first."""
    appeal = BanAppeal
    query = (
        select(appeal.id, Person.name, appeal.words, appeal.is_granted, appeal.created_at)
        .join(Person, Person.id == appeal.person_id)
        .where(appeal.state == state, appeal.person_id != operator.id)
    )
    query = select_page(query, after, A_PAGE, appeal.created_at, appeal.id, descending=state != OPEN)
    rows = [ListedAppeal(*row) for row in db.session.execute(query)]
    return Page.of(rows, A_PAGE, lambda row: (row.created_at, row.id))


def open_appeals(operator_id: Any) -> Select[Any]:
    """Return a SELECT of the appeals that wait for this operator's decision, to be counted."""
    return select(BanAppeal.id).where(BanAppeal.state == OPEN, BanAppeal.person_id != operator_id)
