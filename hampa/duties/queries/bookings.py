"""Bookings: one's own with their hours, those of a shift, and those that are due for a reminder."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, true
from sqlalchemy.orm import aliased, joinedload

from hampa.crews.models import Crew
from hampa.duties.models import OPEN, SERVED, Booking, Offer, Schedule, Standby
from hampa.duties.queries.offers import may_be_buddy, may_have_offers
from hampa.duties.queries.presence import attendance_by
from hampa.duties.queries.schedules import may_coordinate, schedule_seen
from hampa.duties.queries.shift_rows import buddy_name
from hampa.duties.queries.shifts import Shift, start_token
from hampa.people.models import Person
from hampa.people.queries import PersonSummary, are_hidden, hidden_ids, is_none_of, stand_in, summary_columns
from hampa.platform import clock
from hampa.platform.errors import Forbidden, NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.statements import built_once
from hampa.platform.web.paging import Page, decode, rows_after
from hampa.series.models import Series

A_PAGE = 50
COMING_SHOWN = 3
MOST_IN_CALENDAR = 500


@dataclass(frozen=True, slots=True)
class OwnBooking:
    """A booking of a person, or of whom they accompany (`as_buddy`), as a row of a list.

    `attendance_by` is how the attendance is known, as `presence.attendance_by` says.
    """

    id: uuid.UUID
    schedule_id: uuid.UUID
    name: str
    role: str
    timezone: str
    owner: str
    starts_at: datetime
    begins_at: datetime
    ends_at: datetime
    attendance: str | None
    buddy_name: str
    buddy_asked: bool
    buddy_confirmed: bool
    as_buddy: bool
    remind_min: int | None
    attendance_by: str

    @property
    def token(self) -> str:
        """Return what names the shift in addresses."""
        return start_token(self.starts_at)

    @property
    def is_over(self) -> bool:
        """Return whether the shift is over."""
        return self.ends_at <= clock.now()


def _own(person_id: Any) -> Any:
    return (
        select(
            Booking.id,
            Booking.schedule_id,
            Schedule.name,
            Schedule.role,
            Schedule.timezone,
            func.coalesce(Crew.name, Series.plan["title"].astext, ""),
            Booking.starts_at,
            Booking.begins_at,
            Booking.ends_at,
            Booking.attendance,
            Booking.buddy_name,
            Booking.buddy_asked,
            Booking.buddy_confirmed_at.is_not(None),
            (Booking.person_id != person_id),
            Booking.remind_min,
            attendance_by(),
        )
        .join(Schedule, Schedule.id == Booking.schedule_id)
        .outerjoin(Crew, Crew.id == Schedule.crew_id)
        .outerjoin(Series, Series.id == Schedule.series_id)
        .where(is_of(person_id))
    )


def is_of(person_id: Any) -> Any:
    """Return the condition that a `Booking` is a person's, or that they confirmed to come along on it."""
    as_buddy = (Booking.buddy_id == person_id) & Booking.buddy_confirmed_at.is_not(None)
    return Booking.cancelled_at.is_(None) & ~Booking.is_draft & or_(Booking.person_id == person_id, as_buddy)


@built_once
def _coming(person_id: uuid.UUID, now: datetime, until: datetime) -> Any:
    there = Booking.ends_at > now, Booking.begins_at < until
    return _own(person_id).where(*there).order_by(Booking.begins_at, Booking.id).limit(A_PAGE * 2)


def coming(person: Person, until: datetime, limit: int = A_PAGE) -> list[OwnBooking]:
    """Return the duties of a person that are not over and begin before a moment, the soonest first."""
    return [OwnBooking(*row) for row in _coming(person.id, clock.now(), until)][:limit]


@built_once
def _in_calendar(person_id: uuid.UUID, since: datetime) -> Any:
    schedule = Schedule.name, Schedule.role, Schedule.timezone, Schedule.instructions, Schedule.latitude
    booking = Booking.id, Booking.begins_at, Booking.ends_at, Booking.created_at, Booking.updated_at, Booking.version
    owner = func.coalesce(Crew.name, Series.plan["title"].astext, "").label("owner")
    return (
        select(*booking, *schedule, Schedule.longitude, owner, (Booking.person_id != person_id).label("as_buddy"))
        .join(Schedule, Schedule.id == Booking.schedule_id)
        .outerjoin(Crew, Crew.id == Schedule.crew_id)
        .outerjoin(Series, Series.id == Schedule.series_id)
        .where(is_of(person_id), Booking.begins_at > since)
        .order_by(Booking.begins_at, Booking.id)
        .limit(MOST_IN_CALENDAR)
    )


def in_calendar(person: Person, since: datetime) -> list[Any]:
    """Return the duties of a person that began after a moment or will, as their calendar shows them."""
    return list(_in_calendar(person.id, since))


@built_once
def _past(
    person_id: uuid.UUID, now: datetime, most: int, before: datetime | None, last_id: uuid.UUID | None, *, on: bool
) -> Any:
    query = _own(person_id).where(Booking.ends_at <= now)
    key = Booking.begins_at, Booking.id
    return rows_after(query, key, (before, last_id), most, goes_on=on, descending=True)


def past(person: Person, after: str | None = None, size: int = A_PAGE) -> Page[OwnBooking]:
    """Return a page of the duties of a person that are over, the latest first."""
    before, last_id = decode(after, datetime, uuid.UUID) or (None, None)
    found = _past(person.id, clock.now(), size + 1, before, last_id, on=before is not None)
    return Page.of([OwnBooking(*row) for row in found], size, lambda row: (row.begins_at, row.id))


@dataclass(frozen=True, slots=True)
class Hours:
    """What a person has done: occasions (one credit each), and minutes."""

    credits: int
    minutes: int


@dataclass(frozen=True, slots=True)
class OwnDuties:
    """A person's duties to come and what they have done; `may_be_asked` is false if no question waits for their answer."""

    coming: list[OwnBooking]
    hours: Hours
    may_be_asked: bool


def own_duties(person: Person, until: datetime) -> OwnDuties:
    """Return what `coming` and `hours_of` do, and whether `asked_of` may find anything, in one statement."""
    rows = _own_duties(person.id, clock.now(), until).all()
    done, minutes, offers, buddies, *_first = rows[0]
    coming = [OwnBooking(*row[4:]) for row in rows if row[4] is not None]
    return OwnDuties(coming, Hours(int(done), int(minutes)), offers or buddies)


@built_once
def _own_duties(person_id: uuid.UUID, now: datetime, until: datetime) -> Any:
    there = Booking.ends_at > now, Booking.begins_at < until
    coming = _own(person_id).where(*there).order_by(Booking.begins_at, Booking.id).limit(A_PAGE).subquery("coming")
    person = stand_in(person_id)
    waits = select(may_have_offers(person, now).label("offers"), may_be_buddy(person, now).label("buddies"))
    done, waiting = _served(person_id).subquery("done"), waits.subquery("waiting")
    query = select(*done.c, *waiting.c, *coming.c).select_from(done).join(waiting, true()).outerjoin(coming, true())
    begins_at, booking_id = coming.c[7], coming.c[0]
    return query.order_by(begins_at, booking_id)


@built_once
def _hours(person_id: uuid.UUID) -> Any:
    return _served(person_id)


def _served(person_id: Any) -> Any:
    minutes = func.coalesce(func.sum(func.extract("epoch", Booking.ends_at - Booking.begins_at) / 60), 0)
    counted = ~Booking.is_draft, Booking.cancelled_at.is_(None)
    served = Booking.person_id == person_id, Booking.attendance.in_(SERVED), *counted
    return select(func.count(), minutes).where(*served)


def hours_of(person: Person) -> Hours:
    """Return the hours and credits of a person, of duties that they attended."""
    row = _hours(person.id).one()
    return Hours(int(row[0]), int(row[1]))


@dataclass(frozen=True, slots=True)
class ShiftPerson:
    """A person in a place of a shift, as others of the crew or series see them."""

    booking_id: uuid.UUID
    place: int
    person: PersonSummary
    buddy_name: str
    buddy_confirmed: bool
    attendance: str | None
    is_draft: bool
    attendance_by: str


def people_in(viewer: Person, shift: Shift, *, leads: bool) -> list[ShiftPerson]:
    """Return who does a shift, by place, without those who are hidden from the viewer.

    While the roster of its day is a draft, only coordinators see others than themselves. How others attended is for who
    `leads` or coordinates there.
    """
    sees_all = shift.schedule.coordinates
    rows = _people_in(shift.schedule.id, shift.starts_at, hidden_ids(viewer))
    people = [
        one
        for one in (ShiftPerson(*row) for row in rows)
        if sees_all or not (one.is_draft or (shift.is_drafted and one.person.id != viewer.id))
    ]
    if leads:
        return people
    return [one if one.person.id == viewer.id else replace(one, attendance=None, attendance_by="") for one in people]


@built_once
def _people_in(schedule_id: uuid.UUID, starts_at: datetime, hidden: list[uuid.UUID]) -> Any:
    return (
        select(
            Booking.id,
            Booking.place,
            summary_columns(),
            buddy_name(hidden),
            Booking.buddy_confirmed_at.is_not(None),
            Booking.attendance,
            Booking.is_draft,
            attendance_by(),
        )
        .join(Person, Person.id == Booking.person_id)
        .where(Booking.schedule_id == schedule_id, Booking.starts_at == starts_at, Booking.cancelled_at.is_(None))
        .where(is_none_of(Person.id, hidden))
        .order_by(Booking.place)
    )


def standbys_of(viewer: Person, schedule_id: uuid.UUID, starts_at: datetime) -> list[PersonSummary]:
    """Return who waits for a place in a shift, the first first."""
    return list(_standbys(schedule_id, starts_at, hidden_ids(viewer)).scalars())


@built_once
def _standbys(schedule_id: uuid.UUID, starts_at: datetime, hidden: list[uuid.UUID]) -> Any:
    return (
        select(summary_columns())
        .join(Standby, Standby.person_id == Person.id)
        .where(Standby.schedule_id == schedule_id, Standby.starts_at == starts_at, is_none_of(Person.id, hidden))
        .order_by(Standby.created_at, Standby.id)
        .limit(A_PAGE)
    )


def booking_for(person: Person, booking_id: uuid.UUID) -> Booking:
    """Return a booking that a person sees, with its schedule: their own, or of a schedule that they see."""
    booking: Booking | None = _booking(booking_id).scalar_one_or_none()
    if booking is None:
        raise NotFound
    if booking.is_draft and not may_coordinate(person, schedule_seen(person, booking.schedule_id)):
        raise NotFound
    if person.id not in (booking.person_id, booking.buddy_id):
        schedule_seen(person, booking.schedule_id)
    return booking


@built_once
def _booking(booking_id: uuid.UUID) -> Any:
    return select(Booking).where(Booking.id == booking_id).options(joinedload(Booking.schedule, innerjoin=True))


def own_booking(person: Person, booking_id: uuid.UUID) -> Booking:
    """Return a booking of a person that is not cancelled, with its schedule. Raise NotFound."""
    booking = booking_for(person, booking_id)
    if booking.person_id != person.id or booking.cancelled_at is not None:
        raise NotFound
    return booking


def coordinated_booking(person: Person, booking_id: uuid.UUID) -> Booking:
    """Return a booking that is not cancelled, with its schedule, to a coordinator. Raise NotFound and Forbidden."""
    booking = booking_for(person, booking_id)
    if not may_coordinate(person, schedule_seen(person, booking.schedule_id)):
        raise Forbidden(_("Only those who coordinate these duties can do that."))
    if booking.cancelled_at is not None or are_hidden(person.id, booking.person_id):
        raise NotFound
    return booking


def name_of(booking: Booking) -> str:
    """Return the name of who has a booking."""
    return _name(booking.person_id).scalar_one_or_none() or ""


@built_once
def _name(person_id: uuid.UUID) -> Any:
    return select(Person.name).where(Person.id == person_id)


@built_once
def _own_place(booking_id: uuid.UUID) -> Any:
    wanted, other = aliased(Booking), aliased(Schedule)
    offer = (
        select(
            Offer.booking_id,
            Offer.kind.label("offer"),
            Person.name.label("offered_to"),
            other.name.label("wanted"),
            wanted.begins_at.label("wanted_at"),
            other.timezone.label("wanted_timezone"),
        )
        .outerjoin(Person, Person.id == Offer.person_id)
        .outerjoin(wanted, wanted.id == Offer.wanted_id)
        .outerjoin(other, other.id == wanted.schedule_id)
        .where(Offer.booking_id == booking_id, Offer.state == OPEN)
        .limit(1)
        .subquery()
    )
    buddy = Booking.buddy_name, Booking.buddy_asked, Booking.buddy_confirmed_at
    columns = Booking.id, *buddy, Booking.attendance, attendance_by().label("attendance_by")
    said = offer.c.offer, offer.c.offered_to, offer.c.wanted, offer.c.wanted_at, offer.c.wanted_timezone
    return select(*columns, *said).outerjoin(offer, offer.c.booking_id == Booking.id).where(Booking.id == booking_id)


def own_place(booking_id: uuid.UUID) -> Any:
    """Return what the page of a shift says to who has this booking; `offer` is the kind of its open offer, or None."""
    return _own_place(booking_id).one()
