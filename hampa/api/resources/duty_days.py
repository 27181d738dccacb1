"""Days of duties: closing them out, messages to people with duties, and boards for meeting points."""

import datetime as dt
import uuid
from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.duty_shapes import Attendance, AttendanceBy
from hampa.api.resources.announcements import BillData, bill_as_data
from hampa.api.shapes import Stamps, stamps_as_data
from hampa.boards import actions as board_actions, queries as boards
from hampa.boards.models import Board
from hampa.broadcasts import actions as broadcast_actions, queries as broadcasts
from hampa.broadcasts.forms import BroadcastTextForm
from hampa.broadcasts.models import AUDIENCES, CHOSEN_CHANNELS, DAY, DRAFT, LONGEST, ROLE, SHIFT, STATES, Broadcast
from hampa.closeouts import actions
from hampa.closeouts.forms import ThanksForm
from hampa.closeouts.models import LONGEST_THANKS, CloseOut
from hampa.closeouts.queries import closeouts as queries
from hampa.duties.queries.schedules import owner_coordinated, owners_coordinated
from hampa.platform.api.answers import Created
from hampa.platform.api.codes import Invalid
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, Moment, OneOf, Paging
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical

resource = Resource("duty-days", _l("Days of duties"), scope="duties")

Audience = Annotated[str, OneOf(*AUDIENCES)]
Channel = Annotated[str, OneOf(*CHOSEN_CHANNELS)]
State = Annotated[str, OneOf(*STATES)]


class CloseOutRowData(Stamps):
    """A day of duties that you close out or have closed; `had_incidents` is null until then."""

    id: uuid.UUID
    owner: str
    day: dt.date
    timezone: str
    ended_at: datetime
    had_incidents: bool | None
    closed_at: datetime | None
    thanked_at: datetime | None


class BookedData(TypedDict):
    """Somebody who was booked that day; `by_self` is whether they said themselves how it was, `attendance_by` how that is known."""

    booking_id: uuid.UUID
    person_id: uuid.UUID
    name: str
    schedule: str
    begins_at: datetime
    attendance: Attendance | None
    by_self: bool
    attendance_by: AttendanceBy


class CloseOutData(Stamps):
    """A day of duties, who was booked, and what was said of it; `said` counts how often that was."""

    id: uuid.UUID
    owner: str
    crew_id: uuid.UUID | None
    series_id: uuid.UUID | None
    day: dt.date
    timezone: str
    ended_at: datetime
    said: int
    had_incidents: bool | None
    closed_at: datetime | None
    closed_by: str
    corrected_at: datetime | None
    thanks: str
    thanked_at: datetime | None
    people: list[BookedData]


class AttendanceOf(Body):
    """How it was for one of those who were booked."""

    booking_id: uuid.UUID = Field(strict=False)
    attendance: Attendance


class CloseOutBody(Body):
    """How it was for each, and whether anything happened; `said` is that of the day as you read it.

    Of two who close a day at once the second gets 409, reads it again and corrects it.
    """

    people: list[AttendanceOf] = Field(default_factory=list, max_length=500)
    rest_attended: bool = False
    had_incidents: bool
    said: int = Field(ge=0)


class ThanksBody(Body):
    """A message to all who came."""

    text: str = Field(min_length=1, max_length=LONGEST_THANKS)


class OwnerBody(Body):
    """A crew or a series whose duties you coordinate."""

    crew_id: uuid.UUID | None = None
    series_id: uuid.UUID | None = None


class OwnerPaging(Paging):
    """Of which crew or series."""

    crew_id: uuid.UUID | None = None
    series_id: uuid.UUID | None = None


class BroadcastBody(OwnerBody):
    """A message, to whom it goes, by what besides the app, and when; without `send_at`, at once when you send it."""

    text: str = Field(min_length=1, max_length=LONGEST)
    audience: Audience
    schedule_id: uuid.UUID | None = None
    start_time: Moment | None = None
    day: dt.date | None = Field(None, strict=False)
    channels: list[Channel] = Field(default_factory=list, max_length=len(CHOSEN_CHANNELS))
    send_at: Moment | None = None


class BroadcastData(Stamps):
    """A message to people with duties: `bill` while it is a draft, then to how many people and phones it went."""

    id: uuid.UUID
    crew_id: uuid.UUID | None
    series_id: uuid.UUID | None
    text: str
    audience: Audience
    schedule_id: uuid.UUID | None
    start_time: datetime | None
    day: dt.date | None
    channels: list[Channel]
    state: State
    send_at: datetime | None
    people: int
    texted: int
    bill: BillData | None


class BoardData(Stamps):
    """The board of a crew or a series; whoever has the link sees it."""

    id: uuid.UUID
    owner: str
    crew_id: uuid.UUID | None
    series_id: uuid.UUID | None
    link: str


@resource.get("/close-outs")
def list_close_outs(query: Paging) -> Page[CloseOutRowData]:
    """List the days of duties that you close out or have closed, the latest first."""
    return queries.closeouts_of(me(), query.after, query.limit).of_rows(_row)


@resource.get("/close-outs/<uuid:closeout_id>")
def read_close_out(closeout_id: uuid.UUID) -> CloseOutData:
    """Return a day of duties that you close out, with who was booked."""
    closeout = queries.closeout_for(me(), closeout_id)
    head = queries.head_of(me(), closeout)
    return {
        "id": closeout.id,
        "owner": head.owner,
        "crew_id": closeout.crew_id,
        "series_id": closeout.series_id,
        "day": closeout.day,
        "timezone": closeout.timezone,
        "ended_at": closeout.ended_at,
        "said": closeout.said,
        "had_incidents": closeout.had_incidents,
        "closed_at": closeout.closed_at,
        "closed_by": head.closed_by,
        "corrected_at": closeout.corrected_at,
        "thanks": closeout.thanks,
        "thanked_at": closeout.thanked_at,
        "people": [_booked(one) for one in queries.booked(me(), closeout)],
        **stamps_as_data(closeout),
    }


@resource.put("/close-outs/<uuid:closeout_id>", locks=CloseOut)
def close_day(closeout_id: uuid.UUID, body: CloseOutBody) -> CloseOutData:
    """Say who came that day and whether anything happened, or correct that."""
    closeout = queries.closeout_for(me(), closeout_id)
    said = {one.booking_id: one.attendance for one in body.people}
    if body.rest_attended:
        said = {one.booking_id: "attended" for one in queries.booked(me(), closeout)} | said
    actions.close(me(), closeout_id, said, had_incidents=body.had_incidents, said=body.said)
    return read_close_out(closeout_id)


@resource.post("/close-outs/<uuid:closeout_id>/thanks")
def thank_for_day(closeout_id: uuid.UUID, body: ThanksBody) -> CloseOutData:
    """Thank all who came that day, once."""
    queries.closeout_for(me(), closeout_id)
    actions.thank(me(), closeout_id, valid_form(ThanksForm, body).text.data)
    return read_close_out(closeout_id)


@resource.get("/duty-messages", statuses=(404,))
def list_duty_messages(query: OwnerPaging) -> Page[BroadcastData]:
    """List the messages to people with duties of a crew or a series that you coordinate, the latest first."""
    owner = owner_coordinated(me(), crew_id=query.crew_id, series_id=query.series_id)
    page = broadcasts.broadcasts_of(me(), owner, query.after, query.limit)
    return page.of_rows(lambda row: _broadcast(row, None))


@resource.post("/duty-messages")
def draft_duty_message(body: BroadcastBody) -> Created[BroadcastData]:
    """Write to people with duties; it is not sent until you have seen its bill."""
    owner = owner_coordinated(me(), crew_id=body.crew_id, series_id=body.series_id)
    needed = {SHIFT: ("schedule_id", "start_time"), ROLE: ("schedule_id",), DAY: ("day",)}.get(body.audience, ())
    if missing := [name for name in needed if getattr(body, name) is None]:
        raise Invalid([(name, _("Choose this too.")) for name in missing])
    kept = {name.replace("start_time", "starts_at"): getattr(body, name) for name in needed}
    text = valid_form(BroadcastTextForm, {"text": body.text}).text.data
    plan = broadcast_actions.BroadcastPlan(
        text=text, audience=body.audience, channels=tuple(dict.fromkeys(body.channels)), send_at=body.send_at, **kept
    )
    made = broadcast_actions.draft(me(), owner, plan)
    return Created(read_duty_message(made.id), f"/duty-messages/{made.id}")


@resource.get("/duty-messages/<uuid:broadcast_id>")
def read_duty_message(broadcast_id: uuid.UUID) -> BroadcastData:
    """Return a message to people with duties, with what it costs while it is a draft."""
    broadcast = broadcasts.broadcast_for(me(), broadcast_id)
    if broadcast.state != DRAFT:
        return _broadcast(broadcast, None)
    owner, _schedule = broadcasts.owner_and_schedule(broadcast)
    return _broadcast(broadcast, bill_as_data(broadcasts.bill_of(broadcast, me().name, owner)))


@resource.post("/duty-messages/<uuid:broadcast_id>/send")
def send_duty_message(broadcast_id: uuid.UUID) -> BroadcastData:
    """Send a message, at once or at its time; sending it twice is sending it once."""
    broadcast_actions.approve(me(), broadcast_id)
    return read_duty_message(broadcast_id)


@resource.post("/duty-messages/<uuid:broadcast_id>/stop")
def stop_duty_message(broadcast_id: uuid.UUID) -> BroadcastData:
    """Keep a message from all who were not told yet; what is on its way can't be stopped."""
    broadcast_actions.stop(me(), broadcast_id)
    return read_duty_message(broadcast_id)


@resource.get("/duty-boards")
def list_duty_boards() -> list[BoardData]:
    """List the boards of the crews and series whose duties you coordinate, with their links."""
    rows = boards.boards_of(owners_coordinated(me()))
    return [_board(board, owner.name) for owner, board in rows if board is not None]


@resource.post("/duty-boards")
def make_duty_board(body: OwnerBody) -> Created[BoardData]:
    """Make the board of a crew or a series, or return the one that there is."""
    owner = owner_coordinated(me(), crew_id=body.crew_id, series_id=body.series_id)
    made = board_actions.make_board(me(), owner)
    return Created(_board(made, owner.name), f"/duty-boards/{made.id}")


@resource.get("/duty-boards/<uuid:board_id>")
def read_duty_board(board_id: uuid.UUID) -> BoardData:
    """Return a board with its link."""
    board = boards.board_for(me(), board_id)
    return _board(board, boards.name_of(board))


@resource.post("/duty-boards/<uuid:board_id>/link")
def renew_duty_board(board_id: uuid.UUID) -> BoardData:
    """Give a board a new link; the old one shows nothing any more."""
    board = board_actions.renew_board(me(), board_id)
    return _board(board, boards.name_of(board))


@resource.delete("/duty-boards/<uuid:board_id>", locks=Board)
def end_duty_board(board_id: uuid.UUID) -> None:
    """End a board."""
    board_actions.end_board(me(), board_id)


def _row(row: queries.CloseOutRow) -> CloseOutRowData:
    return {
        "id": row.id,
        "owner": row.owner,
        "day": row.day,
        "timezone": row.timezone,
        "ended_at": row.ended_at,
        "had_incidents": row.had_incidents,
        "closed_at": row.closed_at,
        "thanked_at": row.thanked_at,
        **stamps_as_data(row),
    }


def _booked(one: queries.Booked) -> BookedData:
    return {
        "booking_id": one.booking_id,
        "person_id": one.person.id,
        "name": one.person.name,
        "schedule": one.schedule,
        "begins_at": one.begins_at,
        "attendance": one.attendance,
        "by_self": one.by_self,
        "attendance_by": one.attendance_by,
    }


def _broadcast(one: Broadcast | broadcasts.SentRow, bill: BillData | None) -> BroadcastData:
    return {
        "id": one.id,
        "crew_id": one.crew_id,
        "series_id": one.series_id,
        "text": one.text,
        "audience": one.audience,
        "schedule_id": one.schedule_id,
        "start_time": one.starts_at,
        "day": one.day,
        "channels": one.channels,
        "state": one.state,
        "send_at": one.send_at,
        "people": one.people,
        "texted": one.texted,
        "bill": bill,
        **stamps_as_data(one),
    }


def _board(board: Board, owner: str) -> BoardData:
    link = canonical(f"/board/{boards.token_of(board)}")
    return {
        "id": board.id,
        "owner": owner,
        "crew_id": board.crew_id,
        "series_id": board.series_id,
        "link": link,
        **stamps_as_data(board),
    }
