"""The page of a series, its members, its days and its end."""

import uuid
from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from hampa.people.models import Person
from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.page_cache import cache_for_anonymous
from hampa.platform.web.permissions import asks_first, public, signed_in
from hampa.platform.web.session import me
from hampa.runs.admission import Admission
from hampa.runs.models.run import Run
from hampa.runs.queries.runs import LISTING
from hampa.series import queries
from hampa.series.actions import changes, memberships, series as actions
from hampa.series.forms import EndForm, RestoreForm, RuleForm, SkipForm

blueprint = Blueprint("series", __name__)


def series_on_run(run: Run, admission: Admission) -> dict[str, Any] | None:
    """Return the series, its next runs and the viewer's membership for the page of a run."""
    if run.series_id is None:
        return None
    viewer = me()
    try:
        series = queries.series_for(viewer, run.series_id)
    except NotFound:
        return None
    every_time = queries.is_member(viewer, series.id)
    return {
        "series": series,
        "coming": queries.next_runs(viewer, series),
        "every_time": every_time,
        "may_skip": every_time and (admission.has_place or admission.waits),
    }


def following_run(run: Run, viewer: Person) -> Any:
    """Return the next run that the page of the series of a run lists for a viewer, None without one."""
    try:
        series = queries.series_for(viewer, run.series_id) if run.series_id else None
    except NotFound:
        return None
    return next(iter(queries.next_runs(viewer, series)), None) if series else None


slots.fill(blueprint, "run.series", "series/on_run.html", series_on_run)
slots.contribute(blueprint, "run.following", following_run)


@blueprint.get("/series/<uuid:series_id>")
@public
@cache_for_anonymous(LISTING)
def show(series_id: uuid.UUID) -> Response:
    """Show a series."""
    return series_page(series_id)


@blueprint.post("/series/<uuid:series_id>/join")
@signed_in
@asks_first("name", "gender")
def join(series_id: uuid.UUID) -> Response:
    """Join all runs of a series."""
    with attempt(
        done=_(
            "You are in every time. The other runs follow in a moment; if you can't make one, leave it on its own page."
        )
    ):
        memberships.join_series(me(), series_id, run_in_form())
    return back_to(series_id)


@blueprint.route("/series/<uuid:series_id>/leave", methods=["GET", "POST"])
@signed_in
def leave(series_id: uuid.UUID) -> Response:
    """Ask whether to leave the runs that have not begun too, then end the membership."""
    series = queries.series_for(me(), series_id)
    if request.method == "GET":
        if not queries.is_member(me(), series_id):
            return back_to(series_id)
        return pages.render("series/leave.html", series=series)
    with attempt(done=_("From now on you choose for each run.")):
        memberships.leave_series(me(), series_id, leave="runs" in request.form)
    return back_to(series_id)


@blueprint.post("/series/<uuid:series_id>/skip")
@signed_in
def skip(series_id: uuid.UUID) -> Response:
    """Leave out a day that has no run yet."""
    series = queries.organised_series(me(), series_id)
    form = SkipForm()
    if form.validate():
        with attempt(form, done=_("That day is left out.")):
            actions.skip_day(me(), series.id, form.skip_on.data)
    if form.errors:
        return series_page(series_id, form)
    return back_to(series_id)


@blueprint.post("/series/<uuid:series_id>/take-back")
@signed_in
def take_back(series_id: uuid.UUID) -> Response:
    """Restore a skipped day."""
    series = queries.organised_series(me(), series_id)
    form = RestoreForm()
    if not form.validate() or form.day.data is None:
        flash(_("Choose one of the days that are left out."), "stop")
        return back_to(series_id)
    with attempt(done=_("That day is in the series again.")):
        actions.restore_day(me(), series.id, form.day.data)
    return back_to(series_id)


@blueprint.route("/series/<uuid:series_id>/rule", methods=["GET", "POST"])
@signed_in
def rule(series_id: uuid.UUID) -> Response:
    """Change the rule of one's series from some day on."""
    series = queries.organised_series(me(), series_id)
    if series.ended_at is not None:
        return back_to(series_id)
    form = RuleForm.of(series)
    if form.validate_on_submit():
        with attempt(form, done=_("Saved. We'll tell everybody going to a run that this cancels.")):
            fields = (form.starts_on.data, form.rule(), form.reason.data)
            changed_id = form.once(me(), lambda: changes.change_rule(me(), series_id, *fields).id)
        if not form.errors:
            return back_to(changed_id)
        series = queries.organised_series(me(), series_id)
    return pages.render("series/rule.html", "form", status=form.http_status, form=form, series=series)


@blueprint.route("/series/<uuid:series_id>/end", methods=["GET", "POST"])
@signed_in
def end(series_id: uuid.UUID) -> Response:
    """Ask whether to cancel the runs that have not begun too, then end one's series."""
    series = queries.organised_series(me(), series_id)
    form = EndForm()
    if form.validate_on_submit():
        changes.end_series(me(), series_id, form.reason.data, cancel=form.runs.data == "cancel")
        db.session.commit()
        flash(_("The series has ended."))
        return back_to(series_id)
    left = len(queries.upcoming_run_ids(series_id))
    return pages.render("series/end.html", "form", status=form.http_status, form=form, series=series, left=left)


def series_page(series_id: uuid.UUID, form: SkipForm | None = None) -> Response:
    """Render the page of a series, or for htmx the next page of its runs."""
    viewer = me()
    seen = queries.series_seen(viewer, series_id)
    series = seen.series
    organises = viewer is not None and viewer.id == series.organiser_id
    return pages.render(
        "series/show.html",
        "rows",
        status=form.http_status if form else 200,
        series=series,
        organiser=queries.organiser_name(viewer, series),
        runs=queries.runs_of_series(viewer, series, request.args.get("after")),
        every_time=seen.joins,
        members=seen.members,
        organises=organises,
        form=(form or SkipForm(formdata=None)) if organises else None,
    )


def back_to(series_id: uuid.UUID) -> Response:
    """Redirect to the page of the series, or of the run on which the form was."""
    run_id = run_in_form()
    if run_id is None:
        return pages.redirect(url_for("series.show", series_id=series_id))
    return pages.redirect(url_for("runs.show", run_id=run_id))


def run_in_form() -> uuid.UUID | None:
    """Return the run on whose page the form was, if any."""
    try:
        return uuid.UUID(request.form.get("run_id", ""))
    except ValueError:
        return None
