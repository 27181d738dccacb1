"""Pages of reports of incidents."""

import uuid
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from hampa.crews.models import Crew, CrewMembership
from hampa.crews.queries.crews import may
from hampa.incidents import actions
from hampa.incidents.forms import (
    CATEGORY_WORDS,
    MEGABYTES,
    SEVERITY_WORDS,
    ConcernedForm,
    EntryForm,
    IncidentFilters,
    IncidentForm,
    MorePhotosForm,
)
from hampa.incidents.models import INCIDENT, MOST_PHOTOS, SEVERITIES
from hampa.incidents.queries import alerts, listing, reading
from hampa.people.queries import PersonSummary
from hampa.platform.db import db
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import map_drawing, pages, slots, uploads
from hampa.platform.web.attempts import attempt, pressed
from hampa.platform.web.permissions import asks_first, signed_in
from hampa.platform.web.session import me
from hampa.platform.web.uploads import takes_files
from hampa.runs.models.participation import HAD_PLACE
from hampa.runs.models.run import Run

blueprint = Blueprint("incidents", __name__)
slots.share(blueprint, severity_words=SEVERITY_WORDS, incident_categories=CATEGORY_WORDS)


def way_on_run(run: Run, organises: bool, status: str | None) -> dict[str, Any] | None:
    """Return nothing more for the way from a run to its reports, None for who neither takes part nor organises."""
    return {} if organises or status in HAD_PLACE else None


def way_on_crew(crew: Crew, membership: CrewMembership | None) -> dict[str, Any] | None:
    """Return the values of the way from a crew to its reports; None for who is no member."""
    if membership is None or not membership.is_active:
        return None
    return {"crew": crew, "coordinates": may(membership, "reports")}


def on_closeout(closeout_id: uuid.UUID, asks: bool) -> dict[str, Any]:
    """Return the reports of a day of duties; `asks` is whether something happened."""
    return {"reports": listing.reports_of_closeout(me(), closeout_id), "asks": asks}


def way_to_report(closeout_id: uuid.UUID) -> str:
    """Return the address of the form for what happened on a day that was closed out, or of what is written down of it."""
    if listing.reports_of_closeout(me(), closeout_id):
        return url_for("closeouts.show", closeout_id=closeout_id, _anchor="reports")
    return url_for("incidents.new", closeout=closeout_id)


slots.contribute(blueprint, "closeout.report", way_to_report)
slots.fill(blueprint, "closeout.incidents", "incidents/on_closeout.html", on_closeout)
slots.fill(blueprint, "crew.top", "incidents/on_crew.html", way_on_crew)
slots.fill(blueprint, "duty.begun", "incidents/on_duty.html")
slots.fill(blueprint, "run.incidents", "incidents/on_run.html", way_on_run)


@blueprint.get("/incidents")
@signed_in
def index() -> Response:
    """List the person's own reports."""
    return pages.render(
        "incidents/index.html",
        "rows",
        page=listing.own_incidents(me(), request.args.get("after")),
        coordinates=reading.coordinates(me()),
    )


@blueprint.get("/incidents/all")
@signed_in
def all_incidents() -> Response:
    """List the reports that the person coordinates, by the filters of the query string, or draw them on a map."""
    form = IncidentFilters()
    filters = form.filters()
    is_map = request.args.get("view") == "map"
    pins = listing.pinned_incidents(me(), filters) if is_map else []
    return pages.render(
        "incidents/all.html",
        "rows",
        form=form,
        is_map=is_map,
        marks=map_drawing.draw(pins, None, listing.MOST_PINS) if pins else None,
        page=None if is_map else listing.coordinated_incidents(me(), filters, request.args.get("after")),
    )


@blueprint.get("/incidents/review")
@signed_in
def review() -> Response:
    """Show the numbers of a week of reports, by default of the one that ended last (`?weeks=` ago)."""
    weeks = min(52, int(asked)) if (asked := request.args.get("weeks", "0")).isdecimal() and len(asked) < 4 else 0
    until = dates.week_begins() - timedelta(weeks=weeks)
    return pages.render(
        "incidents/review.html",
        review=listing.review_of(me(), until),
        first=(until - listing.WEEK).date(),
        last=(until - timedelta(days=1)).date(),
        weeks=weeks,
        severities=SEVERITIES[::-1],
    )


@blueprint.route("/incidents/new", methods=["GET", "POST"])
@signed_in
@asks_first("name")
@takes_files(megabytes=MOST_PHOTOS * MEGABYTES + 1)
def new() -> Response:
    """Report something of a run (`?run=`), of a crew (`?crew=`), of a booking (`?booking=`), of a day (`?closeout=`) or none."""
    ground = _asked_ground()
    place = ground.run.place if ground.run else ""
    form = IncidentForm() if request.method == "POST" else IncidentForm.suggested(place)
    if form.validate_on_submit():
        with attempt(form):
            photos = [photo.stream for photo in form.photos.data or ()]
            plan = form.plan()
            incident_id = form.once(me(), lambda: actions.report_incident(me(), ground, plan, photos).id)
        if not form.errors:
            flash(_("Thank you. It's on record, and those who look after it can read it."))
            return pages.redirect(url_for("incidents.show", incident_id=incident_id))
        ground = _asked_ground()
    return pages.render("incidents/form.html", status=form.http_status, form=form, ground=ground)


@blueprint.get("/incidents/<uuid:incident_id>")
@signed_in
def show(incident_id: uuid.UUID) -> Response:
    """Show a report, with what was added, and what the viewer can do."""
    return _page(incident_id, EntryForm(), MorePhotosForm())


@blueprint.post("/incidents/<uuid:incident_id>/entries")
@signed_in
@asks_first("name")
def add_entry(incident_id: uuid.UUID) -> Response:
    """Add to a report."""
    form = EntryForm()
    if form.validate():
        with attempt(form, done=_("Added.")):
            form.once(me(), lambda: actions.add_entry(me(), incident_id, form.text.data).id)
    if form.errors:
        return _page(incident_id, form, MorePhotosForm())
    return pages.redirect(url_for("incidents.show", incident_id=incident_id))


@blueprint.post("/incidents/<uuid:incident_id>/photos")
@signed_in
@takes_files(megabytes=MOST_PHOTOS * MEGABYTES + 1)
def add_photos(incident_id: uuid.UUID) -> Response:
    """Add photos to a report; the worker makes them presentable."""
    form = MorePhotosForm()
    if form.validate():
        with attempt(form, done=_("Thank you. Your photos will be there in a moment.")):
            photos = [photo.stream for photo in form.photos.data]
            form.once(me(), lambda: actions.add_photos(me(), incident_id, photos)[0].id)
    if form.errors:
        return _page(incident_id, EntryForm(), form)
    return pages.redirect(url_for("incidents.show", incident_id=incident_id))


@blueprint.get("/incidents/<uuid:incident_id>/photos/<uuid:picture_id>/<int:width>.webp")
@signed_in
def photo_file(incident_id: uuid.UUID, picture_id: uuid.UUID, width: int) -> Response:
    """Send a photo to who reads the report."""
    return uploads.send(reading.picture_file(me(), incident_id, picture_id, width), "image/webp")


@blueprint.post("/incidents/<uuid:incident_id>/take")
@signed_in
def take(incident_id: uuid.UUID) -> Response:
    """Say "I've got it"; who comes later is told who was first."""
    return pressed(
        lambda: actions.take_over(me(), incident_id),
        done=_("It's yours. We'll tell the others."),
        leads_to=url_for("incidents.show", incident_id=incident_id),
    )


@blueprint.post("/incidents/<uuid:incident_id>/people")
@signed_in
def add_person(incident_id: uuid.UUID) -> Response:
    """Name somebody whom the incident concerns."""
    form = ConcernedForm()
    if form.validate():
        with attempt():
            actions.add_person(me(), incident_id, uuid.UUID(str(form.person_id.data)))
    return pages.redirect(url_for("incidents.show", incident_id=incident_id, _anchor="people"))


@blueprint.route("/incidents/<uuid:incident_id>/people/<uuid:person_id>/details", methods=["GET", "POST"])
@signed_in
def details(incident_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Show somebody's emergency details to who handles the incident, after a POST of which that person is told."""
    if request.method == "POST":
        actions.look_at_details(me(), incident_id, person_id)
        db.session.commit()
        return pages.redirect(url_for("incidents.details", incident_id=incident_id, person_id=person_id))
    incident, runner = alerts.handled_person(me(), incident_id, person_id)
    looked = alerts.has_looked(me(), incident, runner)
    summary = PersonSummary(runner.id, runner.name, runner.avatar)
    contact = (runner.phone, runner.emergency_name, runner.emergency_phone) if looked else None
    answer = pages.render("incidents/details.html", incident=incident, runner=summary, contact=contact)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _page(incident_id: uuid.UUID, form: EntryForm, photos_form: MorePhotosForm) -> Response:
    incident = reading.incident_for(me(), incident_id)
    head = reading.head_of(me(), incident)
    left = MOST_PHOTOS - reading.count_pictures(incident)
    asked = request.args.get("who", "")[:60]
    people = reading.people_in(me(), incident)
    is_serious = incident.severity == INCIDENT
    return pages.render(
        "incidents/show.html",
        status=max(form.http_status, photos_form.http_status),
        incident=incident,
        head=head,
        entries=reading.entries_of(me(), incident),
        pictures=reading.pictures_of(incident, me()),
        people=people,
        offered=reading.people_to_name(me(), incident, asked) if "who" in request.args else None,
        who=asked,
        looks=alerts.looks_at(me(), incident) if is_serious else (),
        may_take=is_serious and head.taker is None and reading.is_coordinator(me(), incident),
        handles=is_serious and alerts.is_handler(me(), incident.id),
        form=form,
        photos_form=photos_form,
        photos_left=max(0, left),
    )


def _asked_ground() -> reading.Ground:
    return reading.ground_for(me(), *(_asked_id(name) for name in ("run", "crew", "booking", "closeout")))


def _asked_id(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.args[name])
    except (KeyError, ValueError):
        return None
