"""Requests to join and the status of a participant, for organisers."""

from __future__ import annotations

import uuid

from flask import Response, flash, request, url_for

from hampa.people.queries.people import by_id
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import gettext as _, ngettext
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.runs.actions import manage_participants
from hampa.runs.admission import closed_reason
from hampa.runs.forms import ParticipantForm, RequestsForm
from hampa.runs.queries import people, runs
from hampa.runs.views.blueprint import blueprint


@blueprint.route("/runs/<uuid:run_id>/requests", methods=["GET", "POST"])
@signed_in
def requests(run_id: uuid.UUID) -> Response:
    """List the requests to join, and answer one or all of them."""
    run = runs.organised_run(me(), run_id)
    form = RequestsForm()
    if form.validate_on_submit():
        yes = form.answer.data == "yes"
        with attempt(form):
            answered = manage_participants.answer_requests(me(), run_id, form.people(), yes)
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
def participant(run_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Set the status of a participant and notify them."""
    run = runs.organised_run(me(), run_id)
    person = by_id(person_id)
    participation = people.participation_of(person, run_id) if person else None
    if person is None or participation is None:
        raise NotFound
    reason = closed_reason(run)
    if request.method == "GET" and reason:
        flash(reason, "stop")
        return pages.redirect(url_for("runs.participants", run_id=run_id))
    form = ParticipantForm(status=participation.status)
    if form.validate_on_submit():
        with attempt(form, done=_("Saved. %(name)s is told.", name=participation.display_name or person.name)):
            manage_participants.set_participant_status(me(), run_id, person_id, form.status.data, form.note.data)
        if not form.errors:
            return pages.redirect(url_for("runs.participants", run_id=run_id))
    return pages.render(
        "runs/participant.html",
        "form",
        status=form.http_status,
        run=run,
        person_id=person_id,
        name=participation.display_name or person.name,
        form=form,
    )
