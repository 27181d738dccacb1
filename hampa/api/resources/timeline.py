"""What happened: timelines of people, plans and crews, likes and comments."""

import uuid
from datetime import datetime
from typing import Any

from pydantic import Field

from hampa.api.shapes import Stamps, Summary, stamps_as_data, summary_as_data
from hampa.crews.queries.crews import member_of
from hampa.people.queries import PersonSummary, person_for
from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, Paging
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me
from hampa.reactions import actions
from hampa.reactions.forms import EntryCommentForm
from hampa.timeline import queries
from hampa.timeline.forms import chosen_kind
from hampa.timeline.models import LONGEST_COMMENT
from hampa.training.queries.plans import member_plan

resource = Resource("timeline", _l("What happened"))


class TimelineQuery(Paging):
    """Which entries: of one kind if it is named."""

    kind: str = Field("", max_length=40)


class EntryData(Stamps):
    """That somebody did something; `subject_id` is the thing, and `values` what you may know of it."""

    id: uuid.UUID
    kind: str
    happened_at: datetime
    subject_id: uuid.UUID
    person: Summary
    likes: int
    is_liked: bool
    comments: int
    values: dict[str, Any]


class EntryCommentBody(Body):
    """A new comment."""

    text: str = Field(min_length=1, max_length=LONGEST_COMMENT)


class EntryCommentData(Stamps):
    """A comment, which never changes; `is_removable` if you may delete it."""

    id: uuid.UUID
    text: str
    author: Summary
    is_removable: bool


@resource.get("/people/<uuid:person_id>/timeline")
def list_timeline_of_person(person_id: uuid.UUID, query: TimelineQuery) -> Page[EntryData]:
    """List what somebody did, as far as you see it, the latest first."""
    whose = person_for(me(), person_id)
    kind = chosen_kind(query.kind)
    return queries.timeline(me(), person_id=whose.id, kind=kind, after=query.after, size=query.limit).of_rows(_entry)


@resource.get("/plans/<uuid:plan_id>/timeline")
def list_timeline_of_plan(plan_id: uuid.UUID, query: TimelineQuery) -> Page[EntryData]:
    """List what happened on a plan to which you belong, the latest first."""
    plan, _member = member_plan(me(), plan_id)
    kind = chosen_kind(query.kind)
    return queries.timeline(me(), plan_id=plan.id, kind=kind, after=query.after, size=query.limit).of_rows(_entry)


@resource.get("/crews/<uuid:crew_id>/timeline")
def list_timeline_of_crew(crew_id: uuid.UUID, query: TimelineQuery) -> Page[EntryData]:
    """List what happened in a crew of yours, the latest first."""
    crew_id = member_of(me(), crew_id).crew_id
    kind = chosen_kind(query.kind)
    return queries.timeline(me(), crew_id=crew_id, kind=kind, after=query.after, size=query.limit).of_rows(_entry)


@resource.get("/timeline/<uuid:entry_id>")
def read_entry(entry_id: uuid.UUID) -> EntryData:
    """Return something that happened and that you see."""
    return _entry(queries.entry_for(me(), entry_id))


@resource.put("/timeline/<uuid:entry_id>/like")
def like_entry(entry_id: uuid.UUID) -> None:
    """Like what somebody did; twice is once."""
    actions.like(me(), entry_id)


@resource.delete("/timeline/<uuid:entry_id>/like")
def unlike_entry(entry_id: uuid.UUID) -> None:
    """Take your like back."""
    actions.unlike(me(), entry_id)


@resource.get("/timeline/<uuid:entry_id>/comments")
def list_entry_comments(entry_id: uuid.UUID, query: Paging) -> Page[EntryCommentData]:
    """List the comments on what somebody did, the newest first."""
    entry = queries.entry_for(me(), entry_id)
    is_own = entry.person.id == me().id

    def written(row: Any) -> EntryCommentData:
        return _comment(row, row.author, is_removable=is_own or row.author.id == me().id)

    return queries.comments_on(me(), entry.id, query.after, query.limit).of_rows(written)


@resource.post("/timeline/<uuid:entry_id>/comments", needs_name=True)
def add_entry_comment(entry_id: uuid.UUID, body: EntryCommentBody) -> Created[EntryCommentData]:
    """Comment on what somebody did; they are told."""
    made = actions.add_comment(me(), entry_id, valid_form(EntryCommentForm, body).text.data)
    author = PersonSummary(me().id, me().name, me().avatar)
    data = _comment(made, author, is_removable=True)
    return Created(data, f"/timeline/{entry_id}/comments")


@resource.delete("/timeline/<uuid:entry_id>/comments/<uuid:entry_comment_id>")
def delete_entry_comment(entry_id: uuid.UUID, entry_comment_id: uuid.UUID) -> None:
    """Delete a comment of yours, or one on what you did."""
    actions.remove_comment(me(), entry_id, entry_comment_id)


def _entry(one: queries.Entry) -> EntryData:
    return {
        "id": one.id,
        "kind": one.kind,
        "happened_at": one.happened_at,
        "subject_id": one.subject_id,
        "person": summary_as_data(one.person),
        "likes": one.likes,
        "is_liked": one.is_liked,
        "comments": one.comments,
        "values": dict(one.values),
        **stamps_as_data(one),
    }


def _comment(row: Any, author: PersonSummary, *, is_removable: bool) -> EntryCommentData:
    return {
        "id": row.id,
        "text": row.text,
        "author": summary_as_data(author),
        "is_removable": is_removable,
        **stamps_as_data(row),
    }
