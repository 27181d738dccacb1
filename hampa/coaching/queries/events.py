"""What happened with an athlete or a plan, in order, with who, why, and what differs."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, tuple_

from hampa.coaching.models.athletes import CoachingEvent
from hampa.coaching.models.sessions import EXCUSED, SKIPPED
from hampa.coaching.queries.athletes import AthleteSeen
from hampa.coaching.queries.sessions import PlanSeen
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, hidden_from, summary_columns
from hampa.platform.statements import built_once
from hampa.platform.web.paging import Page, decode

A_PAGE = 30
FELT = ("answered", "matched", "unmatched")
"""Kinds of events that tell what an athlete did and felt."""
GIVEN_UP = ("skipped", "excused", "shortened", "planned")
"""Kinds of events of which the reason says why an athlete did not do what was planned."""
TIME = ("other_time", "usual_time")
"""Kinds of events that tell when an athlete has time."""
KINDS = {
    "plans": (
        *("plan_made", "plan_changed", "from_template", "race_moved"),
        *("step_added", "step_reached", "step_open", "step_deleted"),
    ),
    "sessions": ("added", "changed", "moved", "shortened", "skipped", "excused", "planned", "deleted", *TIME),
    "answers": FELT,
    "knowledge": ("note_shared", "file_added", "summary_shared"),
    "record": (
        *("athlete_added", "status", "archived", "unarchived", "invited"),
        *("agreed", "rights", "coach_added", "coach_removed", "head_changed"),
    ),
}
"""Filters of a timeline, by name."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """Something that happened; `person` is who did it, None for who is gone or hidden.

    `is_told` says to coaches that the athlete was notified of it.
    """

    id: uuid.UUID
    created_at: datetime
    what: str
    why: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    plan_id: uuid.UUID | None
    is_told: bool
    person: PersonSummary | None


def timeline_of(
    viewer: Person, seen: AthleteSeen, kind: str = "", after: str | None = None, size: int = A_PAGE
) -> Page[EventRow]:
    """Return a page of what happened with an athlete, the latest first."""
    kind = kind if kind in KINDS else ""
    shape: dict[str, Any] = {"column": "athlete_id", "sees_done": seen.may("activities")}
    shape["sees_time"] = seen.may("availability")
    return _page(viewer, seen.record.id, kind, after, size, **shape, keeps=True)


def changes_of(viewer: Person, seen: PlanSeen, after: str | None = None, size: int = A_PAGE) -> Page[EventRow]:
    """Return a page of the changes of a plan, the latest first."""
    shape: dict[str, Any] = {"column": "plan_id", "sees_done": seen.sees_done, "sees_time": False}
    return _page(viewer, seen.plan.id, "", after, size, **shape, keeps=seen.member.keeps)


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


def _page(
    viewer: Person,
    of_id: uuid.UUID,
    kind: str,
    after: str | None,
    size: int,
    *,
    column: str,
    sees_done: bool,
    sees_time: bool,
    keeps: bool,
) -> Page[EventRow]:
    before, last_id = decode(after, datetime, uuid.UUID) or (None, None)
    shape: dict[str, Any] = {"column": column, "kind": kind, "sees_done": sees_done, "goes_on": before is not None}
    shape["sees_time"] = sees_time
    found = _events(viewer.id, of_id, before, last_id, size + 1, **shape)
    rows = [_row(row, sees_why=sees_done or row.who == viewer.id, keeps=keeps) for row in found]
    return Page.of(rows, size, lambda row: (row.created_at, row.id))


@built_once
def _events(
    viewer_id: uuid.UUID,
    of_id: uuid.UUID,
    before: datetime | None,
    last_id: uuid.UUID | None,
    most: int,
    *,
    column: str,
    kind: str,
    sees_done: bool,
    sees_time: bool,
    goes_on: bool,
) -> Any:
    event = CoachingEvent
    shown = (Person.id == event.person_id) & or_(
        Person.id == viewer_id, (Person.state == "active") & Person.id.not_in(hidden_from(viewer_id))
    )
    columns: list[Any] = [getattr(event, name) for name in EventRow.__slots__[:-1]]
    query = select(*columns, Person.id.label("who"), summary_columns()).select_from(event).outerjoin(Person, shown)
    query = query.where(getattr(event, column) == of_id)
    if not sees_done:
        query = query.where(event.what.not_in(FELT))
    if not sees_time:
        query = query.where(event.what.not_in(TIME))
    if kind:
        query = query.where(event.what.in_(KINDS[kind]))
    if goes_on:
        query = query.where(tuple_(event.created_at, event.id) < tuple_(before, last_id))
    return query.order_by(event.created_at.desc(), event.id.desc()).limit(most)


def _row(row: Any, *, sees_why: bool, keeps: bool) -> EventRow:
    shown = told(row.what, row.why, row.before, row.after, sees_why=sees_why)
    person = row[9] if row.who is not None else None
    return EventRow(row.id, row.created_at, *shown, row.plan_id, row.is_told and keeps, person)
