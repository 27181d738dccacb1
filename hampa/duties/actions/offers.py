"""Handing on a duty: to a person, to the first who takes it, or in exchange for another one."""

import uuid
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.exc import IntegrityError

from hampa.duties.actions import notifying
from hampa.duties.actions.booking import locked_booking, withdraw_offers
from hampa.duties.models import ACCEPTED, DECLINED, GIVE, OPEN, SWAP, TO_ALL, WITHDRAWN, Booking, Offer, Schedule
from hampa.duties.queries.offers import eligible_people, open_offer
from hampa.duties.queries.schedules import belongs, is_qualified, may_coordinate, schedule_row, schedule_seen
from hampa.people.models import Person
from hampa.people.queries import are_hidden
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Forbidden, NotFound, Refused
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.row_versions import bumping


class OfferGone(Conflict):
    """The offer is no longer open: somebody else was faster, or it was taken back."""

    name = "OFFER_GONE"


def offer(
    person: Person,
    booking_id: uuid.UUID,
    kind: str,
    *,
    to_id: uuid.UUID | None = None,
    wanted_id: uuid.UUID | None = None,
) -> Offer:
    """Offer one's duty to come to a person (`to_id`), to all, or for the booking `wanted_id` of the same crew or series.

    An earlier offer of it is withdrawn, unless it was the same: then it stays, and nobody is asked again. Raise Refused for somebody who can't take it, NotFound and Forbidden.
    """
    booking = locked_booking(booking_id)
    if booking is None or booking.cancelled_at is not None or booking.is_draft:
        raise NotFound
    schedule = schedule_seen(person, booking.schedule_id)
    if booking.person_id != person.id:
        raise Forbidden(_("This is the duty of somebody else."))
    if booking.begins_at <= clock.now():
        raise Refused(_("This shift has begun."))
    if kind == SWAP:
        to_id = _owner_of_wanted(person, schedule, wanted_id)
    elif kind == GIVE and to_id is None:
        raise Refused(_("Choose who you give it to."), "person")
    people = eligible_people(person, booking, to_id if kind != TO_ALL else None, only_free=kind != SWAP)
    if kind != TO_ALL and not people:
        raise Refused(_("They can't take this shift: they are not free, not qualified, or not with you."), "person")
    to_id = None if kind == TO_ALL else to_id
    earlier = open_offer(booking.id)
    if earlier is not None and (earlier.kind, earlier.person_id, earlier.wanted_id) == (kind, to_id, wanted_id):
        return earlier
    notifying.count_offer(person)
    withdraw(booking.id)
    made = Offer(booking_id=booking.id, kind=kind, person_id=to_id, wanted_id=wanted_id)
    db.session.add(made)
    db.session.flush()
    notifying.ask(people, booking, kind, person.id, wanted_id)
    return made


def _owner_of_wanted(person: Person, schedule: Schedule, wanted_id: uuid.UUID | None) -> uuid.UUID:
    wanted = db.session.get(Booking, wanted_id) if wanted_id else None
    if wanted is None or wanted.is_draft or wanted.cancelled_at is not None or wanted.begins_at <= clock.now():
        raise NotFound
    other = schedule_seen(person, wanted.schedule_id)
    if (other.crew_id, other.series_id) != (schedule.crew_id, schedule.series_id):
        raise NotFound
    if wanted.person_id == person.id:
        raise Refused(_("This duty is your own."), "wanted")
    return wanted.person_id


def withdraw(booking_id: uuid.UUID) -> None:
    """Take back the open offer of a booking, if there is one. The booking is locked."""
    for made in db.session.scalars(select(Offer).where(Offer.booking_id == booking_id, Offer.state == OPEN)):
        made.state = WITHDRAWN
    db.session.flush()


def take_back(person: Person, booking_id: uuid.UUID) -> None:
    """Take back the offer of one's own booking. Raise NotFound."""
    booking = locked_booking(booking_id)
    if booking is None or booking.person_id != person.id:
        raise NotFound
    withdraw(booking.id)


def answer(person: Person, offer_id: uuid.UUID, *, accepts: bool) -> Booking:
    """Take an offered duty, or say no to an offer made to oneself; the first to accept has it.

    Raise OfferGone when it is not open any more, Refused when the person can't take it, and NotFound for an offer to
    somebody else.
    """
    row_of_offer = db.session.execute(select(Offer.booking_id, Offer.wanted_id).where(Offer.id == offer_id)).first()
    booking_ids = [one for one in row_of_offer or () if one is not None]
    # In one order, so that two who swap with each other at one instant wait and do not block each other.
    db.session.execute(select(Booking.id).where(Booking.id.in_(booking_ids)).order_by(Booking.id).with_for_update())
    booking = locked_booking(row_of_offer.booking_id) if row_of_offer is not None else None
    made = db.session.scalar(
        select(Offer).where(Offer.id == offer_id).with_for_update().execution_options(populate_existing=True)
    )
    if made is None or booking is None or made.person_id not in (None, person.id):
        raise NotFound
    if booking.person_id == person.id and made.state in (OPEN, ACCEPTED):
        raise NotFound
    if are_hidden(person.id, booking.person_id):
        raise NotFound
    row = schedule_row(person, booking.schedule_id)
    if made.state != OPEN or booking.cancelled_at is not None or booking.begins_at <= clock.now():
        raise OfferGone(_("Somebody was faster, or the offer was taken back."))
    giver_id = booking.person_id
    if not accepts:
        if made.person_id is None:
            return booking
        made.state = DECLINED
        notifying.tell_news([giver_id], booking, notifying.DECLINED, person.id)
        return booking
    if not row.is_qualified:
        raise Refused(_("It needs a qualification that you don't have."))
    made.state = ACCEPTED
    if made.kind == SWAP:
        _swap(person, booking, made)
    else:
        _hand_over(booking, person.id)
    for booking_id in booking_ids:
        withdraw_offers(booking_id)  # what the one before offered is not the offer of whose it is now
    notifying.tell_news([giver_id], booking, notifying.SWAPPED if made.kind == SWAP else notifying.TAKEN, person.id)
    notifying.tell_booked(booking)
    return booking


def end_between(one_id: uuid.UUID, other_id: uuid.UUID) -> None:
    """Withdraw what two people offer each other, and let neither come along on a duty to come of the other."""
    for giver_id, asked_id in ((one_id, other_id), (other_id, one_id)):
        theirs = select(Booking.id).where(Booking.person_id == giver_id)
        offers = update(Offer).where(Offer.state == OPEN, Offer.person_id == asked_id, Offer.booking_id.in_(theirs))
        values: dict[str, Any] = {"state": WITHDRAWN, "updated_at": clock.now(), "version": Offer.version + 1}
        db.session.execute(offers.values(values).execution_options(synchronize_session=False))
        places = update(Booking).where(
            Booking.person_id == giver_id, Booking.buddy_id == asked_id, Booking.ends_at > clock.now()
        )
        values = {"buddy_id": None, "buddy_confirmed_at": None, "buddy_name": "", "buddy_asked": False}
        values |= {"updated_at": clock.now(), "version": Booking.version + 1}
        alone = places.values(values).execution_options(synchronize_session=False)
        db.session.execute(alone, execution_options=bumping(()))  # who comes along is in nothing that is kept


def _hand_over(booking: Booking, person_id: uuid.UUID) -> None:
    try:
        with db.session.begin_nested():
            _set_person(booking, person_id)
            db.session.flush()
    except IntegrityError as error:
        _refuse_clash(error, _("One of you has another duty at that time."))


def swap_places(coordinator: Person, booking_id: uuid.UUID, wanted_id: uuid.UUID) -> Booking:
    """Let two people change places in shifts to come of one crew or series, as a coordinator; both are told.

    In a draft of the roster they are not told before it is published. Raise Refused if one of them can't take the place of
    the other, Forbidden for who does not coordinate there, and NotFound.
    """
    pair = (booking_id, wanted_id)
    schedules_of = select(Booking.schedule_id).where(Booking.id.in_(pair))
    db.session.execute(
        select(Schedule.id).where(Schedule.id.in_(schedules_of)).order_by(Schedule.id).with_for_update(key_share=True)
    )
    db.session.execute(select(Booking.id).where(Booking.id.in_(pair)).order_by(Booking.id).with_for_update())
    booking, wanted = _place_to_swap(coordinator, booking_id), _place_to_swap(coordinator, wanted_id)
    same_owner = all(
        getattr(booking.schedule, name) == getattr(wanted.schedule, name) for name in ("crew_id", "series_id")
    )
    if not same_owner or booking.is_draft != wanted.is_draft:
        raise NotFound
    if booking.person_id == wanted.person_id:
        raise Refused(_("These are two duties of one person."), "wanted")
    if (booking.schedule_id, booking.starts_at) == (wanted.schedule_id, wanted.starts_at):
        raise Refused(_("They do this shift together."), "wanted")
    notifying.count_change(coordinator)
    before = {one.id: one.person_id for one in (booking, wanted)}
    for one, person_id in ((booking, wanted.person_id), (wanted, booking.person_id)):
        fits = exists().where(Schedule.id == one.schedule_id, belongs(person_id), is_qualified(person_id))
        if not db.session.scalar(select(fits)):
            raise Refused(_("One of them can't take the other shift: it needs a qualification."), "wanted")
    _exchange(booking, wanted, _("One of them has another duty at that time."))
    for one in (booking, wanted):
        withdraw_offers(one.id)
        if not one.is_draft:
            notifying.tell_news([before[one.id]], one, notifying.SWAPPED_FOR_YOU, coordinator.id)
            notifying.tell_booked(one, notifying.GIVEN)
    return booking


def _place_to_swap(coordinator: Person, booking_id: uuid.UUID) -> Booking:
    booking = locked_booking(booking_id)
    if booking is None or booking.cancelled_at is not None:
        raise NotFound
    if not may_coordinate(coordinator, schedule_seen(coordinator, booking.schedule_id)):
        raise Forbidden(_("Only those who coordinate these duties can do that."))
    if are_hidden(coordinator.id, booking.person_id):
        raise NotFound
    if booking.begins_at <= clock.now():
        raise Refused(_("This shift has begun."), "wanted")
    return booking


def _swap(person: Person, booking: Booking, made: Offer) -> None:
    wanted = locked_booking(made.wanted_id) if made.wanted_id else None
    if wanted is None or wanted.person_id != person.id or wanted.cancelled_at is not None:
        raise OfferGone(_("You no longer have the other shift."))
    if wanted.begins_at <= clock.now():
        raise OfferGone(_("The other shift has begun."))
    giver_id = booking.person_id
    _exchange(booking, wanted, _("One of you has another duty at that time."))
    giver = db.session.get(Person, giver_id)
    if giver is None or not schedule_row(giver, wanted.schedule_id).is_qualified:
        raise Refused(_("The other shift needs a qualification that they don't have."))
    notifying.tell_booked(wanted)


def _exchange(booking: Booking, wanted: Booking, refusal: str) -> None:
    """Let the people of two bookings change places. Raise Refused with these words if the database says no."""
    giver_id, taker_id = booking.person_id, wanted.person_id
    try:
        with db.session.begin_nested():
            # For a moment one of the two counts for nobody: the two shifts may be at one time.
            wanted.cancelled_at = clock.now()
            db.session.flush()
            _set_person(booking, taker_id)
            db.session.flush()
            _set_person(wanted, giver_id)
            wanted.cancelled_at = None
            db.session.flush()
    except IntegrityError as error:
        _refuse_clash(error, refusal)


def _set_person(booking: Booking, person_id: uuid.UUID) -> None:
    """Give a booking to somebody else, without the buddy, who is told that they need not come any more."""
    if booking.buddy_id is not None and booking.buddy_confirmed_at is not None:
        notifying.tell_news([booking.buddy_id], booking, notifying.CANCELLED)
    booking.person_id = person_id
    booking.buddy_id = booking.buddy_confirmed_at = booking.remind_min = None
    booking.buddy_name, booking.buddy_asked = "", False
    booking.reminded_at = booking.reminded_again_at = None


def _refuse_clash(error: IntegrityError, words: str) -> None:
    if "duty_bookings" not in str(error.orig):
        raise error
    raise Refused(words) from None
