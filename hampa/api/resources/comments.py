"""Comments under runs."""

import uuid
from datetime import datetime
from typing import Any

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.shapes import Summary, summary_as_data
from hampa.comments import actions, queries
from hampa.comments.forms import CommentForm
from hampa.comments.models import LONGEST
from hampa.people.queries import PersonSummary
from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, Paging
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me
from hampa.runs.queries import runs
from hampa.runs.queries.organisers import organises

resource = Resource("comments", _l("Comments"))


class CommentBody(Body):
    """A new comment."""

    text: str = Field(min_length=1, max_length=LONGEST)


class CommentData(TypedDict):
    """A comment, which never changes; `is_removable` if you may delete it."""

    id: uuid.UUID
    text: str
    author: Summary
    is_own: bool
    is_removable: bool
    created_at: datetime
    updated_at: datetime
    version: int


@resource.get("/runs/<uuid:run_id>/comments")
def list_comments(run_id: uuid.UUID, query: Paging) -> Page[CommentData]:
    """List the comments under a run, the newest first."""
    run = runs.run_for(me(), run_id)
    page = queries.comments_of(me(), run, organises(me(), run), query.after, query.limit)
    return Page(page.items[::-1], page.next).of_rows(_comment)


@resource.post("/runs/<uuid:run_id>/comments", needs_name=True)
def add_comment(run_id: uuid.UUID, body: CommentBody) -> Created[CommentData]:
    """Comment on a run; its organisers are told."""
    comment = actions.add_comment(me(), run_id, valid_form(CommentForm, body).text.data)
    author = PersonSummary(me().id, me().name, me().avatar)
    data: CommentData = {
        "id": comment.id,
        "text": comment.text,
        "author": summary_as_data(author),
        "is_own": True,
        "is_removable": True,
        "created_at": comment.created_at,
        "updated_at": comment.created_at,
        "version": 1,
    }
    return Created(data, f"/runs/{run_id}/comments")


@resource.delete("/runs/<uuid:run_id>/comments/<uuid:comment_id>")
def delete_comment(run_id: uuid.UUID, comment_id: uuid.UUID) -> None:
    """Delete a comment of yours, or any under a run that you organise."""
    actions.remove_comment(me(), run_id, comment_id)


def _comment(row: Any) -> CommentData:
    return {
        "id": row.id,
        "text": row.text,
        "author": summary_as_data(row.author),
        "is_own": row.mine,
        "is_removable": row.removable,
        "created_at": row.created_at,
        "updated_at": row.created_at,
        "version": 1,
    }
