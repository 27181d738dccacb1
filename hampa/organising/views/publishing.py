"""Publishing, changing and cancelling one's own runs."""

from __future__ import annotations

import uuid
from datetime import timedelta

from flask import Response, flash, request, url_for

from hampa.organising.actions import publishing
from hampa.organising.forms.run import RunForm
from hampa.organising.forms.series import NewRunForm
from hampa.organising.views import attachments, scope
from hampa.organising.views.blueprint import blueprint
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.errors import Conflict
from hampa.platform.locale import dates
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, tiles
from hampa.platform.web.attempts import attempt
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.platform.web.uploads import takes_files
from hampa.runs.actions import organisers, plan
from hampa.runs.actions.organisers import add_organisers
from hampa.runs.actions.plan import RunPlan
from hampa.runs.admission import closed_reason
from hampa.runs.forms.organisers import PhonesField
from hampa.runs.models.run import Run
from hampa.runs.queries import people, runs
from hampa.series.actions import series


@blueprint.route("/runs/new", methods=["GET", "POST"])
@signed_in
@takes_files(attachments.MEGABYTES)
def new() -> Response:
    """Publish a run."""
    form = NewRunForm(leaders=[(me().id, me().name)])
    if form.validate_on_submit():
        with attempt(form, done=_("Your run is up. Now tell people about it.")):
            count_tries(form.organisers)
            run = publish(form)
            add_organisers(me(), run.id, form.organisers.data)
            attachments.enclose(run, form)
        if not form.errors:
            return pages.redirect(url_for("runs.show", run_id=run.id))
    return form_page(form)


@blueprint.route("/runs/<uuid:run_id>/edit", methods=["GET", "POST"])
@signed_in
@takes_files(attachments.MEGABYTES)
def edit(run_id: uuid.UUID) -> Response:
    """Change one's own run. Who saves after somebody else sees both versions (409)."""
    run = runs.organised_run(me(), run_id)
    if request.method == "GET" and closed_reason(run):
        return closed(run)
    form, conflict = scope.form_of(run), None
    if form.validate_on_submit():
        try:
            with attempt(form, done=_("Saved. Who comes is told what changed.")):
                count_tries(form.organisers)
                scope.change(run_id, form)
                add_organisers(me(), run_id, form.organisers.data)
                attachments.enclose(run, form)
            if not form.errors:
                return pages.redirect(url_for("runs.show", run_id=run_id))
        except Conflict:
            db.session.rollback()
            run = runs.organised_run(me(), run_id)
            conflict = form.take_over(run, plan.plan_of(run))
    return form_page(form, run, conflict)


@blueprint.route("/runs/<uuid:run_id>/cancel", methods=["GET", "POST"])
@signed_in
def cancel(run_id: uuid.UUID) -> Response:
    """Ask whether to call one's own run off, and say who will be told; then do."""
    run = runs.organised_run(me(), run_id)
    if request.method == "GET" and closed_reason(run):
        return closed(run)
    form = scope.cancel_form_of(run)
    if form.validate_on_submit():
        scope.cancel(run_id, form)
        db.session.commit()
        flash(_("Your run is cancelled. Everybody who wanted to come is told."))
        return pages.redirect(url_for("runs.show", run_id=run_id))
    told = people.count_others(me(), run)
    return pages.render("organising/cancel.html", "form", status=form.http_status, form=form, run=run, told=told)


def closed(run: Run) -> Response:
    """Back to a run that can't be changed any more, with the reason."""
    flash(closed_reason(run), "stop")
    return pages.redirect(url_for("runs.show", run_id=run.id))


def count_tries(field: PhonesField) -> None:
    """Count the phone numbers that were typed, and commit: they stay counted, whatever becomes of the form."""
    if field.data:
        organisers.count_number_lookups(me(), len(field.data), settings().numbers_per_person_day)
        db.session.commit()


def publish(form: NewRunForm) -> Run:
    """One run, or the first of those that come again."""
    said = form.plan()
    publishing.refuse_flood(me())
    plan.refuse_company(me(), said.company)
    if form.recurs:
        return series.create_series(me(), said, form.rule())
    return plan.publish_run(me(), said)


def form_page(
    form: RunForm,
    run: Run | None = None,
    conflict: tuple[RunPlan, list[str], RunPlan] | None = None,
    model: Run | None = None,
) -> Response:
    """The form of a run, to publish one, like another one (`model`) or not, or to change it (`run`); with both versions
    after a lost race.
    """
    tomorrow = dates.today() + timedelta(days=1)
    answer = pages.render(
        "organising/form.html",
        "form",
        status=409 if conflict else form.http_status,
        form=form,
        run=run,
        model=model,
        conflict=conflict,
        tomorrow=tomorrow,
        map_start=tiles.start_of(form.place.data or "", me().city, me().timezone),
        **attachments.files_part(form, run),
    )
    return tiles.let_in(answer)
