"""Publishing, changing and cancelling one's own runs."""

from __future__ import annotations

import uuid
from datetime import timedelta

from flask import Response, flash, request, url_for

from hampa.platform import dates
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Refused
from hampa.platform.i18n import gettext as _
from hampa.platform.web import pages, tiles
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.platform.web.uploads import takes_files
from hampa.runs.actions import plan, series
from hampa.runs.actions.organisers import add_organisers
from hampa.runs.actions.plan import Plan
from hampa.runs.admission import closed_reason
from hampa.runs.forms.plan import RunForm
from hampa.runs.forms.series import NewRunForm
from hampa.runs.models.run import Run
from hampa.runs.queries import people, runs
from hampa.runs.views import changes, enclosing
from hampa.runs.views.blueprint import blueprint
from hampa.runs.views.organisers import note_tries
from hampa.runs.views.page import sorry


@blueprint.route("/runs/new", methods=["GET", "POST"])
@signed_in
@takes_files(enclosing.MEGABYTES)
def new() -> Response:
    """Publish a run."""
    form = NewRunForm(leaders=[(me().id, me().name)])
    if form.validate_on_submit():
        try:
            note_tries(form.organisers)
            run = publish(form)
            add_organisers(me(), run.id, form.organisers.data)
            enclosing.enclose(run, form)
            db.session.commit()
            flash(_("Your run is up. Now tell people about it."))
            return pages.redirect(url_for("runs.show", run_id=run.id))
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
    return form_page(form, 422 if form.errors else 200)


@blueprint.route("/runs/<uuid:run_id>/edit", methods=["GET", "POST"])
@signed_in
@takes_files(enclosing.MEGABYTES)
def edit(run_id: uuid.UUID) -> Response:
    """Change one's own run. Who saves after somebody else sees both versions (409)."""
    run = runs.run_of(me(), run_id)
    if request.method == "GET" and closed_reason(run):
        return sorry(run)
    form = changes.form_of(run)
    status, conflict = 200, None
    if form.validate_on_submit():
        try:
            note_tries(form.organisers)
            changes.change(run_id, form)
            add_organisers(me(), run_id, form.organisers.data)
            enclosing.enclose(run, form)
            db.session.commit()
            flash(_("Saved. Who comes is told what changed."))
            return pages.redirect(url_for("runs.show", run_id=run_id))
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        except Conflict:
            db.session.rollback()
            run = runs.run_of(me(), run_id)
            status, conflict = 409, form.take_over(run, plan.plan_of(run))
    status = 422 if form.errors else status
    return form_page(form, status, run, conflict)


@blueprint.route("/runs/<uuid:run_id>/cancel", methods=["GET", "POST"])
@signed_in
def cancel(run_id: uuid.UUID) -> Response:
    """Ask whether to call one's own run off, and say who will be told; then do."""
    run = runs.run_of(me(), run_id)
    if request.method == "GET" and closed_reason(run):
        return sorry(run)
    form = changes.cancel_form_of(run)
    if form.validate_on_submit():
        changes.cancel(run_id, form)
        db.session.commit()
        flash(_("Your run is cancelled. Everybody who wanted to come is told."))
        return pages.redirect(url_for("runs.show", run_id=run_id))
    told = people.others_in(me(), run)
    return pages.render("runs/cancel.html", "form", status=422 if form.errors else 200, form=form, run=run, told=told)


def publish(form: NewRunForm) -> Run:
    """One run, or the first of those that come again."""
    said = form.plan()
    plan.refuse_flood(me())
    plan.refuse_company(me(), said.company)
    if form.recurs:
        return series.begin_series(me(), said, form.rule())
    return plan.publish_run(me(), said)


def form_page(
    form: RunForm,
    status: int,
    run: Run | None = None,
    conflict: tuple[Plan, list[str], Plan] | None = None,
    model: Run | None = None,
) -> Response:
    """The form of a run, to publish one, like another one (`model`) or not, or to change it (`run`); with both versions
    after a lost race.
    """
    tomorrow = dates.today() + timedelta(days=1)
    answer = pages.render(
        "runs/form.html",
        "form",
        status=status,
        form=form,
        run=run,
        model=model,
        conflict=conflict,
        tomorrow=tomorrow,
        map_start=tiles.start_of(form.place.data or "", me().city, me().timezone),
        **enclosing.files_part(form, run),
    )
    return tiles.let_in(answer)
