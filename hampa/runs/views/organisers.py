"""Organising together."""

from __future__ import annotations

import uuid

from flask import Response, url_for

from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.runs.actions import organisers as actions
from hampa.runs.forms.organisers import OrganisersForm, PhonesField, TeamAnswerForm
from hampa.runs.queries import organisers, runs
from hampa.runs.views.blueprint import blueprint
from hampa.runs.views.joining import not_understood
from hampa.runs.views.page import back_to


@blueprint.route("/runs/<uuid:run_id>/organisers", methods=["GET", "POST"])
@signed_in
def team(run_id: uuid.UUID) -> Response:
    """Who organises the run, and adding somebody by their phone number."""
    run = runs.organised_run(me(), run_id)
    form = OrganisersForm()
    if form.validate_on_submit():
        with attempt(form, done=_("Added. They are told, and can change the run from now on.")):
            note_tries(form.organisers)
            actions.add_organisers(me(), run_id, form.organisers.data)
        if not form.errors:
            return pages.redirect(url_for("runs.team", run_id=run_id))
        run = runs.organised_run(me(), run_id)
    people = organisers.organisers_of(me(), run)
    return pages.render("runs/organisers.html", "team", status=form.http_status, run=run, people=people, form=form)


@blueprint.post("/runs/<uuid:run_id>/organisers/me")
@signed_in
def answer(run_id: uuid.UUID) -> Response:
    """Say yes to organising the run with others, or step down."""
    form = TeamAnswerForm()
    if not form.validate():
        return not_understood(run_id, form.answer.errors)
    if form.answer.data == "yes":
        with attempt(done=_("Good. Your name stands on the page now.")):
            actions.accept_role(me(), run_id)
    else:
        with attempt(done=_("You no longer organise this run.")):
            actions.step_down(me(), run_id)
    return back_to(run_id)


@blueprint.post("/runs/<uuid:run_id>/organisers/<uuid:person_id>/remove")
@signed_in
def remove_organiser(run_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Let somebody organise the run no more."""
    with attempt():
        actions.remove_organiser(me(), run_id, person_id)
    if person_id == me().id:
        return back_to(run_id)
    return pages.redirect(url_for("runs.team", run_id=run_id))


def note_tries(field: PhonesField) -> None:
    """Count that numbers are tried, before anything else is done with them: it stays counted, whatever comes of it."""
    if field.data:
        actions.count_number_lookups(me(), len(field.data), settings().numbers_per_person_day)
        db.session.commit()
