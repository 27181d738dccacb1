"""Who came to a duty: said by oneself, or by a coordinator."""

import uuid
from datetime import timedelta

from hampa.duties.actions.booking import booking_to_change
from hampa.duties.models import ATTENDANCES, Booking
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Refused
from hampa.platform.locale.i18n import gettext as _

EARLY = timedelta(minutes=30)
"""How long before a shift its attendance can be said."""
LATEST = timedelta(days=7)
"""How long after a shift its own person can say it; coordinators always can."""


def set_attendance(person: Person, booking_id: uuid.UUID, attendance: str) -> Booking:
    """Say how a booking of one's own, or of a schedule that one coordinates, was attended.

    What a coordinator said stays. Raise Refused for another word, too early, or too late, Conflict for what a coordinator
    said, Forbidden and NotFound for who does neither.
    """
    if attendance not in ATTENDANCES:
        raise Refused(_("Choose one of the answers."), "attendance")
    booking, coordinates = booking_to_change(person, booking_id)
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
            raise Conflict(_("A coordinator has said how it was. Ask them to change it."))
    booking.attendance, booking.attendance_at, booking.attendance_by_id = attendance, now, person.id
    db.session.flush()
    return booking
