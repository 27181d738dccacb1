"""Attendance: who came to a run, marked by organisers and corrected by everybody for themselves."""

import uuid
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from hampa.attendance import actions, queries
from hampa.attendance.forms import WalkInForm
from hampa.attendance.models import OUTCOMES, UNMARKED
from hampa.people.actions import count_number_lookups
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, OneOf, Query
from hampa.platform.config import settings
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.session import me
from hampa.recaps import actions as recaps
from hampa.runs.queries import runs

resource = Resource("attendance", _l("Who came to runs"))

Outcome = Annotated[str, OneOf(*OUTCOMES)]


class AttendeesQuery(Query):
    """Which people: by parts of a name, and whether only those who are not here yet."""

    q: str = Field("", max_length=60)
    awaited: bool = False


class AttendeeData(TypedDict):
    """Somebody who had a place: `marked` by an organiser, `said` by themselves."""

    participation_id: uuid.UUID
    name: str
    guests: int
    marked: Outcome | None
    said: Outcome | None
    late_min: int | None


class AttendanceData(TypedDict):
    """Two hundred at most of those who had a place, late ones first, and how many of `all` came and are missing."""

    all: int
    came: int
    missing: int
    attendees: list[AttendeeData]


class MarksBody(Body):
    """Marks by participation; an empty one takes a mark back."""

    marks: dict[uuid.UUID, Annotated[str, OneOf(*OUTCOMES, UNMARKED)]] = Field(min_length=1, max_length=500)


class TicketBody(Body):
    """What a code says, scanned or typed."""

    code: str = Field(min_length=1, max_length=300)


class ScannedData(TypedDict):
    """Whose code it is; `again` if they were here before."""

    participation_id: uuid.UUID
    name: str
    again: bool


class OwnTicketData(TypedDict):
    """Your code, to be scanned at the meeting point."""

    code: str


class CorrectionBody(Body):
    """Whether you were there."""

    came: bool


class WalkInBody(Body):
    """Somebody at the meeting point who did not sign up."""

    name: str = Field(min_length=1, max_length=60)
    phone: str = Field(min_length=3, max_length=40)


class WalkInData(TypedDict):
    """The participation that was added."""

    participation_id: uuid.UUID


class ThanksBody(Body):
    """Whether you thank the organisers, or take it back."""

    thanks: bool = True


@resource.get("/runs/<uuid:run_id>/attendance")
def read_attendance(run_id: uuid.UUID, query: AttendeesQuery) -> AttendanceData:
    """Return who came to a run that you organise; narrow a long list by `q`."""
    return _attendance(run_id, query.q, awaited=query.awaited)


@resource.post("/runs/<uuid:run_id>/attendance")
def mark_attendance(run_id: uuid.UUID, body: MarksBody) -> AttendanceData:
    """Mark who came to a run that you organise."""
    actions.mark_attendance(me(), run_id, body.marks)
    return _attendance(run_id)


@resource.post("/runs/<uuid:run_id>/attendance/code", names_others=True)
def scan_ticket(run_id: uuid.UUID, body: TicketBody) -> ScannedData:
    """Mark the holder of a code as present."""
    found = actions.scan_ticket(me(), run_id, body.code)
    return {"participation_id": found.participation_id, "name": found.name, "again": found.again}


@resource.get("/runs/<uuid:run_id>/ticket")
def read_ticket(run_id: uuid.UUID) -> OwnTicketData:
    """Return your own code for a run in which you have a place."""
    run = runs.run_for(me(), run_id)
    row = queries.attendance_of(me(), run_id)
    if row is None or run.cancelled_at is not None:
        raise NotFound
    return {"code": queries.code_of(row[0])}


@resource.post("/runs/<uuid:run_id>/attendance/mine")
def correct_attendance(run_id: uuid.UUID, body: CorrectionBody) -> None:
    """Say whether you were there, once the run is over."""
    actions.correct_attendance(me(), run_id, body.came)


@resource.post("/runs/<uuid:run_id>/walk-ins", keeps_refusals=True)
def add_walk_in(run_id: uuid.UUID, body: WalkInBody) -> WalkInData:
    """Add somebody who is at the meeting point, by their number; the same number again adds nobody."""
    runs.organised_run(me(), run_id)
    form = valid_form(WalkInForm, body)
    count_number_lookups(me(), 1, settings().walk_ins_per_person_day, field="phone")
    return {"participation_id": actions.add_walk_in(me(), run_id, form.phone.data, form.name.data).id}


@resource.post("/runs/<uuid:run_id>/thanks")
def thank_organisers(run_id: uuid.UUID, body: ThanksBody) -> None:
    """Thank the organisers of a run that is over and to which you came, or take it back."""
    if body.thanks:
        recaps.thank(me(), run_id)
    else:
        recaps.take_back_thanks(me(), run_id)


def _attendance(run_id: uuid.UUID, words: str = "", *, awaited: bool = False) -> AttendanceData:
    run = runs.organised_run(me(), run_id)
    counts = queries.counts(run)
    rows = queries.attendees(me(), run, words, awaited=awaited)[: queries.SHOWN]
    return {
        "all": counts.all,
        "came": counts.came,
        "missing": counts.missing,
        "attendees": [
            {
                "participation_id": row.participation_id,
                "name": row.name,
                "guests": row.guests,
                "marked": row.marked,
                "said": row.said,
                "late_min": row.late_min,
            }
            for row in rows
        ],
    }
