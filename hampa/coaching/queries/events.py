"""What happened with an athlete or a plan, in order, with who, why, and what differs."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from hampa.coaching.models.athletes import CoachingEvent
from hampa.coaching.queries.athletes import AthleteSeen
from hampa.coaching.queries.sessions import PlanSeen
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, hidden_from, summary_columns
from hampa.platform.db import db
from hampa.platform.web.paging import Page, select_page

A_PAGE = 30
FELT = ("answered", "matched", "unmatched")
"""Kinds of events that tell what an athlete did and felt."""
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

    @property
    def fields(self) -> list[str]:
        """Return the names of what differs, in order."""
        return [*self.before, *(name for name in self.after if name not in self.before)]


def timeline_of(
    viewer: Person, seen: AthleteSeen, kind: str = "", after: str | None = None, size: int = A_PAGE
) -> Page[EventRow]:
    """Return a page of what happened with an athlete, the latest first."""
    query = _events(viewer).where(CoachingEvent.athlete_id == seen.record.id)
    if not seen.may("activities"):
        query = query.where(CoachingEvent.what.not_in(FELT))
    if kind in KINDS:
        query = query.where(CoachingEvent.what.in_(KINDS[kind]))
    return _page(query, after, size)


def changes_of(viewer: Person, seen: PlanSeen, after: str | None = None, size: int = A_PAGE) -> Page[EventRow]:
    """Return a page of the changes of a plan, the latest first."""
    query = _events(viewer).where(CoachingEvent.plan_id == seen.plan.id)
    if not seen.sees_done:
        query = query.where(CoachingEvent.what.not_in(FELT))
    return _page(query, after, size)


def _events(viewer: Person) -> Any:
    shown = (Person.id == CoachingEvent.person_id) & or_(
        Person.id == viewer.id, (Person.state == "active") & Person.id.not_in(hidden_from(viewer.id))
    )
    columns = (getattr(CoachingEvent, name) for name in EventRow.__slots__[:-1])
    return select(*columns, Person.id.label("who"), summary_columns()).outerjoin(Person, shown)


def _page(query: Any, after: str | None, size: int) -> Page[EventRow]:
    query = select_page(query, after, size, CoachingEvent.created_at, CoachingEvent.id, descending=True)
    found: list[Any] = list(db.session.execute(query))
    names = EventRow.__slots__[:7]
    rows = [
        EventRow(**dict(zip(names, row, strict=False)), person=row[8] if row[7] is not None else None) for row in found
    ]
    return Page.of(rows, size, lambda row: (row.created_at, row.id))
