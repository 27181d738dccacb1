"""Crews: finding, starting, changing and closing them, their notices and their log."""

import uuid
from datetime import datetime
from typing import Annotated

from flask import request
from pydantic import Field
from typing_extensions import TypedDict
from werkzeug.datastructures import FileStorage

from hampa.api.crew_shapes import (
    AgreesBody,
    CrewData,
    Frequency,
    Joining,
    ListedCrewData,
    listed_crew_as_data,
    picture_url,
    seen_crew_as_data,
)
from hampa.api.shapes import Summary, summary_as_data
from hampa.auth.queries import has_proved
from hampa.crews.actions import crews as actions, memberships, pictures
from hampa.crews.forms import CrewForm, CrewPictureForm, JoinForm, NoticeForm
from hampa.crews.models import (
    FEWEST_MEMBERS,
    FEWEST_NUMBERS,
    INVITATION,
    LOGGED,
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_MEMBERS,
    MOST_NUMBERS,
    SHORTEST_NAME,
    USUAL_MEMBERS,
    USUAL_NUMBERS,
    WEEKLY,
    Crew,
)
from hampa.crews.queries import crews as queries, members
from hampa.crews.queries.members import LogRow
from hampa.crews.queries.notices import ShownNotice, notices_of
from hampa.crews.queries.pictures import newest_picture
from hampa.platform.api.answers import Created
from hampa.platform.api.codes import Invalid
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, CountedPaging, OneOf, Paging, with_total
from hampa.platform.db import db
from hampa.platform.errors import Forbidden
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.picture_form import PICTURE_MEGABYTES
from hampa.platform.web.session import me

resource = Resource("crews", _l("Crews"))

Name = Annotated[str, Field(min_length=SHORTEST_NAME, max_length=LONGEST_NAME)]
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Weekday = Annotated[int, Field(ge=1, le=7)]
Members = Annotated[int, Field(ge=FEWEST_MEMBERS, le=MOST_MEMBERS)]
Numbers = Annotated[int, Field(ge=FEWEST_NUMBERS, le=MOST_NUMBERS)]
Zone = Annotated[str, Field(max_length=64, description="A name of the IANA time zones; yours if it is left out.")]


class CrewBody(Body):
    """A crew and its settings; what is left out has the value that is usual."""

    name: Name
    description: Text = ""
    guide: Text = ""
    is_listed: bool = False
    joining: Joining = INVITATION
    members_may_invite: bool = True
    members_may_publish: bool = True
    max_members: Members = USUAL_MEMBERS
    agreement: Text = ""
    welcome: Text = ""
    frequency: Frequency = WEEKLY
    first_day: Weekday = 1
    timezone: Zone = ""
    numbers_from: Numbers = USUAL_NUMBERS


class CrewChange(Body):
    """The settings that change."""

    name: Name | None = None
    description: Text | None = None
    guide: Text | None = None
    is_listed: bool | None = None
    joining: Joining | None = None
    members_may_invite: bool | None = None
    members_may_publish: bool | None = None
    max_members: Members | None = None
    agreement: Text | None = None
    welcome: Text | None = None
    frequency: Frequency | None = None
    first_day: Weekday | None = None
    timezone: Zone | None = None
    numbers_from: Numbers | None = None


class CloseBody(Body):
    """What becomes of the runs to come: they stay with their organisers, or are cancelled."""

    runs: Annotated[str, OneOf("keep", "cancel")] = "keep"


class NoticeBody(Body):
    """A notice to all members, or to those of the sub-group `group_id`."""

    text: str = Field(min_length=1, max_length=1000)
    group_id: uuid.UUID | None = None


class NoticeData(TypedDict):
    """A notice to the members, with the name of who wrote it; `group` is the sub-group that it is to, null for all."""

    id: uuid.UUID
    text: str
    author: str | None
    group: str | None
    created_at: datetime
    updated_at: datetime
    version: int


class LogData(TypedDict):
    """What somebody did in the crew, to whom; null for people who are gone, or hidden from you."""

    id: uuid.UUID
    what: Annotated[str, OneOf(*LOGGED)]
    actor: Summary | None
    person: Summary | None
    note: str
    created_at: datetime
    updated_at: datetime
    version: int


class CrewPictureData(TypedDict):
    """The address of the picture that a crew shows, and what became of the one that was uploaded last."""

    picture: str | None
    state: Annotated[str, OneOf("none", "waiting", "refused", "shown")]
    reason: str | None


class RequestBody(AgreesBody):
    """A line to the organisers, and whether you accept the agreement of the crew, in which version."""

    line: str = Field("", max_length=200)


class HearingBody(Body):
    """Whether you hear of what happens in the crew."""

    hears: bool


@resource.get("/crews", public=True)
def list_crews(query: CountedPaging) -> Page[ListedCrewData]:
    """List the crews that anybody may find and that you are not in, by name."""
    page = queries.listed_crews(me(), query.after, query.limit)
    return with_total(page.of_rows(listed_crew_as_data), query, lambda: queries.count_listed(me()))


@resource.get("/me/crews")
def list_own_crews() -> list[ListedCrewData]:
    """Return the crews that you belong to, by name: there are at most fifty."""
    return [listed_crew_as_data(row) for row in queries.crews_of(me())]


@resource.post("/crews", needs_name=True)
def create_crew(body: CrewBody) -> Created[CrewData]:
    """Start a crew of which you are the admin."""
    given = body.model_dump(exclude={"timezone"} if not body.timezone else set())
    crew_id = actions.create_crew(me(), valid_form(CrewForm, given).values())
    return Created(seen_crew_as_data(crew_id), f"/crews/{crew_id}")


@resource.get("/crews/<uuid:crew_id>", public=True)
def read_crew(crew_id: uuid.UUID) -> CrewData:
    """Return a crew of yours, or one that anybody may find."""
    return seen_crew_as_data(crew_id)


@resource.patch("/crews/<uuid:crew_id>", locks=Crew)
def change_crew(crew_id: uuid.UUID, body: CrewChange) -> CrewData:
    """Change the settings of a crew in which you have the right."""
    crew = queries.member_with(me(), crew_id, "edit").crew
    given = {name: value for name, value in body.model_dump().items() if value is not None}
    if nulls := [name for name in body.model_fields_set if name not in given]:
        raise Invalid([(name, _("This is missing.")) for name in nulls])
    actions.change_crew(me(), crew_id, valid_form(CrewForm, given, obj=crew).values())
    return seen_crew_as_data(crew_id)


@resource.post("/crews/<uuid:crew_id>/close")
def close_crew(crew_id: uuid.UUID, body: CloseBody) -> CrewData:
    """Close a crew of which you are an admin, which needs a proof of the last five minutes (`POST /auth/proof`).

    It is only read from now on, and deleted after thirty days unless it is opened again. The members are told.
    """
    queries.admin_of(me(), crew_id)
    if not has_proved(me()):
        raise Forbidden(_("First confirm that it's you, with a fresh code."))
    actions.close_crew(me(), crew_id, cancels_runs=body.runs == "cancel")
    return seen_crew_as_data(crew_id)


@resource.post("/crews/<uuid:crew_id>/open")
def open_crew(crew_id: uuid.UUID) -> CrewData:
    """Open a closed crew of which you are an admin again."""
    actions.open_crew(me(), crew_id)
    return seen_crew_as_data(crew_id)


@resource.post("/crews/<uuid:crew_id>/join", needs_name=True)
def join_crew(crew_id: uuid.UUID, body: AgreesBody) -> CrewData:
    """Join a crew that is open. Others are asked (`PUT …/request`), or joined by an invitation or a code."""
    memberships.join_crew(me(), crew_id, **body.accepted)
    return seen_crew_as_data(crew_id)


@resource.put("/crews/<uuid:crew_id>/request", needs_name=True)
def ask_to_join(crew_id: uuid.UUID, body: RequestBody) -> CrewData:
    """Ask the organisers of a crew to let you in."""
    form = valid_form(JoinForm, body)
    memberships.ask_to_join(me(), crew_id, form.line.data, **body.accepted)
    return seen_crew_as_data(crew_id)


@resource.delete("/crews/<uuid:crew_id>/request")
def withdraw_request(crew_id: uuid.UUID) -> None:
    """Take your request back, also to a crew that hides by now."""
    memberships.withdraw_request(me(), crew_id)


@resource.post("/crews/<uuid:crew_id>/leave")
def leave_crew(crew_id: uuid.UUID) -> None:
    """Leave a crew. Its only admin makes another member an admin first."""
    queries.member_of(me(), crew_id)
    memberships.leave_crew(me(), crew_id)


@resource.put("/crews/<uuid:crew_id>/hearing")
def choose_crew_notices(crew_id: uuid.UUID, body: HearingBody) -> CrewData:
    """Set whether you hear of what happens in a crew of yours."""
    memberships.choose_notices(me(), crew_id, wanted=body.hears)
    return seen_crew_as_data(crew_id)


@resource.get("/crews/<uuid:crew_id>/notices")
def list_notices(crew_id: uuid.UUID) -> list[NoticeData]:
    """Return the latest notices to the members, the newest first."""
    membership = queries.member_of(me(), crew_id)
    rows = notices_of(me(), membership, of_all_groups=queries.may(membership, "post"))
    return [_notice(row) for row in rows]


@resource.post("/crews/<uuid:crew_id>/notices")
def post_notice(crew_id: uuid.UUID, body: NoticeBody) -> Created[NoticeData]:
    """Post a notice to all members, or to a sub-group, who are told."""
    membership = queries.member_with(me(), crew_id, "post")
    text = valid_form(NoticeForm, {"text": body.text}).text.data
    notice_id = actions.post_notice(me(), crew_id, text, body.group_id)
    posted = next(row for row in notices_of(me(), membership) if row.id == notice_id)
    return Created(_notice(posted), f"/crews/{crew_id}/notices")


@resource.get("/crews/<uuid:crew_id>/picture")
def read_crew_picture(crew_id: uuid.UUID) -> CrewPictureData:
    """Return the picture of a crew whose settings you may change, and what became of the last upload."""
    url = picture_url(crew_id, queries.member_with(me(), crew_id, "edit").crew.picture)
    newest = newest_picture(crew_id)
    if newest is None or newest.widths is not None:
        return {"picture": url, "state": "shown" if url else "none", "reason": None}
    return {"picture": url, "state": "refused" if newest.reason else "waiting", "reason": newest.reason}


@resource.post("/crews/<uuid:crew_id>/picture", takes_file="picture", megabytes=PICTURE_MEGABYTES + 1)
def give_crew_picture(crew_id: uuid.UUID, picture: FileStorage) -> CrewPictureData:
    """Upload a picture of a crew; the one before is shown until the new one is prepared."""
    queries.member_with(me(), crew_id, "edit")
    form = valid_form(CrewPictureForm, {}, request.files)
    pictures.add_picture(me(), crew_id, form.picture.data[0].stream)
    db.session.flush()
    return read_crew_picture(crew_id)


@resource.delete("/crews/<uuid:crew_id>/picture", locks=Crew)
def remove_crew_picture(crew_id: uuid.UUID) -> None:
    """Remove the picture of a crew."""
    pictures.remove_pictures(me(), crew_id)


@resource.get("/crews/<uuid:crew_id>/log")
def list_crew_log(crew_id: uuid.UUID, query: Paging) -> Page[LogData]:
    """List what happened in a crew of which you are an admin, the latest first."""
    queries.admin_of(me(), crew_id)
    return members.log_of(crew_id, query.after, size=query.limit).of_rows(_log_entry)


def _notice(row: ShownNotice) -> NoticeData:
    return {
        "id": row.id,
        "text": row.text,
        "author": row.author,
        "group": row.group,
        "created_at": row.created_at,
        "updated_at": row.created_at,
        "version": 1,
    }


def _log_entry(row: LogRow) -> LogData:
    return {
        "id": row.id,
        "what": row.what,
        "actor": summary_as_data(row.actor) if row.actor is not None else None,
        "person": summary_as_data(row.person) if row.person is not None else None,
        "note": row.note,
        "created_at": row.created_at,
        "updated_at": row.created_at,
        "version": 1,
    }
