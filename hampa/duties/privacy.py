"""Export and erasure of a person's duties."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import update

from hampa.duties.models import Booking, Offer, Qualification, Schedule, Standby
from hampa.people import privacy_registry
from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.locale.i18n import lazy_gettext as _l
from hampa.platform.row_versions import bumping

privacy_registry.holds(Schedule.author_id, noun="duty_schedules", fate="empty")
privacy_registry.holds(Booking.person_id, noun="duties", fate="delete")
privacy_registry.holds(Booking.buddy_id, noun="duties_as_buddy", fate="empty")
privacy_registry.holds(Booking.attendance_by_id, noun="duties_you_marked", fate="empty")
privacy_registry.holds(Standby.person_id, noun="duty_standbys", fate="delete")
privacy_registry.holds(Offer.person_id, noun="duty_offers", fate="delete")
privacy_registry.holds(Qualification.person_id, noun="duty_qualifications", fate="delete")


@privacy_registry.exports("duty_schedules", _l("Schedules of duties that you made"))
def export_schedules(person: Person) -> Iterable[dict[str, Any]]:
    """Return the schedules; `rule` is an RRULE (RFC 5545) or a cron expression."""
    columns = (
        "id crew_id series_id name role rule at timezone start_date end_date duration_min latitude longitude created_at"
    )
    return privacy_registry.rows_of(person, Schedule.author_id, columns)


@privacy_registry.exports("duties", _l("Duties that you took"))
def export_bookings(person: Person) -> Iterable[dict[str, Any]]:
    """Return the bookings, cancelled ones too."""
    columns = (
        "id schedule_id starts_at begins_at ends_at place cancelled_at buddy_name remind_min attendance attendance_at"
        " attendance_how created_at"
    )
    return privacy_registry.rows_of(person, Booking.person_id, columns)


@privacy_registry.exports("duties_as_buddy", _l("Duties of others on which you come along"))
def export_buddies(person: Person) -> Iterable[dict[str, Any]]:
    """Return the shifts, without who does them."""
    columns = "schedule_id begins_at ends_at buddy_confirmed_at cancelled_at"
    return privacy_registry.rows_of(person, Booking.buddy_id, columns)


@privacy_registry.exports("duties_you_marked", _l("Duties on which you marked who came"))
def export_marks(person: Person) -> Iterable[dict[str, Any]]:
    """Return the shifts, without whom it was about."""
    return privacy_registry.rows_of(person, Booking.attendance_by_id, "schedule_id begins_at attendance attendance_at")


@privacy_registry.exports("duty_standbys", _l("Standby lists of duties that you are on"))
def export_standbys(person: Person) -> Iterable[dict[str, Any]]:
    """Return the shifts."""
    return privacy_registry.rows_of(person, Standby.person_id, "schedule_id starts_at created_at")


@privacy_registry.exports("duty_offers", _l("Duties that were offered to you"))
def export_offers(person: Person) -> Iterable[dict[str, Any]]:
    """Return the offers to the person alone."""
    return privacy_registry.rows_of(person, Offer.person_id, "booking_id kind state created_at")


@privacy_registry.exports("duty_qualifications", _l("Your qualifications for duties"))
def export_qualifications(person: Person) -> Iterable[dict[str, Any]]:
    """Return the qualifications."""
    return privacy_registry.rows_of(person, Qualification.person_id, "crew_id series_id name created_at")


@privacy_registry.erases
def forget_buddy(person: Person) -> None:
    """Delete the name under which the person comes along on duties of others."""
    named = update(Booking).where(Booking.buddy_id == person.id).values(buddy_name="", buddy_confirmed_at=None)
    db.session.execute(named.execution_options(synchronize_session=False), execution_options=bumping(()))
