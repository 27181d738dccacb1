"""What happened with an athlete or a plan, in order, with who, why, and what differs."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from hampa.coaching.models.athletes import CoachingEvent
from hampa.coaching.models.sessions import EXCUSED, SKIPPED
from hampa.coaching.queries.athletes import AthleteSeen
from hampa.coaching.queries.sessions import PlanSeen
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, hidden_from, summary_columns
from hampa.platform.db import db
from hampa.platform.web.paging import Page, select_page

A_PAGE = 30
FELT = ("answered", "matched", "unmatched")
"""Kinds of events that tell what an athlete did and felt."""
GIVEN_UP = ("skipped", "excused", "shortened", "planned")
"""Kinds of events of which the reason says why an athlete did not do what was planned."""
KINDS = {
    "plans": ("plan_made", "from_template", "race_moved"),
    "sessions": ("added", "changed", "moved", "shortened", "skipped", "excused", "planned", "deleted"),
    "answers": FELT,
    "knowledge": ("note_shared", "file_added"),
    "record": (
        *("athlete_added", "status", "archived", "unarchived", "invited"),
        *("agreed", "rights", "coach_added", "coach_removed"),
    ),
}
"""Filters of a timeline, by name."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """Something that happened; `person` is who did it, None for who is gone or hidden."""

    id: uuid.UUID
    created_at: datetime
    what: str
    why: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    plan_id: uuid.UUID | None
    person: PersonSummary | None


def timeline_of(
    viewer: Person, seen: AthleteSeen, kind: str = "", after: str | None = None, size: int = A_PAGE
) -> Page[EventRow]:
    """Return a page of what happened with an athlete, the latest first."""
    query = _events(viewer).where(CoachingEvent.athlete_id == seen.record.id)
    if not seen.may("activities"):
        query = query.where(CoachingEvent.what.not_in(FELT))
    if kind in KINDS:
        query = query.where(CoachingEvent.what.in_(KINDS[kind]))
    return _page(viewer, query, after, size, sees_done=seen.may("activities"))


def changes_of(viewer: Person, seen: PlanSeen, after: str | None = None, size: int = A_PAGE) -> Page[EventRow]:
    """Return a page of the changes of a plan, the latest first."""
    query = _events(viewer).where(CoachingEvent.plan_id == seen.plan.id)
    if not seen.sees_done:
        query = query.where(CoachingEvent.what.not_in(FELT))
    return _page(viewer, query, after, size, sees_done=seen.sees_done)


def told(
    what: str, why: str, before: Mapping[str, Any], after: Mapping[str, Any], *, sees_why: bool
) -> tuple[str, str, Mapping[str, Any], Mapping[str, Any]]:
    """Return an event as it is told: who does not see what was done learns that a session is off, and not why."""
    if sees_why:
        return what, why, before, after
    sides = [_without_excuse(side) for side in (before, after)]
    return SKIPPED if what == EXCUSED else what, "" if what in GIVEN_UP else why, sides[0], sides[1]


def _without_excuse(side: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in side.items() if name != "excuse"}
    if kept.get("state") == EXCUSED:
        kept["state"] = SKIPPED
    return kept


def _events(viewer: Person) -> Any:
    shown = (Person.id == CoachingEvent.person_id) & or_(
        Person.id == viewer.id, (Person.state == "active") & Person.id.not_in(hidden_from(viewer.id))
    )
    columns = (getattr(CoachingEvent, name) for name in EventRow.__slots__[:-1])
    return select(*columns, Person.id.label("who"), summary_columns()).outerjoin(Person, shown)


def _page(viewer: Person, query: Any, after: str | None, size: int, *, sees_done: bool) -> Page[EventRow]:
    query = select_page(query, after, size, CoachingEvent.created_at, CoachingEvent.id, descending=True)
    rows = [_row(row, sees_why=sees_done or row.who == viewer.id) for row in db.session.execute(query)]
    return Page.of(rows, size, lambda row: (row.created_at, row.id))


def _row(row: Any, *, sees_why: bool) -> EventRow:
    shown = told(row.what, row.why, row.before, row.after, sees_why=sees_why)
    return EventRow(row.id, row.created_at, *shown, row.plan_id, row[8] if row.who is not None else None)
