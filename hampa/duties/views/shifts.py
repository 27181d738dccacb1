"""The page of a shift: taking it, giving it up, handing it on, and what coordinators do there."""

import uuid
from typing import Any

from flask import Response, request, url_for

from hampa.crews.queries.naming import told_apart
from hampa.duties.actions import attendance, booking as actions, offers, schedules
from hampa.duties.forms import AttendanceForm, BookingForm, OfferForm, PeopleForm, ShiftForm, SwapForm
from hampa.duties.models import GIVE, OPEN, SWAP, TO_ALL
from hampa.duties.queries import bookings as queries
from hampa.duties.queries.offers import asked_of, bookings_to_want, offer_of, people_to_give
from hampa.duties.queries.presence import may_show_code
from hampa.duties.queries.schedules import coordinated_schedule, instructions_of, schedule_row, schedule_seen
from hampa.duties.queries.shifts import Shift, shift_of, start_token
from hampa.duties.views.blueprint import blueprint, posted_id, start_in
from hampa.duties.views.schedules import members_found
from hampa.people.actions import count_number_lookups
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import NotFound, Refused
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages
from hampa.platform.web.answering import confirm_answer
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import asks_first, signed_in
from hampa.platform.web.session import me


@blueprint.get("/schedules/<uuid:schedule_id>/shifts/<start>")
@signed_in
def shift(schedule_id: uuid.UUID, start: str) -> Response:
    """Show a shift: who does it, and what the viewer can do."""
    return shift_page(schedule_id, start)


def shift_page(
    schedule_id: uuid.UUID, start: str, form: BookingForm | None = None, change: ShiftForm | None = None
) -> Response:
    """Render the page of a shift, with the form that was refused if there is one."""
    shown = _shift(schedule_id, start)
    refused = form or change
    leads = may_show_code(me(), shown.schedule, shown.begins_at)
    may_be_asked = shown.taken and not shown.booking_id and shown.begins_at > clock.now()
    return pages.render(
        "duties/shift.html",
        status=refused.http_status if refused is not None else 200,
        shift=shown,
        instructions=instructions_of(shown.schedule),
        asked=asked_of(me(), schedule_id, shown.starts_at) if may_be_asked else [],
        people=queries.people_in(me(), shown, leads=leads),
        own=queries.own_place(shown.booking_id) if shown.booking_id else None,
        form=form or BookingForm(formdata=None),
        change=change or (_change_form(shown) if shown.schedule.coordinates else None),
        standbys=queries.standbys_of(me(), schedule_id, shown.starts_at) if leads else [],
        leads=leads,
        over=shown.ends_at <= clock.now(),
        begun=shown.begins_at <= clock.now(),
        near=_is_near(shown),
        shows_code=_is_near(shown) and leads,
    )


def _is_near(shown: Shift) -> bool:
    """Return whether people may be at a shift: from a little before it until its end."""
    return not shown.is_cancelled and shown.begins_at - attendance.EARLY <= clock.now() < shown.ends_at


def _shift(schedule_id: uuid.UUID, start: str) -> Shift:
    found = shift_of(me(), schedule_row(me(), schedule_id), start_in(start))
    if found is None:
        raise NotFound
    return found


def _change_form(shown: Shift) -> ShiftForm:
    local = dates.to_local(shown.begins_at, shown.schedule.timezone)
    moved = shown.begins_at != shown.starts_at
    return ShiftForm(
        formdata=None,
        is_cancelled=shown.is_cancelled,
        note=shown.note,
        moved_on=local.date() if moved else None,
        moved_at=local.time() if moved else None,
    )


@blueprint.post("/schedules/<uuid:schedule_id>/shifts/<start>/book")
@signed_in
@asks_first("name")
def book(schedule_id: uuid.UUID, start: str) -> Response:
    """Take a place in a shift."""
    at = start_in(start)
    schedule_seen(me(), schedule_id)
    form = BookingForm()
    if form.validate():
        values = form.values()
        with attempt(form, actions.SlotTaken, actions.BookedAlready, done=_("It is yours. Thank you!"), keep=False):
            if values["buddy_phone"]:
                count_number_lookups(me(), 1, settings().walk_ins_per_person_day, field="buddy_phone")
                db.session.commit()
            form.once(me(), lambda: actions.book(me(), schedule_id, at, **values).id)
    if form.errors:
        return shift_page(schedule_id, start, form)
    return _to_shift(schedule_id, start)


@blueprint.post("/schedules/<uuid:schedule_id>/shifts/<start>/standby")
@signed_in
def standby(schedule_id: uuid.UUID, start: str) -> Response:
    """Wait for a place in a full shift, or wait no longer; as who leads there, give a place to one who waits (`person`)."""
    at = start_in(start)
    schedule_seen(me(), schedule_id)
    if request.form.get("person"):
        with attempt(None, actions.SlotTaken, actions.BookedAlready, done=_("The place is theirs. We'll tell them.")):
            actions.call_standby(me(), schedule_id, at, posted_id("person"))
    elif request.form.get("leave") == "1":
        with attempt(done=_("You're no longer waiting for a place.")):
            actions.leave_standby(me(), schedule_id, at)
    else:
        with attempt(done=_("If a place comes free, it's yours, and we'll tell you.")):
            actions.join_standby(me(), schedule_id, at)
    return _to_shift(schedule_id, start)


@blueprint.post("/schedules/<uuid:schedule_id>/shifts/<start>/change")
@signed_in
def change_shift(schedule_id: uuid.UUID, start: str) -> Response:
    """Cancel a shift, move it, or leave a note."""
    coordinated_schedule(me(), schedule_id)
    shown, form = _shift(schedule_id, start), ShiftForm()
    form.zone = shown.schedule.timezone
    if form.validate():
        values = {"is_cancelled": form.is_cancelled.data, "note": form.note.data or "", "moved_to": form.moved_to}
        with attempt(form, done=_("Saved. We'll tell whoever has this shift.")):
            schedules.change_shift(me(), schedule_id, shown.starts_at, **values)
    if form.errors:
        return shift_page(schedule_id, start, change=form)
    return _to_shift(schedule_id, start)


@blueprint.route("/schedules/<uuid:schedule_id>/shifts/<start>/people", methods=["GET", "POST"])
@signed_in
def put_in(schedule_id: uuid.UUID, start: str) -> Response:
    """Put somebody into a shift, as a coordinator; after it, also as who led, write down who stood in."""
    found, shown, form = schedule_seen(me(), schedule_id), _shift(schedule_id, start), PeopleForm()
    over = shown.ends_at <= clock.now()
    if not (over and may_show_code(me(), shown.schedule, shown.begins_at)):
        coordinated_schedule(me(), schedule_id)
    who, people = members_found(found)
    form.people.set_choices(told_apart(people))
    if form.validate_on_submit():
        place = attendance.stood_in if over else actions.give_place
        with attempt(form, actions.SlotTaken, actions.BookedAlready, done=_("Saved. We'll tell them.")):
            for person_id in form.ids:
                place(me(), schedule_id, shown.starts_at, person_id)
        if not form.errors:
            return _to_shift(schedule_id, start)
    return pages.render("duties/put_in.html", status=form.http_status, form=form, shift=shown, who=who, over=over)


@blueprint.get("/duties/bookings/<uuid:booking_id>")
@signed_in
def booking(booking_id: uuid.UUID) -> Response:
    """Redirect to the page of the shift of a booking, or for a buddy to their duties."""
    found = queries.booking_for(me(), booking_id)
    try:
        schedule_row(me(), found.schedule_id)
    except NotFound:
        return pages.redirect(url_for("duties.mine"))
    return _to_shift(found.schedule_id, start_token(found.starts_at))


@blueprint.post("/duties/bookings/<uuid:booking_id>/cancel")
@signed_in
def cancel(booking_id: uuid.UUID) -> Response:
    """Give up a place in a shift."""
    found = queries.booking_for(me(), booking_id)
    with attempt(done=_("Cancelled. The place is free again.")):
        actions.cancel(me(), booking_id)
    return _to_shift(found.schedule_id, start_token(found.starts_at))


@blueprint.post("/duties/bookings/<uuid:booking_id>/attendance")
@signed_in
def attend(booking_id: uuid.UUID) -> Response:
    """Say how a duty was attended."""
    found = queries.booking_for(me(), booking_id)
    form = AttendanceForm()
    if form.validate():
        with attempt(done=_("Saved.")):
            attendance.set_attendance(me(), booking_id, form.attendance.data)
    return _to_shift(found.schedule_id, start_token(found.starts_at))


@blueprint.route("/duties/bookings/<uuid:booking_id>/offer", methods=["GET", "POST"])
@signed_in
def hand_on(booking_id: uuid.UUID) -> Response:
    """Hand a duty on: to a person, to all, or for another one."""
    found = queries.own_booking(me(), booking_id)
    form = OfferForm()
    form.person.set_choices([("", _("Choose somebody")), *_people(found)])
    wanted = [(str(row.id), _wanted_in_words(row)) for row in bookings_to_want(me(), found)]
    form.wanted.set_choices([("", _("Choose a duty")), *wanted])
    kind = request.form.get("kind", "")
    if form.validate_on_submit():
        to_id = uuid.UUID(form.person.data) if form.person.data and kind == GIVE else None
        wanted_id = uuid.UUID(form.wanted.data) if form.wanted.data and kind == SWAP else None
        with attempt(form, done=_("Asked. Until somebody says yes, it stays yours.")):
            if kind not in (GIVE, TO_ALL, SWAP):
                raise Refused(_("Choose one of the answers."))
            offers.offer(me(), booking_id, kind, to_id=to_id, wanted_id=wanted_id)
        if not form.errors:
            return _to_shift(found.schedule_id, start_token(found.starts_at))
        found = queries.own_booking(me(), booking_id)
    return pages.render(
        "duties/hand_on.html", status=form.http_status, form=form, booking=found, schedule=found.schedule
    )


@blueprint.route("/duties/bookings/<uuid:booking_id>/swap", methods=["GET", "POST"])
@signed_in
def swap(booking_id: uuid.UUID) -> Response:
    """Let two people change places, as a coordinator."""
    found = queries.coordinated_booking(me(), booking_id)
    form = SwapForm()
    wanted = [(str(row.id), _wanted_in_words(row)) for row in bookings_to_want(me(), found)]
    form.wanted.set_choices([("", _("Choose a duty")), *wanted])
    if form.validate_on_submit():
        done = _("Saved. We'll tell both.") if not found.is_draft else _("Saved.")
        with attempt(form, done=done):
            wanted_id = uuid.UUID(form.wanted.data)
            form.once(me(), lambda: offers.swap_places(me(), booking_id, wanted_id).id)
        if not form.errors:
            return _to_shift(found.schedule_id, start_token(found.starts_at))
        found = queries.coordinated_booking(me(), booking_id)
    return pages.render(
        "duties/swap.html",
        status=form.http_status,
        form=form,
        booking=found,
        schedule=found.schedule,
        start=start_token(found.starts_at),
        name=queries.name_of(found),
    )


def _people(found: Any) -> list[tuple[str, str]]:
    return told_apart(people_to_give(me(), found))


def _wanted_in_words(row: Any) -> str:
    when = dates.when(row.begins_at, row.timezone)
    return _("%(duty)s, %(when)s, of %(name)s", duty=row.schedule, when=when, name=row.name)


@blueprint.post("/duties/bookings/<uuid:booking_id>/offer/withdrawal")
@signed_in
def withdraw(booking_id: uuid.UUID) -> Response:
    """Take back an offer."""
    found = queries.own_booking(me(), booking_id)
    with attempt(done=_("You keep it.")):
        offers.take_back(me(), booking_id)
    return _to_shift(found.schedule_id, start_token(found.starts_at))


@blueprint.post("/duties/offers/<uuid:offer_id>")
@signed_in
def answer_offer(offer_id: uuid.UUID) -> Response:
    """Take an offered duty, or say no."""
    found = offer_of(me(), offer_id)
    if found is None:
        raise NotFound
    queries.booking_for(me(), found.booking_id)
    accepts, words = request.form.get("accept") == "1", _("Somebody was faster, or the offer was taken back.")
    yes = _("You have swapped. Thank you!") if found.kind == SWAP else _("It is yours. Thank you!")
    if found.state == OPEN:
        with attempt(None, offers.OfferGone) as result:
            offers.answer(me(), offer_id, accepts=accepts)
        if result.error is not None:
            words = result.error.message
        else:
            words = yes if accepts else _("We'll tell them: not this time.")
    return confirm_answer(words, url_for("duties.mine"))


@blueprint.post("/duties/bookings/<uuid:booking_id>/buddy")
@signed_in
def answer_buddy(booking_id: uuid.UUID) -> Response:
    """Say yes or no to coming along."""
    accepts = request.form.get("accept") == "1"
    with attempt():
        actions.answer_buddy(me(), booking_id, accepts=accepts)
    words = _("You're coming along. It's under your duties.") if accepts else _("We'll tell them: not this time.")
    return confirm_answer(words, url_for("duties.mine"))


def _to_shift(schedule_id: uuid.UUID, start: str) -> Response:
    return pages.redirect(url_for("duties.shift", schedule_id=schedule_id, start=start))
