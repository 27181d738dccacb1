"""What was said under a run."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import literal, select, tuple_

from hampa.comments.models import Comment
from hampa.people.models.person import Person
from hampa.people.queries.blocks import is_visible_to
from hampa.people.queries.summaries import PersonSummary, summary_columns
from hampa.platform.db import db
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.web import paging
from hampa.runs.models.run import Run
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organises

PAGE = 20
LATEST = 4
"""Comments on the run's own page."""


@dataclass(frozen=True, slots=True)
class Said:
    """One comment, as it is read; `removable` when the reader may take it away."""

    id: uuid.UUID
    text: str
    created_at: datetime
    author: PersonSummary
    removable: bool


def comments_of(
    reader: Person, run: Run, inside: bool, after: str | None = None, size: int = PAGE
) -> paging.Page[Said]:
    """The last comments under the run, the newest last; `after` is the cursor to those before them. Who is
    `inside` organises the run. One statement.
    """
    order = tuple_(Comment.created_at, Comment.id)
    query = (
        select(Comment.id, Comment.text, Comment.created_at, summary_columns("author"))
        .join(Person, Person.id == Comment.author_id)
        .where(Comment.run_id == run.id, is_visible_to(reader, Comment.author_id))
        .order_by(Comment.created_at.desc(), Comment.id.desc())
        .limit(size + 1)
    )
    key = paging.decode(after, datetime, uuid.UUID)
    if key is not None:
        query = query.where(order < tuple_(literal(key[0]), literal(key[1])))
    rows = [
        Said(
            row.id,
            row.text,
            row.created_at,
            row.author,
            inside or row.author.id == reader.id,
        )
        for row in db.session.execute(query)
    ]
    page = paging.Page.of(rows, size, lambda one: (one.created_at, one.id))
    return paging.Page(page.items[::-1], page.next)


def comment_of(person: Person, run_id: uuid.UUID, comment_id: uuid.UUID) -> Comment:
    """The comment, to be removed by this person: its author, or who organises the run. Raises NotFound and Forbidden."""
    run = runs.run_for(person, run_id)
    comment = db.session.scalar(select(Comment).where(Comment.id == comment_id, Comment.run_id == run.id))
    if comment is None:
        raise NotFound
    if comment.author_id != person.id and not organises(person, run):
        raise Forbidden
    return comment
