"""Handing over and deleting one's own run."""

import uuid

from flask import Response, request, url_for

from hampa.organising.actions import ownership as actions
from hampa.organising.forms.run import HandOverForm
from hampa.organising.queries import ownership
from hampa.organising.queries.invitations import open_offer
from hampa.organising.views.blueprint import blueprint
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.forms import Form
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.roster.queries.participants import participants
from hampa.runs.queries import organisers, runs
from hampa.series.queries import owns_series_of


@blueprint.route("/runs/<uuid:run_id>/hand-over", methods=["GET", "POST"])
@signed_in
def hand_over(run_id: uuid.UUID) -> Response:
    """Choose the next owner of one's run, and ask them; it is theirs once they say yes."""
    run = runs.owned_run(me(), run_id)
    form = HandOverForm(request.form or request.args)
    if form.validate_on_submit() and form.person_id:
        with attempt(form, done=_("They are asked. The run is yours until they say yes.")):
            actions.offer_run(me(), run_id, form.person_id, with_series=form.series.data, stays=form.stays.data)
        if not form.errors:
            return pages.redirect(url_for("organising.hand_over", run_id=run_id))
        run = runs.owned_run(me(), run_id)
    if request.method == "GET":
        form.stays.data = True
    return pages.render(
        "organising/hand_over.html",
        "choice",
        status=form.http_status,
        run=run,
        form=form,
        offer=open_offer(run),
        owns_series=owns_series_of(me(), run),
        successor=ownership.successor(run, form.person_id) if form.person_id else None,
        organisers=[person for person in organisers.organisers_of(me(), run) if not person.owner],
        people=participants(me(), run, after=request.args.get("after")),
    )


@blueprint.post("/runs/<uuid:run_id>/hand-over/withdraw")
@signed_in
def withdraw_offer(run_id: uuid.UUID) -> Response:
    """Take back the offer of one's run."""
    with attempt(done=_("It is taken back. The run stays yours.")):
        actions.withdraw_offer(me(), run_id)
    return pages.redirect(url_for("organising.hand_over", run_id=run_id))


@blueprint.route("/runs/<uuid:run_id>/delete", methods=["GET", "POST"])
@signed_in
def delete_run(run_id: uuid.UUID) -> Response:
    """Say why the run has to stay, or what is deleted with it, then delete it."""
    run = runs.owned_run(me(), run_id)
    form = Form()
    if request.method == "POST":
        with attempt(form, done=_("The run is deleted.")):
            actions.delete_run(me(), run_id)
        if not form.errors:
            return pages.redirect(url_for("profile.my_runs"))
        run = runs.owned_run(me(), run_id)
    reason = " ".join(form.form_errors) or ownership.undeletable_reason(run)
    return pages.render("organising/delete.html", status=form.http_status, run=run, reason=reason)
