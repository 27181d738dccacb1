"""Comments under a run, as their readers see them."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, false, select, true

from hampa.comments.models import Comment
from hampa.notifications.models import Reference, Words
from hampa.people.models import Person
from hampa.people.queries import is_visible_to, names_people, summary_columns
from hampa.platform.db import db, scalar_or_404
from hampa.platform.errors import Forbidden
from hampa.platform.web import paging
from hampa.runs.models.run import Run
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
    ids = {one.id_in("comment") for one in references} - {None}
    texts = {
        row.id: row.text for row in db.session.execute(select(Comment.id, Comment.text).where(Comment.id.in_(ids)))
    }
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
    query = (
        select(Comment.id, Comment.text, Comment.created_at, summary_columns("author"), removable.label("removable"))
        .join(Person, Person.id == Comment.author_id)
        .where(Comment.run_id == run.id, is_visible_to(reader, Comment.author_id))
    )
    query = paging.select_page(query, after, size, Comment.created_at, Comment.id, descending=True)
    page = paging.Page.of(db.session.execute(query).all(), size, lambda comment: (comment.created_at, comment.id))
    return paging.Page(page.items[::-1], page.next)


def removable_comment(person: Person, run_id: uuid.UUID, comment_id: uuid.UUID) -> Comment:
    """Return a comment of the person, or of a run that they organise. Raise NotFound and Forbidden."""
    run = runs.run_for(person, run_id)
    comment = scalar_or_404(select(Comment).where(Comment.id == comment_id, Comment.run_id == run.id))
    if comment.author_id != person.id and not organises(person, run):
        raise Forbidden
    return comment
