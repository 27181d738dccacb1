"""Duties: the shifts of one's crews and series, and one's own duties."""

import uuid
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.duty_shapes import (
    AskedData,
    DutyData,
    OfferedData,
    ShiftData,
    ShiftPeopleData,
    asked_as_data,
    duty_as_data,
    moved_to,
    offered_as_data,
    shift_as_data,
)
from hampa.api.shapes import summary_as_data
from hampa.duties.actions import attendance, booking as actions, schedules as schedule_actions
from hampa.duties.forms import ShiftForm
from hampa.duties.models import LONGEST_NOTE, Schedule
from hampa.duties.queries import bookings as queries, schedules
from hampa.duties.queries.offers import BUDDIES, OFFERS, asked_of, member_of
from hampa.duties.queries.presence import may_show_code
from hampa.duties.queries.shifts import (
    LONGEST_SPAN,
    MOST_SHIFTS,
    USUAL_LIMIT,
    USUAL_SPAN,
    Shift,
    parse_token,
    shift_of,
    shifts_for,
)
from hampa.platform import clock
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, Moment, Paging, Query
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.paging import Page
from hampa.platform.web.session import me

resource = Resource("duties", _l("Duties"))

Note = Annotated[str, Field(max_length=LONGEST_NOTE)]


class ShiftsQuery(Query):
    """From when to when, by default four weeks from now; a year at most."""

    since: Moment | None = Field(None, alias="from")
    until: Moment | None = Field(None, alias="to")
    limit: int = Field(USUAL_LIMIT, ge=1, le=MOST_SHIFTS)


class ShiftChangeBody(Body):
    """What is different about one shift; what is left out stays, and `moved_to` null takes a move back."""

    is_cancelled: bool = False
    note: Note = ""
    moved_to: Moment | None = None


class ShiftPersonBody(Body):
    """Who does it."""

    person_id: uuid.UUID


class DutiesData(TypedDict):
    """Your duties to come, what you are asked, and what you have done: `credits` occasions in `minutes`."""

    coming: list[DutyData]
    offers: list[OfferedData]
    buddies: list[AskedData]
    credits: int
    minutes: int


@resource.get("/shifts/available")
def list_available_shifts(query: ShiftsQuery) -> list[ShiftData]:
    """List the shifts of your crews and series, the soonest day first, in it what misses most people."""
    now = clock.now()
    latest = now + LONGEST_SPAN
    since = min(max(query.since or now, now), latest)
    until = min(query.until or since + USUAL_SPAN, latest)
    found = shifts_for(me(), since, until, most=query.limit) if since < until else []
    return [shift_as_data(one) for one in found]


@resource.get("/schedules/<uuid:schedule_id>/shifts/<start>")
def read_shift(schedule_id: uuid.UUID, start: str) -> ShiftData:
    """Return a shift of a schedule; `start` is its start in UTC, such as 20261201T023000Z."""
    return shift_as_data(_shift(schedule_id, start))


@resource.patch("/schedules/<uuid:schedule_id>/shifts/<start>", locks=Schedule, locks_by="schedule_id")
def change_shift(schedule_id: uuid.UUID, start: str, body: ShiftChangeBody) -> ShiftData:
    """Cancel a shift, move it, or leave a note, as a coordinator; who does it is told."""
    schedules.coordinated_schedule(me(), schedule_id, lock="update")
    shown = _shift(schedule_id, start)
    now = {"is_cancelled": shown.is_cancelled, "note": shown.note, "moved_to": moved_to(shown)}
    changed: dict[str, Any] = now | body.model_dump(exclude_unset=True)
    form = valid_form(ShiftForm, {name: changed[name] for name in ("is_cancelled", "note")})
    if changed["moved_to"] is not None:
        changed["moved_to"] = changed["moved_to"].replace(second=0, microsecond=0)
    changed["note"] = form.note.data or ""
    schedule_actions.change_shift(me(), schedule_id, shown.starts_at, **changed)
    return read_shift(schedule_id, start)


@resource.put("/schedules/<uuid:schedule_id>/shifts/<start>/standby")
def join_standby_list(schedule_id: uuid.UUID, start: str) -> None:
    """Wait for a place in a full shift: if one falls free it is yours, and you are told."""
    actions.join_standby(me(), schedule_id, _shift(schedule_id, start).starts_at)


@resource.delete("/schedules/<uuid:schedule_id>/shifts/<start>/standby")
def leave_standby_list(schedule_id: uuid.UUID, start: str) -> None:
    """Wait no longer for a place in a shift."""
    actions.leave_standby(me(), schedule_id, _shift(schedule_id, start).starts_at)


@resource.get("/schedules/<uuid:schedule_id>/shifts/<start>/people")
def list_shift_people(schedule_id: uuid.UUID, start: str) -> ShiftPeopleData:
    """List who does a shift, and for who coordinates or leads then who waits for a place in it."""
    shown = _shift(schedule_id, start)
    leads = may_show_code(me(), shown.schedule, shown.begins_at)
    waiting = queries.standbys_of(me(), schedule_id, shown.starts_at) if leads else []
    return {
        "people": [
            {
                "booking_id": one.booking_id,
                "place": one.place,
                "person": summary_as_data(one.person),
                "buddy_name": one.buddy_name,
                "buddy_confirmed": one.buddy_confirmed,
                "attendance": one.attendance,
                "attendance_by": one.attendance_by,
            }
            for one in queries.people_in(me(), shown, leads=leads)
        ],
        "standbys": [summary_as_data(one) for one in waiting],
    }


@resource.post("/schedules/<uuid:schedule_id>/shifts/<start>/people")
def put_into_shift(schedule_id: uuid.UUID, start: str, body: ShiftPersonBody) -> ShiftPeopleData:
    """Put somebody of the crew or the series into a shift, as a coordinator; they are told.

    Who leads then does so with those who wait for a place. After the shift both write down who stood in.
    """
    schedule = schedules.schedule_seen(me(), schedule_id)
    shown = _shift(schedule_id, start)
    if shown.ends_at <= clock.now():
        attendance.stood_in(me(), schedule_id, shown.starts_at, body.person_id)
    elif not schedules.may_coordinate(me(), schedule):
        actions.call_standby(me(), schedule_id, shown.starts_at, body.person_id)
    else:
        actions.give_place(me(), schedule_id, shown.starts_at, member_of(me(), schedule, body.person_id).id)
    return list_shift_people(schedule_id, start)


@resource.get("/me/duties")
def read_own_duties() -> DutiesData:
    """Return your duties to come, fifty at most, what others ask you about theirs, and what you have done."""
    mine = queries.own_duties(me(), clock.now() + LONGEST_SPAN)
    asked = asked_of(me()) if mine.may_be_asked else []
    return {
        "coming": [duty_as_data(row) for row in mine.coming],
        "offers": [offered_as_data(row) for row in asked if row.kind == OFFERS],
        "buddies": [asked_as_data(row) for row in asked if row.kind == BUDDIES],
        "credits": mine.hours.credits,
        "minutes": mine.hours.minutes,
    }


@resource.get("/me/duties/past")
def list_past_duties(query: Paging) -> Page[DutyData]:
    """List the duties of yours that are over, the latest first."""
    return queries.past(me(), query.after, query.limit).of_rows(duty_as_data)


def _shift(schedule_id: uuid.UUID, start: str) -> Shift:
    row, starts_at = schedules.schedule_row(me(), schedule_id), parse_token(start)
    found = shift_of(me(), row, starts_at) if starts_at is not None else None
    if found is None:
        raise NotFound
    return found
