"""Taking a place in a shift, giving it up, and the standby list.

Whoever takes or gives up a place locks the schedule in a way that lets others do so too, and keeps out who changes the
schedule or the shift. That nobody gets a place that is taken, or two duties at one time, the indexes of bookings decide.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from hampa.duties.actions import notifying
from hampa.duties.models import (
    MOST_PEOPLE,
    NO_SHOW,
    OPEN,
    REMINDERS,
    WITHDRAWN,
    Booking,
    Offer,
    Schedule,
    Standby,
    shifts_version,
)
from hampa.duties.queries.presence import leads_then
from hampa.duties.queries.schedules import (
    belongs,
    is_drafted,
    is_qualified,
    may_coordinate,
    schedule_row,
    schedule_seen,
)
from hampa.duties.queries.shifts import (
    BEGUN,
    CANCELLED,
    CLASHES,
    MINE,
    REASON_WORDS,
    STOPPED,
    TAKEN,
    UNPUBLISHED,
    Shift,
    next_free,
    rule_of,
    shift_of,
)
from hampa.people.models import Person
from hampa.people.queries import are_hidden, by_id, by_phone
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Forbidden, NotFound, Refused
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.row_versions import bumping


class NotBookable(Refused):
    """A shift can't be taken: there is none, or its rules do not allow it; `name` says why."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class SlotTaken(Conflict):
    """All places of a shift are taken; `next` is the next shift of the schedule with a place."""

    name = "SLOT_TAKEN"

    def __init__(self, shift: Shift | None) -> None:
        message = _("Somebody was faster: all places of this shift are taken.")
        if shift is not None:
            when = dates.when(shift.begins_at, shift.schedule.timezone)
            message = _("%(taken)s The next one with a place is %(when)s.", taken=message, when=when)
            self.first = f"/schedules/{shift.schedule.id}/shifts/{shift.token}"
        super().__init__(message)
        self.next = shift


class BookedAlready(Conflict):
    """The person has a place in the shift."""

    name = "BOOKED_ALREADY"


def bookable_shift(person: Person, schedule_id: uuid.UUID, starts_at: datetime, *, before: str = "begins_at") -> Shift:
    """Return a shift that follows from the rule and the season of an active schedule.

    Raise NotBookable, also when it has begun, with `before` "ends_at" only when it is over, with "" not even then, and
    NotFound for a schedule that the person does not see.
    """
    row = schedule_row(person, schedule_id)
    if not row.is_open:
        raise NotBookable("SCHEDULE_INACTIVE", _("These duties are not active at present."))
    shift = shift_of(person, row, starts_at)
    rule = rule_of(row)
    if shift is None:
        if not rule.in_season(starts_at):
            raise NotBookable("OUT_OF_SEASON", _("That day is outside the season of these duties."))
        raise NotBookable("NOT_A_SHIFT", _("No shift of these duties begins then. Choose one from the list."))
    if before and getattr(shift, before) <= clock.now():
        raise NotBookable("SHIFT_OVER", _("This shift has begun. Choose one to come."))
    return shift


def book(
    person: Person,
    schedule_id: uuid.UUID,
    starts_at: datetime,
    *,
    buddy_name: str = "",
    buddy_phone: str = "",
    remind_min: int | None = None,
) -> Booking:
    """Take a place in a shift, for a person with or without a buddy.

    With `buddy_phone` (E.164) whoever has that number is asked to confirm; one without an account, or of somebody who is
    hidden from the person, is taken like all others. Raise SlotTaken, BookedAlready, NotBookable and NotFound.
    """
    schedule_seen(person, schedule_id, lock="share")
    shift = bookable_shift(person, schedule_id, starts_at)
    if shift.reason == MINE:
        raise BookedAlready(REASON_WORDS[MINE])
    if shift.reason not in ("", TAKEN):
        raise NotBookable(shift.reason.upper(), str(shift.why))
    notifying.count_change(person)
    booking = _take_place(person, shift)
    booking.remind_min = remind_min if remind_min in REMINDERS else None
    if buddy_name or buddy_phone:
        set_buddy(person, booking, buddy_name, buddy_phone)
    db.session.execute(_leave_standby(person.id, schedule_id, starts_at))
    db.session.flush()
    notifying.tell_booked(booking)
    return booking


def _take_place(person: Person, shift: Shift, *, draft: bool = False) -> Booking:
    for _attempt in range(shift.schedule.max_people + 1):
        booking = try_place(shift.schedule.id, shift, person.id, draft=draft)
        if booking is not None:
            return booking
        again = shift_of(person, shift.schedule, shift.starts_at)
        if again is None or again.reason in (CANCELLED, UNPUBLISHED, STOPPED):
            raise NotBookable("CANCELLED", str(REASON_WORDS[CANCELLED]))
        if again.reason == MINE:
            raise BookedAlready(REASON_WORDS[MINE])
        if again.reason == CLASHES:
            raise NotBookable("CLASHES", str(REASON_WORDS[CLASHES]))
        if again.reason == TAKEN:
            break
        if again.reason == BEGUN and again.free:
            raise NotBookable("CLASHES", _("They have another duty then."))
    raise SlotTaken(next_free(person, shift.schedule, shift.starts_at))


def try_place(schedule_id: uuid.UUID, shift: Any, person_id: uuid.UUID, *, draft: bool = False) -> Booking | None:
    """Put a person into the first free place of a shift; return None if none is, or they have something else then.

    In a draft they may have something else: the checks of the roster say so. For each who did not come there is a place more.
    """
    at = Booking.schedule_id == schedule_id, Booking.starts_at == shift.starts_at, Booking.cancelled_at.is_(None)
    rows = db.session.execute(select(Booking.place, Booking.attendance).where(*at)).all()
    taken = {row.place for row in rows}
    most = min(shift.schedule.max_people + sum(row.attendance == NO_SHOW for row in rows), MOST_PEOPLE)
    place = next((place for place in range(1, most + 1) if place not in taken), None)
    if place is None:
        return None
    now = clock.now()
    values = {
        "id": ids.new_id(),
        "schedule_id": schedule_id,
        "starts_at": shift.starts_at,
        "begins_at": shift.begins_at,
        "ends_at": shift.ends_at,
        "place": place,
        "person_id": person_id,
        "is_draft": draft,
        "created_at": now,
        "updated_at": now,
    }
    placed = insert(Booking).values(**values).on_conflict_do_nothing().returning(Booking)
    return db.session.scalar(placed, execution_options=bumping([shifts_version(shift.schedule)]))


def set_buddy(person: Person, booking: Booking, name: str, phone: str) -> None:
    """Let somebody come along on a booking: under a name, or asked by their number. Raise Refused for one's own."""
    if phone and phone == person.phone:
        raise Refused(_("This is your own number."), "buddy_phone")
    other = by_phone(phone) if phone else None
    if other is not None and (other.state != "active" or are_hidden(person.id, other.id)):
        other = None
    booking.buddy_name, booking.buddy_asked = name, bool(phone)
    booking.buddy_id, booking.buddy_confirmed_at = (other.id if other is not None else None), None
    if other is not None:
        db.session.flush()
        notifying.ask([other.id], booking, notifying.BUDDY, person.id)


def answer_buddy(buddy: Person, booking_id: uuid.UUID, *, accepts: bool) -> Booking:
    """Say yes or no to coming along on a booking. Raise NotFound for who was not asked, or when it is cancelled.

    The name stays the one that was typed: a copy of the account's would outlive it.
    """
    booking = locked_booking(booking_id)
    if booking is None or booking.buddy_id != buddy.id or booking.cancelled_at is not None:
        raise NotFound
    if are_hidden(buddy.id, booking.person_id):
        raise NotFound
    if accepts and booking.buddy_confirmed_at is not None:
        return booking
    if accepts:
        booking.buddy_confirmed_at = clock.now()
    else:
        booking.buddy_id = booking.buddy_confirmed_at = None
    what = notifying.BUDDY_YES if accepts else notifying.BUDDY_NO
    notifying.tell_news([booking.person_id], booking, what, buddy.id)
    return booking


def locked_booking(booking_id: uuid.UUID) -> Booking | None:
    """Return a booking as it is now, locked, with its schedule, whoever's it is."""
    query = select(Booking).where(Booking.id == booking_id).options(joinedload(Booking.schedule, innerjoin=True))
    return db.session.scalar(query.with_for_update(of=Booking).execution_options(populate_existing=True))


def booking_to_change(person: Person, booking_id: uuid.UUID, *, as_leader: bool = False) -> tuple[Booking, bool]:
    """Return a locked booking, and whether the person coordinates its schedule; it is their own or they do.

    With `as_leader`, who leads at that time counts as a coordinator for the bookings of others. Raise NotFound for who does not see the schedule, Forbidden for others who see it.
    """
    schedule_id = db.session.scalar(select(Booking.schedule_id).where(Booking.id == booking_id))
    if schedule_id is None:
        raise NotFound
    schedule = db.session.scalar(select(Schedule).where(Schedule.id == schedule_id).with_for_update(key_share=True))
    booking = locked_booking(booking_id)
    if booking is None or schedule is None:
        raise NotFound
    is_own = booking.person_id == person.id
    coordinator = (
        may_coordinate(person, schedule_seen(person, schedule_id)) if not is_own else _coordinates(person, schedule_id)
    )
    if as_leader and not is_own:
        coordinator = coordinator or leads_then(person, schedule, booking.begins_at)
    if not is_own and not coordinator:
        raise Forbidden(_("This is the duty of somebody else."))
    return booking, coordinator


def _coordinates(person: Person, schedule_id: uuid.UUID) -> bool:
    try:
        return may_coordinate(person, schedule_seen(person, schedule_id))
    except NotFound:
        return False


def cancel(person: Person, booking_id: uuid.UUID) -> Booking:
    """Give up one's place in a shift to come, or as a coordinator that of somebody else; the standby list fills it.

    Raise Refused when it is too late, NotFound and Forbidden.
    """
    booking, coordinates = booking_to_change(person, booking_id)
    if booking.cancelled_at is not None:
        return booking
    now = clock.now()
    if booking.begins_at <= now:
        raise Refused(_("This shift has begun. A coordinator can note that you are excused."))
    if not coordinates and now > booking.begins_at - timedelta(hours=booking.schedule.cancel_hours):
        raise Refused(_("It's too late to cancel. Ask a coordinator, or hand the shift to somebody else."))
    if booking.person_id != person.id and not booking.is_draft:
        notifying.tell_news(notifying.with_buddy(booking), booking, notifying.CANCELLED, person.id)
    elif booking.buddy_confirmed_at is not None and booking.buddy_id is not None:
        notifying.tell_news([booking.buddy_id], booking, notifying.CANCELLED, person.id)
    free_place(booking)
    return booking


def free_place(booking: Booking) -> None:
    """Cancel a booking, withdraw its offers, and give the place to the standby list. The schedule is locked."""
    booking.cancelled_at = clock.now()
    withdraw_offers(booking.id)
    db.session.flush()
    fill(booking.schedule, booking.starts_at, booking.begins_at, booking.ends_at)


def withdraw_offers(booking_id: uuid.UUID) -> None:
    """Withdraw the open offers of a booking, and the swaps for it."""
    ours = Offer.state == OPEN, (Offer.booking_id == booking_id) | (Offer.wanted_id == booking_id)
    values = {"state": WITHDRAWN, "updated_at": clock.now(), "version": Offer.version + 1}
    db.session.execute(update(Offer).where(*ours).values(**values).execution_options(synchronize_session=False))


def fill(schedule: Schedule, starts_at: datetime, begins_at: datetime, ends_at: datetime) -> list[Booking]:
    """Give free places of a shift to the standby list, the first to come first, and tell them."""
    if begins_at <= clock.now() or not schedule.is_active or schedule.published_at is None:
        return []
    if is_drafted(schedule, begins_at):
        return []
    at = Standby.schedule_id == schedule.id, Standby.starts_at == starts_at
    eligible = (
        select(Standby)
        .join(Person, Person.id == Standby.person_id)
        .join(Schedule, Schedule.id == Standby.schedule_id)
        .where(*at, Person.state == "active", belongs(Standby.person_id), is_qualified(Standby.person_id))
        .order_by(Standby.created_at, Standby.id)
        .limit(50)
        .with_for_update(of=Standby, skip_locked=True)
    )
    place = _Place(schedule, starts_at, begins_at, ends_at)
    filled = []
    for standby in db.session.scalars(eligible).all():
        booking = try_place(schedule.id, place, standby.person_id)
        if booking is None:
            continue
        db.session.delete(standby)
        db.session.flush()
        notifying.tell_booked(booking, notifying.FROM_STANDBY)
        filled.append(booking)
    return filled


class _Place:
    """The shift of a free place."""

    def __init__(self, schedule: Schedule, starts_at: datetime, begins_at: datetime, ends_at: datetime) -> None:
        self.schedule, self.starts_at, self.begins_at, self.ends_at = schedule, starts_at, begins_at, ends_at


def join_standby(person: Person, schedule_id: uuid.UUID, starts_at: datetime) -> None:
    """Wait for a place in a full shift. Raise Refused if it has one, or the person can't take it."""
    schedule_seen(person, schedule_id, lock="share")
    shift = bookable_shift(person, schedule_id, starts_at)
    if shift.reason == "":
        raise Refused(_("This shift has a place. Take it."))
    if shift.reason != TAKEN:
        raise NotBookable(shift.reason.upper(), str(shift.why))
    values = {"schedule_id": schedule_id, "starts_at": starts_at, "person_id": person.id}
    row = {"id": ids.new_id(), "created_at": clock.now(), **values}
    db.session.execute(insert(Standby).values(**row).on_conflict_do_nothing())


def leave_standby(person: Person, schedule_id: uuid.UUID, starts_at: datetime) -> None:
    """Wait no longer for a place in a shift."""
    db.session.execute(_leave_standby(person.id, schedule_id, starts_at))


def _leave_standby(person_id: uuid.UUID, schedule_id: uuid.UUID, starts_at: datetime) -> Any:
    at = Standby.schedule_id == schedule_id, Standby.starts_at == starts_at
    return delete(Standby).where(*at, Standby.person_id == person_id)


def give_place(coordinator: Person, schedule_id: uuid.UUID, starts_at: datetime, person_id: uuid.UUID) -> Booking:
    """Put somebody into a shift as a coordinator, whenever booking opens or closes, until it is over. Raise as `book` does.

    In a draft of the roster they are not told before it is published. Who publishes locks the schedule for themselves.
    """
    schedule = schedule_seen(coordinator, schedule_id, lock="share")
    if not may_coordinate(coordinator, schedule):
        raise Forbidden(_("Only those who coordinate these duties can do that."))
    return put_in(coordinator, schedule_id, starts_at, person_id, notifying.GIVEN)


def call_standby(person: Person, schedule_id: uuid.UUID, starts_at: datetime, called_id: uuid.UUID) -> Booking:
    """Give a free place to one who waits for it, as a coordinator or as who leads then. Raise as `book` does.

    Raise NotFound for who does not wait, or is hidden from the person.
    """
    schedule = schedule_seen(person, schedule_id, lock="share")
    shift = bookable_shift(person, schedule_id, starts_at, before="ends_at")
    if not may_coordinate(person, schedule) and not leads_then(person, schedule, shift.begins_at):
        raise Forbidden(_("Only those who coordinate these duties can do that."))
    waits = Standby.schedule_id == schedule_id, Standby.starts_at == starts_at, Standby.person_id == called_id
    if are_hidden(person.id, called_id) or not db.session.scalar(select(exists().where(*waits))):
        raise NotFound
    if not db.session.scalar(select(exists().where(Schedule.id == schedule_id, is_qualified(called_id)))):
        raise NotBookable("UNQUALIFIED", _("It needs a qualification that they don't have."))
    return put_in(person, schedule_id, starts_at, called_id, notifying.FROM_STANDBY)


def put_in(leader: Person, schedule_id: uuid.UUID, starts_at: datetime, person_id: uuid.UUID, what: str) -> Booking:
    """Put somebody into a shift, and tell them; one who stood in after it, and not. Raise as `book` does."""
    over = what == notifying.STOOD_IN
    person = by_id(person_id)
    if person is None:
        raise NotFound
    shift = bookable_shift(person, schedule_id, starts_at, before="" if over else "ends_at")
    if shift.reason == CANCELLED:
        raise NotBookable(shift.reason.upper(), str(shift.why))
    at = Booking.schedule_id == schedule_id, Booking.starts_at == starts_at, Booking.cancelled_at.is_(None)
    if db.session.scalar(select(Booking.id).where(*at, Booking.person_id == person.id)) is not None:
        raise BookedAlready(_("They have a place in this shift."))
    notifying.count_change(leader)
    booking = _take_place(person, shift, draft=shift.is_drafted)
    db.session.execute(_leave_standby(person.id, schedule_id, starts_at))
    if not shift.is_drafted and not over:
        notifying.tell_booked(booking, what)
    return booking
