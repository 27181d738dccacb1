"""The page on which an invited person says yes or no."""

import uuid

from flask import Response, flash, request, url_for

from hampa.organising.actions import invitations as actions
from hampa.organising.forms.organisers import InvitationForm
from hampa.organising.queries import invitations, ownership
from hampa.organising.views.blueprint import blueprint
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import asks_first, signed_in
from hampa.platform.web.session import me
from hampa.runs.models.run import OWNER, Run
from hampa.runs.queries import runs


@blueprint.route("/runs/<uuid:run_id>/invitation", methods=["GET", "POST"])
@signed_in
@asks_first("name")
def invitation(run_id: uuid.UUID) -> Response:
    """Say what an invitation means, and answer it; without an open one, lead to the run."""
    run = runs.run_for(me(), run_id)
    asked = invitations.invitation_for(me(), run)
    if asked is None and invitations.declined_for(me(), run) is not None:
        return _declined(run)
    if asked is None:
        flash(_("There is nothing to answer here any more."))
        return pages.redirect(url_for("runs.show", run_id=run_id))
    form, role, asker = InvitationForm(), asked.role, invitations.asked_by(asked.asker_id)
    with_series = run.series_id is not None and ownership.speaks_for_series(asker, run)
    if form.validate_on_submit():
        done = _("Good. Your name is on the page now.") if form.answer.data == "yes" else ""
        with attempt(form, done=done):
            answer(run_id, role, form)
        if not form.errors:
            declined = role != OWNER and form.answer.data == "no"
            return pages.redirect(url_for("organising.invitation" if declined else "runs.show", run_id=run_id))
        run = runs.run_for(me(), run_id)
    if request.method == "GET":
        form.keep.data = asked.stays
    return pages.render(
        "organising/invitation.html",
        "question",
        status=form.http_status,
        run=run,
        form=form,
        owns=role == OWNER,
        invitation=asked,
        with_series=with_series,
        asker=asker,
    )


def _declined(run: Run) -> Response:
    """Say that the person has declined, and take it back on POST with `answer=back`."""
    if request.method == "POST" and request.form.get("answer") == "back":
        with attempt():
            actions.restore(me(), run.id)
        return pages.redirect(url_for("organising.invitation", run_id=run.id))
    return pages.render("organising/declined.html", run=run)


def answer(run_id: uuid.UUID, role: str, form: InvitationForm) -> None:
    """Accept or decline the invitation, as the form says."""
    if form.answer.data == "yes":
        actions.accept(
            me(),
            run_id,
            role,
            with_series=form.series.data,
            takes_over=form.takes_over.data,
            keeps_owner=form.keep.data,
        )
    else:
        actions.decline(me(), run_id, role)
