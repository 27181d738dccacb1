"""Comments under a run, as their readers see them."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, false, select, true

from hampa.comments.models import Comment
from hampa.notifications.models import Reference, Words
from hampa.people.models import PEOPLE, Person
from hampa.people.queries import (
    PersonSummary,
    hidden_ids,
    is_none_of,
    is_not_shut_out,
    is_visible_to,
    names_people,
    summary_columns,
)
from hampa.platform.db import db, scalar_or_404
from hampa.platform.errors import Forbidden
from hampa.platform.kept import kept
from hampa.platform.statements import built_once
from hampa.platform.web import paging
from hampa.runs.models.run import ALL_RUN_PAGES, Run, page_version
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organises

PAGE = 20
OPEN_AFTER = timedelta(days=7)
"""How long comments can be added after the end of a run."""
LATEST = 4
"""Comments on the run's own page."""


@names_people
def is_named_by_comments(viewer: Person | None) -> ColumnElement[bool]:
    """Return the condition that a `Person` wrote a comment that the viewer may read."""
    if viewer is None:
        return false()
    return exists().where(Comment.author_id == Person.id, Run.id == Comment.run_id, runs.visible_to(viewer))


def _text_of_comment(references: Sequence[Reference]) -> Mapping[uuid.UUID, Mapping[str, Any]]:
    """Return the texts of comments; those of authors who are shut out are gone."""
    ids = {one.id_in("comment") for one in references} - {None}
    shown = select(Comment.id, Comment.text).where(Comment.id.in_(ids), is_not_shut_out(Comment.author_id))
    texts = {row.id: row.text for row in db.session.execute(shown)}
    return {one.id: {"line": texts[key]} for one in references if (key := one.id_in("comment")) in texts}


COMMENT = Words(_text_of_comment, gone={"line": ""})
"""The text of a comment (`line`)."""


def closes_at(run: Run) -> datetime:
    """Return when no more comments can be added: a week after the end of the run."""
    return run.ends_at + OPEN_AFTER


def comments_of(
    reader: Person, run: Run, is_organiser: bool, after: str | None = None, size: int = PAGE
) -> paging.Page[Row[Any]]:
    """Return a page of the last comments under the run, the newest last; `after` is the cursor to those before."""
    removable: ColumnElement[bool] = true() if is_organiser else Comment.author_id == reader.id
    mine = (Comment.author_id == reader.id).label("mine")
    columns = Comment.id, Comment.text, Comment.created_at, summary_columns("author")
    query = (
        select(*columns, mine, removable.label("removable"))
        .join(Person, Person.id == Comment.author_id)
        .where(Comment.run_id == run.id, is_visible_to(reader, Comment.author_id))
    )
    query = paging.select_page(query, after, size, Comment.created_at, Comment.id, descending=True)
    page = paging.Page.of(db.session.execute(query).all(), size, lambda comment: (comment.created_at, comment.id))
    return paging.Page(page.items[::-1], page.next)


@dataclass(frozen=True, slots=True)
class LatestComment:
    """A comment on the page of a run, and whether the reader wrote it and may remove it."""

    id: uuid.UUID
    text: str
    created_at: datetime
    author: PersonSummary
    mine: bool = False
    removable: bool = False


@dataclass(frozen=True, slots=True)
class LatestComments:
    """The last comments under a run, the newest last, and the cursor to those before or None."""

    items: tuple[LatestComment, ...]
    next: str | None


def latest_comments(reader: Person, run: Run, is_organiser: bool) -> LatestComments:
    """Return the last comments under the run, which most readers see alike: `comments_of`, for the page of the run."""
    comments = kept(
        ("comments.latest", run.id, reader.is_operator),
        (page_version(run.id), ALL_RUN_PAGES, PEOPLE),
        lambda: _read_latest(run, [], is_operator=reader.is_operator),
    )
    hidden = hidden_ids(reader)
    if hidden and any(one.author.id in hidden for one in comments.items):
        comments = _read_latest(run, hidden, is_operator=reader.is_operator)
    if not is_organiser and all(one.author.id != reader.id for one in comments.items):
        return comments
    items = (
        replace(one, mine=one.author.id == reader.id, removable=is_organiser or one.author.id == reader.id)
        for one in comments.items
    )
    return LatestComments(tuple(items), comments.next)


def _read_latest(run: Run, hidden: list[uuid.UUID], *, is_operator: bool) -> LatestComments:
    rows = _latest(run.id, hidden, LATEST + 1, is_operator=is_operator).all()
    page = paging.Page.of(
        [LatestComment(row.id, row.text, row.created_at, row.author) for row in rows],
        LATEST,
        lambda one: (one.created_at, one.id),
    )
    return LatestComments(tuple(page.items[::-1]), page.next)


@built_once
def _latest(run_id: uuid.UUID, hidden: list[uuid.UUID], most: int, *, is_operator: bool) -> Any:
    shown = is_none_of(Comment.author_id, hidden)
    if not is_operator:
        shown = and_(shown, is_not_shut_out(Comment.author_id))
    return (
        select(Comment.id, Comment.text, Comment.created_at, summary_columns("author"))
        .join(Person, Person.id == Comment.author_id)
        .where(Comment.run_id == run_id, shown)
        .order_by(Comment.created_at.desc(), Comment.id.desc())
        .limit(most)
    )


def removable_comment(person: Person, run_id: uuid.UUID, comment_id: uuid.UUID) -> Comment:
    """Return a comment of the person, also under a run that they do not see any more, or of a run that they organise.

    Raise NotFound and Forbidden.
    """
    query = select(Comment).where(Comment.id == comment_id, Comment.run_id == run_id)
    own = db.session.scalar(query.where(Comment.author_id == person.id))
    if own is not None:
        return own
    run = runs.run_for(person, run_id)
    comment = scalar_or_404(query)
    if not organises(person, run):
        raise Forbidden
    return comment
