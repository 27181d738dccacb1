"""What organisers decide about who takes part: requests, somebody's state, people who just turn up."""

from __future__ import annotations

import uuid

from flask import Response, flash, request, url_for

from hampa.people.queries import people as known
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.i18n import gettext as _, ngettext
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.runs.actions import standings
from hampa.runs.actions.organisers import count_tries
from hampa.runs.forms.standings import RequestsForm, StandingForm, WalkInForm
from hampa.runs.queries import people, runs
from hampa.runs.views.blueprint import blueprint


@blueprint.route("/runs/<uuid:run_id>/requests", methods=["GET", "POST"])
@signed_in
def requests(run_id: uuid.UUID) -> Response:
    """Who asks to join; one is answered, or all of them."""
    run = runs.run_of(me(), run_id)
    form = RequestsForm()
    if form.validate_on_submit():
        yes = form.answer.data == "yes"
        with attempt(form):
            answered = standings.answer_requests(me(), run_id, form.people(), yes)
        if not form.errors:
            flash(
                ngettext("%(num)d person is in.", "%(num)d people are in.", answered)
                if yes
                else ngettext("%(num)d person is told no.", "%(num)d people are told no.", answered)
            )
            return pages.redirect(url_for("runs.requests", run_id=run_id))
    asking = people.participants(me(), run, "REQUESTED", request.args.get("after"), inside=True)
    return pages.render("runs/requests.html", "rows", status=form.http_status, run=run, form=form, asking=asking)


@blueprint.route("/runs/<uuid:run_id>/participants/<uuid:person_id>", methods=["GET", "POST"])
@signed_in
def standing(run_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Put somebody into another state for them; they are told."""
    run = runs.run_of(me(), run_id)
    person = known.by_id(person_id)
    mine = people.participation_of(person, run_id) if person else None
    if person is None or mine is None:
        raise NotFound
    if request.method == "GET" and runs.why_closed(run):
        flash(runs.why_closed(run), "stop")
        return pages.redirect(url_for("runs.participants", run_id=run_id))
    form = StandingForm(status=mine.status)
    if form.validate_on_submit():
        with attempt(form, done=_("Saved. %(name)s is told.", name=mine.called or person.name)):
            standings.set_standing(me(), run_id, person_id, form.status.data, form.note.data)
        if not form.errors:
            return pages.redirect(url_for("runs.participants", run_id=run_id))
    return pages.render(
        "runs/standing.html",
        "form",
        status=form.http_status,
        run=run,
        who=person,
        name=mine.called or person.name,
        form=form,
    )


@blueprint.route("/runs/<uuid:run_id>/walk-ins", methods=["GET", "POST"])
@signed_in
def walk_ins(run_id: uuid.UUID) -> Response:
    """Let somebody run along who stands at the meeting point."""
    run = runs.run_of(me(), run_id)
    form = WalkInForm()
    if form.validate_on_submit():
        with attempt(form, done=_("%(name)s runs along.", name=form.name.data)):
            # Counted before it is looked at, and whatever comes of it: the list of who comes tells who has an account.
            count_tries(me(), 1, settings().walk_ins_per_person_day)
            db.session.commit()
            standings.add_walk_in(me(), run_id, form.phone.data, form.name.data)
        if not form.errors:
            return pages.redirect(url_for("runs.walk_ins", run_id=run_id))
    return pages.render("runs/walk_ins.html", "form", status=form.http_status, run=run, form=form)
