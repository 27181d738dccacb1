"""Timelines: pages of entries that a viewer sees, with their words, likes and comments."""

import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select

from hampa.people.models import Person
from hampa.people.queries import (
    Circle,
    PersonSummary,
    hidden_from,
    is_visible_to,
    names_people,
    summary_columns,
    viewer_in,
    wide_circle,
)
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.one_by_one import JoinOneByOne, OneByOne
from hampa.platform.statements import planned_once
from hampa.platform.web.paging import After, Page, rows_after, select_page
from hampa.timeline.models import TimelineComment, TimelineEntry, TimelineLike, entry_kinds

A_PAGE = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as its viewer sees it; `values`, which nobody changes, are those of its kind."""

    id: uuid.UUID
    kind: str
    happened_at: datetime
    subject_id: uuid.UUID
    person: PersonSummary
    likes: int
    is_liked: bool
    comments: int
    created_at: datetime
    values: Mapping[str, Any] = field(hash=False)

    @property
    def template(self) -> str:
        """Return the template of its line."""
        return entry_kinds()[self.kind].template


def is_shown_to(viewer: Person) -> ColumnElement[bool]:
    """Return the condition that a viewer sees a `TimelineEntry`; the statement has its `Person`."""
    by_kind = [and_(TimelineEntry.kind == kind.name, kind.is_shown_to(viewer)) for kind in entry_kinds().values()]
    others = and_(Person.state == "active", Person.id.not_in(hidden_from(viewer.id)))
    return and_(or_(Person.id == viewer.id, others), or_(false(), *by_kind))


def timeline(
    viewer: Person,
    *,
    person_id: uuid.UUID | None = None,
    plan_id: uuid.UUID | None = None,
    crew_id: uuid.UUID | None = None,
    kind: str = "",
    after: str | None = None,
    size: int = A_PAGE,
) -> Page[Entry]:
    """Return a page of what a viewer sees of a person, a plan or a crew, the latest first, of one kind if it is named.

    One statement for the entries, and one for each kind among them, however many there are.
    """
    of = {"person_id": person_id, "plan_id": plan_id, "crew_id": crew_id}
    column, of_id = next((name, value) for name, value in of.items() if value is not None)
    last = After.of(after)
    shape: dict[str, Any] = {"circle": wide_circle(viewer), "column": column}
    shape |= {"is_of_kind": bool(kind), "is_first": last.is_first}
    rows = _page_rows(viewer.id, of_id, kind, last, size + 1, **shape).all()
    page = Page.of(rows, size, lambda row: (row.happened_at, row.id))
    return Page(_with_values(viewer, page.items), page.next)


def entry_for(viewer: Person, entry_id: uuid.UUID) -> Entry:
    """Return an entry that a viewer sees. Raise NotFound."""
    rows = _with_values(viewer, _one_row(viewer.id, entry_id, circle=wide_circle(viewer)).all())
    if not rows:
        raise NotFound
    return rows[0]


@planned_once
def _page_rows(
    viewer_id: uuid.UUID,
    of_id: uuid.UUID,
    kind: str,
    last: After,
    most: int,
    *,
    circle: Circle,
    column: str,
    is_of_kind: bool,
    is_first: bool,
) -> Any:
    """Select a page of the entries of a person, a plan or a crew, which `column` names, after a cursor."""
    query = _entries(viewer_in(circle, viewer_id)).where(getattr(TimelineEntry, column) == of_id)
    if is_of_kind:
        query = query.where(TimelineEntry.kind == kind)
    key = TimelineEntry.happened_at, TimelineEntry.id
    return rows_after(query, key, last.key, most, goes_on=not is_first, descending=True)


@planned_once
def _one_row(viewer_id: uuid.UUID, entry_id: uuid.UUID, *, circle: Circle) -> Any:
    return _entries(viewer_in(circle, viewer_id)).where(TimelineEntry.id == entry_id)


def _entries(viewer: Any) -> Select[Any]:
    likes = select(func.count()).select_from(TimelineLike).where(TimelineLike.entry_id == TimelineEntry.id)
    liked = exists().where(TimelineLike.entry_id == TimelineEntry.id, TimelineLike.person_id == viewer.id)
    comments = (
        select(func.count())
        .select_from(TimelineComment)
        .where(TimelineComment.entry_id == TimelineEntry.id, is_visible_to(viewer, TimelineComment.author_id))
    )
    return (
        select(
            TimelineEntry.id,
            TimelineEntry.kind,
            TimelineEntry.happened_at,
            TimelineEntry.subject_id,
            summary_columns(),
            likes.correlate(TimelineEntry).scalar_subquery().label("likes"),
            liked.correlate(TimelineEntry).label("is_liked"),
            comments.correlate(TimelineEntry).scalar_subquery().label("comments"),
            TimelineEntry.created_at,
        )
        .select_from(JoinOneByOne(TimelineEntry, Person, TimelineEntry.person_id))
        .where(OneByOne(is_shown_to(viewer)))
    )


def _with_values(viewer: Person, rows: Any) -> list[Entry]:
    """Return the rows as entries with the values of their kinds; what is gone meanwhile is left out."""
    subjects: defaultdict[str, list[uuid.UUID]] = defaultdict(list)
    for row in rows:
        subjects[row.kind].append(row.subject_id)
    loaded = {kind: entry_kinds()[kind].load(viewer, ids) for kind, ids in subjects.items()}
    found = [(row, loaded[row.kind].get(row.subject_id)) for row in rows]
    return [Entry(*(*row, values)) for row, values in found if values is not None]


def comments_on(viewer: Person, entry_id: uuid.UUID, after: str | None = None, size: int = A_PAGE) -> Page[Any]:
    """Return a page of the comments on an entry that a viewer sees, the newest first; `author` is a summary."""
    columns = TimelineComment.id, TimelineComment.text, TimelineComment.created_at, summary_columns("author")
    query = select(*columns).join(Person, Person.id == TimelineComment.author_id)
    query = query.where(TimelineComment.entry_id == entry_id, is_visible_to(viewer, TimelineComment.author_id))
    query = select_page(query, after, size, TimelineComment.created_at, TimelineComment.id, descending=True)
    return Page.of(db.session.execute(query).all(), size, lambda row: (row.created_at, row.id))


@names_people
def is_named_by_comments(viewer: Person | None) -> ColumnElement[bool]:
    """Return the condition that a `Person` wrote a comment on an entry of the viewer."""
    if viewer is None:
        return false()
    mine = TimelineEntry.id == TimelineComment.entry_id, TimelineEntry.person_id == viewer.id
    return exists().where(TimelineComment.author_id == Person.id, *mine)
