"""Publishing a run like one before."""

from __future__ import annotations

import uuid

from flask import Response, url_for

from hampa.organising.forms.series import NewRunForm
from hampa.organising.views import attachments
from hampa.organising.views.blueprint import blueprint
from hampa.organising.views.publishing import count_tries, form_page, publish
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.platform.web.uploads import takes_files
from hampa.runs.actions.organisers import add_organisers, copy_organisers
from hampa.runs.actions.plan import plan_of
from hampa.runs.queries import organisers, runs
from hampa.series.actions.files import copy_files


@blueprint.route("/runs/<uuid:run_id>/copy", methods=["GET", "POST"])
@signed_in
@takes_files(attachments.MEGABYTES)
def copy(run_id: uuid.UUID) -> Response:
    """Publish a run that is like another one in everything but the day."""
    model = runs.organised_run(me(), run_id)
    team = [(one.id, one.name) for one in organisers.organisers_of(me(), model) if one.agreed]
    form = NewRunForm.like(plan_of(model), team)
    if form.validate_on_submit():
        with attempt(form, done=_("Your run is up. Now tell people about it.")):
            count_tries(form.organisers)
            run = publish(form)
            copy_organisers(me(), run_id, run)
            add_organisers(me(), run.id, form.organisers.data)
            attachments.enclose(run, form)
            copy_files(run_id, run)
        if not form.errors:
            return pages.redirect(url_for("runs.show", run_id=run.id))
        model = runs.organised_run(me(), run_id)
    return form_page(form, model=model)
