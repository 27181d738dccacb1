"""The team of a run: its co-organisers, and how they join and leave it."""

import uuid

from flask import Response, url_for

from hampa.organising.actions import organisers as actions
from hampa.organising.forms.organisers import OrganisersForm
from hampa.organising.queries.invitations import asked_to_organise
from hampa.organising.views.blueprint import blueprint
from hampa.organising.views.publishing import count_phone_lookups
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.runs.forms import AnswerForm
from hampa.runs.models.run import Run
from hampa.runs.queries import organisers, runs


@blueprint.route("/runs/<uuid:run_id>/organisers", methods=["GET", "POST"])
@signed_in
def team(run_id: uuid.UUID) -> Response:
    """List the organisers of the run, and ask others by phone number."""
    run = runs.organised_run(me(), run_id)
    form = OrganisersForm()
    if form.validate_on_submit():
        with attempt(form, done=_("They are asked. Whoever has this number here can say yes.")):
            count_phone_lookups(form.organisers)
            actions.invite_by_number(me(), run_id, form.organisers.data)
        if not form.errors:
            return pages.redirect(url_for("organising.team", run_id=run_id))
        run = runs.organised_run(me(), run_id)
    return team_page(run, form)


@blueprint.post("/runs/<uuid:run_id>/organisers/me")
@signed_in
def answer(run_id: uuid.UUID) -> Response:
    """Give up the role of a co-organiser."""
    form = AnswerForm()
    if not form.validate():
        page_form = OrganisersForm(formdata=None)
        page_form.form_errors.extend(form.answer.errors)
        return team_page(runs.organised_run(me(), run_id), page_form)
    if form.answer.data == "no":
        with attempt(done=_("You no longer organise this run.")):
            actions.step_down(me(), run_id)
    return pages.redirect(url_for("runs.show", run_id=run_id))


@blueprint.post("/runs/<uuid:run_id>/invitations/<uuid:invitation_id>/withdraw")
@signed_in
def withdraw_invitation(run_id: uuid.UUID, invitation_id: uuid.UUID) -> Response:
    """Withdraw an invitation to organise the run."""
    with attempt():
        actions.withdraw_invitation(me(), run_id, invitation_id)
    return pages.redirect(url_for("organising.team", run_id=run_id))


@blueprint.post("/runs/<uuid:run_id>/organisers/<uuid:person_id>/remove")
@signed_in
def remove_organiser(run_id: uuid.UUID, person_id: uuid.UUID) -> Response:
    """Remove a co-organiser."""
    with attempt():
        actions.remove_organiser(me(), run_id, person_id)
    endpoint = "runs.show" if person_id == me().id else "organising.team"
    return pages.redirect(url_for(endpoint, run_id=run_id))


def team_page(run: Run, form: OrganisersForm) -> Response:
    """Render the page of the organisers with the form to add more."""
    return pages.render(
        "organising/organisers.html",
        "team",
        status=form.http_status,
        run=run,
        people=organisers.organisers_of(me(), run),
        asked=asked_to_organise(me(), run),
        form=form,
    )
