"""Who came to a duty: said by oneself, or by a coordinator."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from hampa.duties.actions import notifying
from hampa.duties.actions.booking import SlotTaken, bookable_shift, booking_to_change, put_in
from hampa.duties.models import ATTENDANCES, ATTENDED, BY_CODE, BY_PLACE, Booking, Schedule
from hampa.duties.queries import presence
from hampa.duties.queries.offers import member_of
from hampa.duties.queries.presence import leads_then
from hampa.duties.queries.schedules import may_coordinate, schedule_seen
from hampa.duties.queries.timeline import DONE
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Forbidden, NotFound, Refused
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.locale.measures import distance
from hampa.timeline.actions import Occurrence, record_all

EARLY = timedelta(minutes=30)
"""How long before a shift its attendance can be said."""
LATEST = timedelta(days=7)
"""How long after a shift its own person can say it; coordinators always can."""


def set_attendance(person: Person, booking_id: uuid.UUID, attendance: str) -> Booking:
    """Say how a booking of one's own, of a schedule that one coordinates, or of a time at which one leads, was attended.

    What a coordinator said stays. Raise Refused for another word, too early, or too late, Conflict for what a coordinator
    said, Forbidden and NotFound for who does neither.
    """
    if attendance not in ATTENDANCES:
        raise Refused(_("Choose one of the answers."), "attendance")
    booking, coordinates = booking_to_change(person, booking_id, as_leader=True)
    now = clock.now()
    if booking.is_draft:
        raise Refused(_("The roster of that day is a draft. Publish it first."))
    if booking.cancelled_at is not None:
        raise Refused(_("This duty was cancelled."))
    if now < booking.begins_at - EARLY:
        raise Refused(_("This shift has not begun yet."))
    if not coordinates:
        if now > booking.ends_at + LATEST:
            raise Refused(_("This shift is long over. Ask a coordinator."))
        if booking.attendance is not None and booking.attendance_by_id not in (None, person.id):
            raise Conflict(_("A coordinator has already said how it was. Ask them to change it."))
    if booking.attendance != attendance:
        booking.attendance_how = None  # who says the same again leaves it shown
    booking.attendance, booking.attendance_at, booking.attendance_by_id = attendance, now, person.id
    db.session.flush()
    if attendance == ATTENDED:
        record_done([booking.id])
    return booking


def stood_in(leader: Person, schedule_id: uuid.UUID, starts_at: datetime, person_id: uuid.UUID) -> Booking:
    """Write down, after a shift, that somebody did it who was not on the roster; who leads then can for a week.

    Coordinators always can. The person is told, and the place is one that was free, or of one who did not come. Raise
    Forbidden for others, Refused before its end, for a draft, and when no place is left, and as `book` does.
    """
    schedule = schedule_seen(leader, schedule_id, lock="share")
    shift = bookable_shift(leader, schedule_id, starts_at, before="")
    now = clock.now()
    if now < shift.ends_at:
        raise Refused(_("This shift is not over yet."))
    if not may_coordinate(leader, schedule):
        if not leads_then(leader, schedule, shift.begins_at):
            raise Forbidden(_("Only those who coordinate these duties can do that."))
        if now > shift.ends_at + LATEST:
            raise Refused(_("This shift is long over. Ask a coordinator."))
    if shift.is_drafted:
        raise Refused(_("The roster of that day is a draft. Publish it first."))
    person = member_of(leader, schedule, person_id)
    try:
        booking = put_in(leader, schedule_id, starts_at, person.id, notifying.STOOD_IN)
    except SlotTaken:
        raise Refused(_("All places in this shift are taken. First say who didn't come.")) from None
    booking.attendance, booking.attendance_at, booking.attendance_by_id = ATTENDED, now, leader.id
    db.session.flush()
    record_done([booking.id])
    notifying.tell_news([person.id], booking, notifying.STOOD_IN, leader.id)
    return booking


def record_done(booking_ids: Sequence[uuid.UUID]) -> None:
    """Put duties that were done into the timelines of their people and crews."""
    query = select(Booking.person_id, Booking.id, Booking.ends_at, Schedule.crew_id)
    query = query.join(Schedule, Schedule.id == Booking.schedule_id)
    rows = db.session.execute(query.where(Booking.id.in_(booking_ids), Booking.person_id.is_not(None)))
    record_all(DONE, [Occurrence(*row[:3], crew_id=row.crew_id) for row in rows])


def say_here(
    person: Person,
    schedule_id: uuid.UUID,
    starts_at: datetime,
    *,
    code: str = "",
    point: tuple[float, float] | None = None,
) -> Booking:
    """Say that one is at one's shift, and show it by the code that is shown there, or by where one is.

    Saying it twice is saying it once. Raise NotFound for who has no place in the shift, Refused for a wrong code, for who is
    too far away, and as `set_attendance` does.
    """
    booking_id = presence.booking_of(person, schedule_id, starts_at)
    if booking_id is None:
        raise NotFound
    if code:
        if not presence.is_code_of(schedule_id, starts_at, code):
            raise Refused(_("This is not the code of this shift."), "code")
    elif point is not None:
        beyond = presence.metres_beyond(schedule_id, *point)
        if beyond is None:
            raise Refused(_("Nobody has said where this shift is. Ask for the code."))
        if beyond:
            raise Refused(_("You are %(distance)s too far away. Ask for the code.", distance=distance(beyond / 1000)))
    else:
        raise Refused(_("Enter the code, or let your phone say where you are."), "code")
    booking = set_attendance(person, booking_id, ATTENDED)
    booking.attendance_how = BY_CODE if code else BY_PLACE
    db.session.flush()
    return booking
