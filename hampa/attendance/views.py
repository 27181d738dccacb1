"""Attendance: the organisers' list and scanner, each person's code, and their own word."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, g, make_response, request, url_for

from hampa.attendance import actions, queries
from hampa.attendance.forms import CorrectionForm, NameFilter, TicketForm, WalkInForm, marks_in
from hampa.crews.models import ADMIN, Crew, CrewMembership
from hampa.crews.queries.crews import admin_of
from hampa.people.actions import count_number_lookups
from hampa.people.models import Person
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.media import qr
from hampa.platform.texts.spreadsheet import to_csv
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.headers import let_camera
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.platform.web.ui import Button, canonical
from hampa.roster.actions.looks import record_phone_looks
from hampa.runs.admission import Admission, beyond_in_words
from hampa.runs.models.participation import HAD_PLACE
from hampa.runs.models.run import Run
from hampa.runs.queries import runs

blueprint = Blueprint("attendance", __name__)


def attendance_on_run(run: Run, admission: Admission, organises: bool) -> dict[str, Any] | None:
    """Return what the page of the run offers around its start and after it; None if that is nothing.

    Only people with a place in a run that is near cost a statement.
    """
    viewer = me()
    if viewer is None:
        return None
    had_place = admission.participation is not None and admission.participation.status in HAD_PLACE
    values = {
        "may_mark": organises and not queries.marking_closed_reason(run),
        "presence": _presence_of(viewer, run) if had_place else None,
        "own_attendance": queries.own_attendance(viewer, run) if had_place else None,
    }
    return values if any(values.values()) else None


def _presence_of(viewer: Person, run: Run) -> queries.Presence | None:
    """Return the viewer's presence, which is read once for the parts of a page."""
    presences: dict[Any, queries.Presence | None] = g.setdefault("presences", {})
    key = viewer.id, run.id
    if key not in presences:
        presences[key] = queries.presence_of(viewer, run)
    return presences[key]


def arrival(run: Run, viewer: Person) -> bool | None:
    """Return True for somebody who was marked as present at a run that is not over."""
    presence = _presence_of(viewer, run)
    return True if presence and presence.arrived else None


def organiser_button(run: Run) -> Button | None:
    """Return the button to mark attendance, while that is possible."""
    if queries.marking_closed_reason(run):
        return None
    return Button(_("Who is here?"), url_for("attendance.attendance", run_id=run.id), "dawn", "check")


def participant_button(run: Run, viewer: Person) -> Button | None:
    """Return the button to show one's code, while there is one."""
    presence = _presence_of(viewer, run)
    if presence is None or presence.arrived:
        return None
    return Button(_("Show my code"), url_for("attendance.ticket", run_id=run.id), "icon", "qr")


slots.fill(blueprint, "run.presence", "attendance/on_run.html", attendance_on_run)
slots.contribute(blueprint, "run.organiser_button", organiser_button)
slots.contribute(blueprint, "run.participant_button", participant_button)
slots.contribute(blueprint, "run.arrived", arrival)


@blueprint.get("/runs/<uuid:run_id>/attendance")
@signed_in
def attendance(run_id: uuid.UUID) -> Response:
    """Show the list of participants and the scanner; the address may hold a scanned code."""
    return attendance_page(run_id, TicketForm(formdata=None, data={"code": request.args.get("code", "")[:300]}))


@blueprint.post("/runs/<uuid:run_id>/attendance")
@signed_in
def mark_attendance(run_id: uuid.UUID) -> Response:
    """Mark one or many participants."""
    marks, form = marks_in(request.form), TicketForm(formdata=None)
    with attempt(form):
        actions.mark_attendance(me(), run_id, marks)
    if form.errors:
        return attendance_page(run_id, form)
    if pages.wants_fragment():
        run, rows, _count = shown_attendees(run_id, lambda run: queries.some_attendees(me(), run, marks))
        return pages.render("attendance/marked.html", run=run, rows=rows, counts=queries.counts(run), shut="", oob=True)
    flash(_("Saved."))
    return pages.redirect(url_for("attendance.attendance", run_id=run_id))


@blueprint.post("/runs/<uuid:run_id>/attendance/code")
@signed_in
def scan_ticket(run_id: uuid.UUID) -> Response:
    """Mark the holder of a code as present."""
    form, scanned = TicketForm(), None
    if form.validate():
        with attempt(form):
            scanned = actions.scan_ticket(me(), run_id, form.code.data)
    if not pages.wants_fragment():
        if scanned is None:
            return attendance_page(run_id, form)
        flash(scan_message(scanned))
        return pages.redirect(url_for("attendance.attendance", run_id=run_id))
    holders = [scanned.participation_id] if scanned else []
    run, rows, _count = shown_attendees(run_id, lambda run: queries.some_attendees(me(), run, holders))
    return pages.render(
        "attendance/scanned.html",
        status=form.http_status,
        run=run,
        form=form,
        message=scan_message(scanned) if scanned else "",
        rows=rows,
        counts=queries.counts(run),
        shut="",
        oob=True,
    )


@blueprint.get("/runs/<uuid:run_id>/ticket")
@signed_in
def ticket(run_id: uuid.UUID) -> Response:
    """Show one's own code, to be scanned at the meeting point."""
    run = runs.run_for(me(), run_id)
    row = queries.attendance_of(me(), run_id)
    if row is None or run.cancelled_at is not None:
        return pages.redirect(url_for("runs.show", run_id=run_id))
    code = queries.code_of(row[0])
    address = canonical(url_for("attendance.attendance", run_id=run_id, code=code))
    return pages.render("attendance/ticket.html", run=run, code=code, drawing=qr.svg(address, on_screen=True))


@blueprint.post("/runs/<uuid:run_id>/attendance/mine")
@signed_in
def correct_attendance(run_id: uuid.UUID) -> Response:
    """Correct one's own attendance."""
    form = CorrectionForm()
    with attempt(done=_("Thank you. It is set.")) as result:
        if not form.validate():
            raise Refused(" ".join(form.came.errors))
        actions.correct_attendance(me(), run_id, form.came.data == "yes")
    if not result.succeeded:
        return pages.page_of("runs.show", status=422, run_id=run_id)
    return pages.redirect(url_for("runs.show", run_id=run_id))


def attendance_page(run_id: uuid.UUID, form: TicketForm) -> Response:
    """Render the list with the scanner, or for htmx the list alone; the only page that may use the camera."""
    names = NameFilter()
    chosen = names.chosen()
    words, awaited = chosen.get("q", ""), chosen.get("awaited", False)
    run, rows, count = shown_attendees(run_id, lambda run: queries.attendees(me(), run, words, awaited=awaited))
    return let_camera(
        pages.render(
            "attendance/index.html",
            "list",
            status=form.http_status,
            run=run,
            shut=queries.marking_closed_reason(run),
            form=form,
            names=names,
            rows=rows,
            oob=False,
            more=count - len(rows),
            counts=queries.counts(run),
        )
    )


def shown_attendees(
    run_id: uuid.UUID, find: Callable[[Run], list[queries.Attendee]]
) -> tuple[Run, list[queries.Attendee], int]:
    """Return the run, the rows of its list that are shown, and how many there are.

    It is recorded whose phone numbers stand in those that are shown.
    """
    run = runs.organised_run(me(), run_id)
    rows = find(run)
    shown, count = rows[: queries.SHOWN], len(rows)
    if record_phone_looks(me(), run, [row.id for row in shown if row.phone]):
        db.session.commit()
        run = runs.organised_run(me(), run_id)
    return run, shown, count


def scan_message(scanned: actions.Scanned) -> str:
    """Return the message after a scan."""
    if scanned.again:
        return _("%(name)s is here already.", name=scanned.name)
    return _("%(name)s is here.", name=scanned.name)


@blueprint.route("/runs/<uuid:run_id>/walk-ins", methods=["GET", "POST"])
@signed_in
def walk_ins(run_id: uuid.UUID) -> Response:
    """Add a person who is at the meeting point: by number, or one of the list who has no place."""
    run = runs.organised_run(me(), run_id)
    form = WalkInForm()
    if (participation_id := request.form.get("participation", type=uuid.UUID)) is not None:
        return let_in(run_id, participation_id)
    if form.validate_on_submit():
        with attempt(form):
            if not form.has_created(me()):
                count_number_lookups(me(), 1, settings().walk_ins_per_person_day, field="phone")
                db.session.commit()
            form.once(me(), lambda: actions.add_walk_in(me(), run_id, form.phone.data, form.name.data).id)
        if not form.errors:
            beyond = runs.organised_run(me(), run_id).beyond_capacity
            flash(" ".join([_("%(name)s is running with you.", name=form.name.data), *beyond_in_words(beyond)]))
            return pages.redirect(url_for("attendance.walk_ins", run_id=run_id))
    listed = queries.without_place(me(), run)
    return pages.render("attendance/walk_ins.html", "form", status=form.http_status, run=run, form=form, listed=listed)


def let_in(run_id: uuid.UUID, participation_id: uuid.UUID) -> Response:
    """Let in one of the list and return to the page."""
    name = ""
    with attempt() as result:
        name = actions.let_in(me(), run_id, participation_id)
    if result.succeeded:
        beyond = runs.organised_run(me(), run_id).beyond_capacity
        flash(" ".join([_("%(name)s is running with you.", name=name), *beyond_in_words(beyond)]))
    return pages.redirect(url_for("attendance.walk_ins", run_id=run_id))


@blueprint.get("/crews/<uuid:crew_id>/attendance.csv")
@signed_in
def of_crew(crew_id: uuid.UUID) -> Response:
    """Send the admins of a crew a table of which members came to which of its runs within a year."""
    admin_of(me(), crew_id)
    rows = queries.attendance_of_crew(me(), crew_id)
    head = [_("Day"), _("Run"), _("Name"), _("Guests")]
    cells = ([dates.date(row.starts_at, row.timezone), row.title, row.name, row.guests] for row in rows)
    answer = make_response(to_csv([head, *cells]))
    answer.mimetype = "text/csv"
    answer.headers["Content-Disposition"] = 'attachment; filename="hampa-crew-attendance.csv"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def may_export(crew: Crew, membership: CrewMembership | None) -> dict[str, Any] | None:
    """Return nothing further for the admins of a crew, None for others."""
    return {} if membership is not None and membership.is_active and membership.role == ADMIN else None


slots.fill(blueprint, "crew.past", "attendance/of_crew.html", may_export)
