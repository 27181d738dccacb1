"""The page of a series, coming every time, and ending it."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, flash, request, url_for

from hampa.platform.db import db
from hampa.platform.errors import Refused
from hampa.platform.i18n import gettext as _
from hampa.platform.web import pages
from hampa.platform.web.page_cache import cache_for_anonymous
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me
from hampa.runs.actions import every_time, series as actions, series_changes
from hampa.runs.forms.series import EndForm, RuleForm, SkipForm, TakeBackForm
from hampa.runs.queries import listing, series as queries

blueprint = Blueprint("series", __name__)


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
    try:
        every_time.come_every_time(me(), series_id, came_from())
        db.session.commit()
        flash(_("You come every time. What you can't make, leave on its own page."))
    except Refused as refusal:
        db.session.rollback()
        flash(refusal.message, "stop")
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
    try:
        every_time.stop_coming(me(), series_id, leave="runs" in request.form)
        db.session.commit()
        flash(_("From now on you choose for each run."))
    except Refused as refusal:
        db.session.rollback()
        flash(refusal.message, "stop")
    return back_to(series_id)


@blueprint.post("/series/<uuid:series_id>/skip")
@signed_in
def skip(series_id: uuid.UUID) -> Response:
    """Leave out a day that has no run yet."""
    series = queries.series_of(me(), series_id)
    form = SkipForm()
    if not form.validate():
        return series_page(series_id, form, 422)
    try:
        actions.skip_day(me(), series.id, form.skip_on.data)
        db.session.commit()
        flash(_("That day is left out."))
    except Refused as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return series_page(series_id, form, 422)
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
    try:
        actions.take_back_day(me(), series.id, form.day.data)
        db.session.commit()
        flash(_("That day is in the series again."))
    except Refused as refusal:
        db.session.rollback()
        flash(refusal.message, "stop")
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
        try:
            first, reason = form.starts_on.data, form.reason.data
            changed = series_changes.change_rule(me(), series_id, first, form.rule(), reason)
            db.session.commit()
            flash(_("Saved. Who comes to a run that is cancelled by it is told."))
            return back_to(changed.id)
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
            series = queries.series_of(me(), series_id)
    return pages.render("series/rule.html", "form", status=422 if form.errors else 200, form=form, series=series)


@blueprint.route("/series/<uuid:series_id>/end", methods=["GET", "POST"])
@signed_in
def end(series_id: uuid.UUID) -> Response:
    """Ask whether to end one's series, and what becomes of the runs to come; then do."""
    series = queries.series_of(me(), series_id)
    form = EndForm()
    if form.validate_on_submit():
        series_changes.end_series(me(), series_id, form.reason.data, cancel=form.runs.data == "cancel")
        db.session.commit()
        flash(_("The series has ended."))
        return back_to(series_id)
    status = 422 if form.errors else 200
    left = len(queries.not_begun(series_id))
    return pages.render("series/end.html", "form", status=status, form=form, series=series, left=left)


def series_page(series_id: uuid.UUID, form: SkipForm | None = None, status: int = 200) -> Response:
    """The page of a series; to htmx the next of its runs."""
    series = queries.series_for(me(), series_id)
    viewer = me()
    organises = viewer is not None and viewer.id == series.organiser_id
    return pages.render(
        "series/show.html",
        "rows",
        status=status,
        series=series,
        organiser=queries.organiser_name(viewer, series),
        runs=listing.of_series(viewer, series, request.args.get("after")),
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
