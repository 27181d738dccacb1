"""Bookings: taking a shift and giving it up, handing it on, and answering what others ask."""

import uuid
from datetime import datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from hampa.api.duty_shapes import Attendance, BookingData, OfferKind, booking_as_data
from hampa.api.shapes import Summary, summary_as_data
from hampa.duties.actions import attendance, booking as actions, offers
from hampa.duties.forms import BookingForm
from hampa.duties.models import Booking
from hampa.duties.queries import bookings as queries, schedules
from hampa.duties.queries.offers import bookings_to_want, offer_of, open_offer, people_to_give
from hampa.people.actions import count_number_lookups
from hampa.platform.api.answers import Created
from hampa.platform.api.forms import valid_form
from hampa.platform.api.operations import Resource
from hampa.platform.api.requests import Body, Moment, OneOf
from hampa.platform.config import settings
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.web.session import me

resource = Resource("bookings", _l("Places in shifts"), scope="duties")

ACCEPT = "accept"
Decision = Annotated[str, OneOf(ACCEPT, "decline")]


class BookingBody(Body):
    """The shift that you take; whoever has the number `buddy_phone` is asked to confirm, if they are here."""

    schedule_id: uuid.UUID
    start_time: Moment
    buddy_name: str = Field("", max_length=60)
    buddy_phone: str = Field("", max_length=40)
    remind_min: int | None = Field(None, json_schema_extra={"enum": [30, 60, 180, 720, 2880, None]})


class AttendanceBody(Body):
    """How it was."""

    attendance: Attendance


class OfferBody(Body):
    """To whom: to a person (`give`, `person_id`), to all, or to who has the booking `wanted_id` in exchange (`swap`)."""

    kind: OfferKind
    person_id: uuid.UUID | None = None
    wanted_id: uuid.UUID | None = None


class SwapBody(Body):
    """The booking of somebody else, whose place is exchanged for this one."""

    wanted_id: uuid.UUID


class DecisionBody(Body):
    """Your answer."""

    decision: Decision


class OfferData(TypedDict):
    """An offer of a booking of yours that is open."""

    id: uuid.UUID
    booking_id: uuid.UUID
    kind: OfferKind
    person_id: uuid.UUID | None
    wanted_id: uuid.UUID | None
    created_at: datetime
    updated_at: datetime
    version: int


class WantedData(TypedDict):
    """A duty of somebody else, for which you could swap yours."""

    booking_id: uuid.UUID
    schedule: str
    begins_at: datetime
    timezone: str
    name: str


class TakersData(TypedDict):
    """Who could take a duty of yours, two hundred at most, and fifty duties of others for which you could swap it."""

    people: list[Summary]
    wanted: list[WantedData]


@resource.post("/bookings", needs_name=True)
def create_booking(body: BookingBody) -> Created[BookingData]:
    """Take a place in a shift. A lost race answers 409 SLOT_TAKEN, and `first` names the next shift with a place."""
    schedules.schedule_seen(me(), body.schedule_id)
    reminder = "" if body.remind_min is None else str(body.remind_min)
    given = {"buddy_name": body.buddy_name, "buddy_phone": body.buddy_phone, "remind_min": reminder}
    values = valid_form(BookingForm, {name: value for name, value in given.items() if value}).values()
    if values["buddy_phone"]:
        count_number_lookups(me(), 1, settings().walk_ins_per_person_day, field="buddy_phone")
    made = actions.book(me(), body.schedule_id, body.start_time, **values)
    return Created(booking_as_data(made), f"/bookings/{made.id}")


@resource.get("/bookings/<uuid:booking_id>")
def read_booking(booking_id: uuid.UUID) -> BookingData:
    """Return your place in a shift."""
    return booking_as_data(queries.own_booking(me(), booking_id))


@resource.delete("/bookings/<uuid:booking_id>")
def cancel_booking(booking_id: uuid.UUID) -> None:
    """Give up your place in a shift, or as a coordinator that of somebody else."""
    queries.booking_for(me(), booking_id)
    actions.cancel(me(), booking_id)


@resource.put("/bookings/<uuid:booking_id>/attendance")
def set_booking_attendance(booking_id: uuid.UUID, body: AttendanceBody) -> None:
    """Say how a duty of yours was attended, or as a coordinator that of somebody else."""
    queries.booking_for(me(), booking_id)
    attendance.set_attendance(me(), booking_id, body.attendance)


@resource.get("/bookings/<uuid:booking_id>/takers")
def list_takers(booking_id: uuid.UUID) -> TakersData:
    """List to whom you could give a duty, and for which of others you could swap it."""
    booking = queries.own_booking(me(), booking_id)
    return {
        "people": [summary_as_data(one) for one in people_to_give(me(), booking)],
        "wanted": [
            {
                "booking_id": row.id,
                "schedule": row.schedule,
                "begins_at": row.begins_at,
                "timezone": row.timezone,
                "name": row.name,
            }
            for row in bookings_to_want(me(), booking)
        ],
    }


@resource.get("/bookings/<uuid:booking_id>/offer")
def read_duty_offer(booking_id: uuid.UUID) -> OfferData:
    """Return the open offer of a duty of yours."""
    found = open_offer(queries.own_booking(me(), booking_id).id)
    if found is None:
        raise NotFound
    return {
        "id": found.id,
        "booking_id": found.booking_id,
        "kind": found.kind,
        "person_id": found.person_id,
        "wanted_id": found.wanted_id,
        "created_at": found.created_at,
        "updated_at": found.updated_at,
        "version": found.version,
    }


@resource.put("/bookings/<uuid:booking_id>/offer", locks=Booking)
def offer_duty(booking_id: uuid.UUID, body: OfferBody) -> OfferData:
    """Offer a duty of yours; until somebody accepts it stays yours, and an earlier offer of it is taken back."""
    queries.own_booking(me(), booking_id)
    offers.offer(me(), booking_id, body.kind, to_id=body.person_id, wanted_id=body.wanted_id)
    return read_duty_offer(booking_id)


@resource.delete("/bookings/<uuid:booking_id>/offer", locks=Booking)
def take_duty_offer_back(booking_id: uuid.UUID) -> None:
    """Take an offer back: you keep the duty."""
    queries.own_booking(me(), booking_id)
    offers.take_back(me(), booking_id)


@resource.post("/bookings/<uuid:booking_id>/swap")
def swap_bookings(booking_id: uuid.UUID, body: SwapBody) -> None:
    """Let two people change places in shifts of one crew or series, as a coordinator; both are told."""
    queries.coordinated_booking(me(), booking_id)
    offers.swap_places(me(), booking_id, body.wanted_id)


@resource.post("/offers/<uuid:offer_id>", needs_name=True)
def answer_duty_offer(offer_id: uuid.UUID, body: DecisionBody) -> None:
    """Take an offered duty, or say no; the first to accept has it, and others get 409."""
    if offer_of(me(), offer_id) is None:
        raise NotFound
    offers.answer(me(), offer_id, accepts=body.decision == ACCEPT)


@resource.post("/bookings/<uuid:booking_id>/buddy", needs_name=True)
def answer_duty_buddy(booking_id: uuid.UUID, body: DecisionBody) -> None:
    """Say yes or no to coming along on a duty of somebody else."""
    actions.answer_buddy(me(), booking_id, accepts=body.decision == ACCEPT)
