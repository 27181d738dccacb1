"""Handing one's run over, and deleting it."""

from __future__ import annotations

import uuid

from flask import Response, flash, request, url_for

from hampa.organising.actions import ownership as actions
from hampa.organising.forms.ownership import HandOverForm
from hampa.organising.queries import ownership
from hampa.organising.views.blueprint import blueprint
from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.i18n import gettext as _
from hampa.platform.web import pages
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.runs.queries import organisers, people, runs
from hampa.series.queries import owns_series_of


@blueprint.route("/runs/<uuid:run_id>/hand-over", methods=["GET", "POST"])
@signed_in
def hand_over(run_id: uuid.UUID) -> Response:
    """Choose to whom the run goes (a link each), say what happens then, and do it."""
    run = runs.run_owned_by(me(), run_id)
    form = HandOverForm(request.form or request.args)
    if form.validate_on_submit() and form.person_id:
        try:
            actions.hand_over(me(), run_id, form.person_id, with_series=form.series.data)
            db.session.commit()
            flash(_("The run is in other hands now. You go on organising it with them."))
            return pages.redirect(url_for("runs.show", run_id=run_id))
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
            run = runs.run_owned_by(me(), run_id)
    return pages.render(
        "organising/hand_over.html",
        "choice",
        status=422 if form.errors else 200,
        run=run,
        form=form,
        owns_series=owns_series_of(me(), run),
        heir=ownership.successor(run, form.person_id) if form.person_id else None,
        organisers=[one for one in organisers.organisers_of(me(), run) if one.agreed and not one.owner],
        people=people.participants(me(), run, after=request.args.get("after")),
    )


@blueprint.route("/runs/<uuid:run_id>/delete", methods=["GET", "POST"])
@signed_in
def delete_run(run_id: uuid.UUID) -> Response:
    """Say what is gone then, or why the run has to stay; then delete it."""
    run = runs.run_owned_by(me(), run_id)
    reason = ownership.why_it_stays(run)
    if request.method == "POST":
        try:
            actions.delete_run(me(), run_id)
            db.session.commit()
            flash(_("The run is deleted."))
            return pages.redirect(url_for("profile.my_runs"))
        except Refused as refusal:
            db.session.rollback()
            run, reason = runs.run_owned_by(me(), run_id), refusal.message
    return pages.render(
        "organising/delete.html", status=422 if request.method == "POST" else 200, run=run, reason=reason
    )
