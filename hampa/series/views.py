"""The page of a series, coming every time, and ending it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from hampa.platform.db import db
from hampa.platform.errors import NotFound
from hampa.platform.locale.i18n import gettext as _
from hampa.platform.web import pages, slots
from hampa.platform.web.attempts import attempt
from hampa.platform.web.page_cache import cache_for_anonymous
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me
from hampa.runs.admission import Admission
from hampa.runs.models.run import Run
from hampa.runs.queries import listing
from hampa.series import queries
from hampa.series.actions import changes, memberships, series as actions
from hampa.series.forms import EndForm, RuleForm, SkipForm, TakeBackForm

blueprint = Blueprint("series", __name__)


def series_on_run(run: Run, admission: Admission) -> dict[str, Any] | None:
    """What the page of a run says of its series: the rule, the next runs, and whether I come every time."""
    if run.series_id is None:
        return None
    viewer = me()
    try:
        series = queries.series_for(viewer, run.series_id)
    except NotFound:
        return None
    every_time = queries.comes_every_time(viewer, series.id)
    return {
        "series": series,
        "coming": queries.coming(viewer, series),
        "every_time": every_time,
        "may_skip": every_time and (admission.has_place or admission.waits),
    }


slots.fill(blueprint, "run.series", "series/on_run.html", series_on_run)


@blueprint.get("/series/<uuid:series_id>")
@public
@cache_for_anonymous(listing.LISTING)
def show(series_id: uuid.UUID) -> Response:
    """The rule in words, the runs to come, and whether I come every time."""
    return series_page(series_id)


@blueprint.post("/series/<uuid:series_id>/join")
@signed_in
def join(series_id: uuid.UUID) -> Response:
    """Come every time, from now on."""
    with attempt(
        done=_("You come every time. The other runs follow in a moment; what you can't make, leave on its own page.")
    ):
        memberships.join_series(me(), series_id, came_from())
    return back_to(series_id)


@blueprint.route("/series/<uuid:series_id>/leave", methods=["GET", "POST"])
@signed_in
def leave(series_id: uuid.UUID) -> Response:
    """Ask whether not to come every time any more, and what becomes of the runs one is in; then do."""
    series = queries.series_for(me(), series_id)
    if request.method == "GET":
        if not queries.comes_every_time(me(), series_id):
            return back_to(series_id)
        return pages.render("series/leave.html", series=series)
    with attempt(done=_("From now on you choose for each run.")):
        memberships.leave_series(me(), series_id, leave="runs" in request.form)
    return back_to(series_id)


@blueprint.post("/series/<uuid:series_id>/skip")
@signed_in
def skip(series_id: uuid.UUID) -> Response:
    """Leave out a day that has no run yet."""
    series = queries.series_of(me(), series_id)
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
    """Have a day again that was left out."""
    series = queries.series_of(me(), series_id)
    form = TakeBackForm()
    if not form.validate() or form.day.data is None:
        flash(_("Choose one of the days that are left out."), "stop")
        return back_to(series_id)
    with attempt(done=_("That day is in the series again.")):
        actions.restore_day(me(), series.id, form.day.data)
    return back_to(series_id)


@blueprint.route("/series/<uuid:series_id>/rule", methods=["GET", "POST"])
@signed_in
def rule(series_id: uuid.UUID) -> Response:
    """Let one's series come on other days, or more or less often, from some day on."""
    series = queries.series_of(me(), series_id)
    if series.ended_at is not None:
        return back_to(series_id)
    form = RuleForm.of(series, queries.next_day(series))
    if form.validate_on_submit():
        first, reason = form.starts_on.data, form.reason.data
        with attempt(form, done=_("Saved. Who comes to a run that is cancelled by it is told.")):
            changed = changes.change_rule(me(), series_id, first, form.rule(), reason)
        if not form.errors:
            return back_to(changed.id)
        series = queries.series_of(me(), series_id)
    return pages.render("series/rule.html", "form", status=form.http_status, form=form, series=series)


@blueprint.route("/series/<uuid:series_id>/end", methods=["GET", "POST"])
@signed_in
def end(series_id: uuid.UUID) -> Response:
    """Ask whether to end one's series, and what becomes of the runs to come; then do."""
    series = queries.series_of(me(), series_id)
    form = EndForm()
    if form.validate_on_submit():
        changes.end_series(me(), series_id, form.reason.data, cancel=form.runs.data == "cancel")
        db.session.commit()
        flash(_("The series has ended."))
        return back_to(series_id)
    left = len(queries.not_begun(series_id))
    return pages.render("series/end.html", "form", status=form.http_status, form=form, series=series, left=left)


def series_page(series_id: uuid.UUID, form: SkipForm | None = None) -> Response:
    """The page of a series; to htmx the next of its runs."""
    series = queries.series_for(me(), series_id)
    viewer = me()
    organises = viewer is not None and viewer.id == series.organiser_id
    return pages.render(
        "series/show.html",
        "rows",
        status=form.http_status if form else 200,
        series=series,
        organiser=queries.organiser_name(viewer, series),
        runs=queries.runs_of_series(viewer, series, request.args.get("after")),
        every_time=queries.comes_every_time(viewer, series_id),
        members=queries.members(series_id),
        organises=organises,
        form=(form or SkipForm(formdata=None)) if organises else None,
    )


def back_to(series_id: uuid.UUID) -> Response:
    """On to the series, or to the run of it that one came from."""
    run_id = came_from()
    if run_id is None:
        return pages.redirect(url_for("series.show", series_id=series_id))
    return pages.redirect(url_for("runs.show", run_id=run_id))


def came_from() -> uuid.UUID | None:
    """The run on whose page the form stood, if it says one."""
    try:
        return uuid.UUID(request.form.get("run_id", ""))
    except ValueError:
        return None
