"""Pages of runs: finding them, taking part, organising."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from urllib.parse import urlencode

from flask import Blueprint, Response, flash, make_response, request, url_for

from hampa.cards import queries as cards
from hampa.platform import dates
from hampa.platform.db import db
from hampa.platform.errors import Conflict, Refused
from hampa.platform.i18n import gettext as _
from hampa.platform.web import pages, paging
from hampa.platform.web.kept import for_visitors
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical
from hampa.runs import actions, ics, queries
from hampa.runs.actions import Plan
from hampa.runs.forms import LEVEL_WORDS, TERRAIN_WORDS, VISIBILITY_WORDS, CancelForm, JoinForm, RunFilters, RunForm
from hampa.runs.models import GOING, INTERESTED, WAITLISTED, Run

FACES_SHOWN = 8
LISTS = {"going": GOING, "waiting": WAITLISTED, "interested": INTERESTED}

blueprint = Blueprint("runs", __name__)


@blueprint.context_processor
def words() -> dict[str, object]:
    """Words of what runs choose from."""
    return {"level_words": LEVEL_WORDS, "terrain_words": TERRAIN_WORDS, "visibility_words": VISIBILITY_WORDS}


@blueprint.get("/runs")
@public
@for_visitors(queries.LISTING)
def index() -> Response:
    """Runs to come, narrowed by what is asked, by day."""
    form = RunFilters()
    after = request.args.get("after")
    found = queries.upcoming(me(), form.filters(), after)
    return pages.render(
        "runs/index.html",
        "rows" if after else "browse",
        form=form,
        runs=found,
        days=by_day(found.items),
        continued=day_of(after),
        this_week=(dates.today(), dates.today() + timedelta(days=6)),
    )


@blueprint.route("/runs/new", methods=["GET", "POST"])
@signed_in
def new() -> Response:
    """Publish a run."""
    form = RunForm()
    if form.validate_on_submit():
        try:
            run = actions.publish_run(me(), form.plan())
            db.session.commit()
            flash(_("Your run is up. Now tell people about it."))
            return pages.redirect(url_for("runs.show", run_id=run.id))
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
    return form_page(form, 422 if form.errors else 200)


@blueprint.get("/runs/<uuid:run_id>")
@public
@for_visitors(queries.LISTING)
def show(run_id: uuid.UUID) -> Response:
    """One run, and how I stand to it."""
    return run_page(run_id)


@blueprint.route("/runs/<uuid:run_id>/edit", methods=["GET", "POST"])
@signed_in
def edit(run_id: uuid.UUID) -> Response:
    """Change one's own run. Who saves after somebody else sees both versions (409)."""
    run = queries.run_of(me(), run_id)
    if request.method == "GET" and queries.why_closed(run):
        return sorry(run)
    form = RunForm.of(run)
    status, conflict = 200, None
    if form.validate_on_submit():
        try:
            actions.change_run(me(), run_id, form.plan(), form.seen_sequence)
            db.session.commit()
            flash(_("Saved. Who comes is told what changed."))
            return pages.redirect(url_for("runs.show", run_id=run_id))
        except Refused as refusal:
            db.session.rollback()
            form.refuse(refusal)
        except Conflict:
            db.session.rollback()
            run = queries.run_of(me(), run_id)
            status, conflict = 409, form.take_over(run)
    status = 422 if form.errors else status
    return form_page(form, status, run, conflict)


@blueprint.route("/runs/<uuid:run_id>/cancel", methods=["GET", "POST"])
@signed_in
def cancel(run_id: uuid.UUID) -> Response:
    """Ask whether to call one's own run off, and say who will be told; then do."""
    run = queries.run_of(me(), run_id)
    if request.method == "GET" and queries.why_closed(run):
        return sorry(run)
    form = CancelForm()
    if form.validate_on_submit():
        actions.cancel_run(me(), run_id, form.reason.data)
        db.session.commit()
        flash(_("Your run is cancelled. Everybody who wanted to come is told."))
        return pages.redirect(url_for("runs.show", run_id=run_id))
    told = queries.others_in(me(), run)
    return pages.render("runs/cancel.html", "form", status=422 if form.errors else 200, form=form, run=run, told=told)


@blueprint.post("/runs/<uuid:run_id>/join")
@signed_in
def join(run_id: uuid.UUID) -> Response:
    """Go, wait for a place, or be interested."""
    form = JoinForm()
    if not form.validate():
        return run_page(run_id, form, status=422)
    try:
        actions.join_run(me(), run_id, form.status.data or GOING, form.brought())
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return run_page(run_id, form, status=422)
    return run_page(run_id) if pages.wants_fragment() else back_to(run_id)


@blueprint.get("/runs/<uuid:run_id>/join")
@signed_in
def join_page(run_id: uuid.UUID) -> Response:
    """Where somebody lands who had to sign in first: the run, with its button."""
    return back_to(queries.run_for(me(), run_id).id)


@blueprint.route("/runs/<uuid:run_id>/leave", methods=["GET", "POST"])
@signed_in
def leave(run_id: uuid.UUID) -> Response:
    """Ask whether to leave, and say who gets the place; then do."""
    if request.method == "GET":
        run = queries.run_for(me(), run_id)
        standing = queries.standing_of(me(), run)
        if "leave" not in standing.offers:
            return back_to(run_id)
        return pages.render("runs/leave.html", run=run, standing=standing)
    try:
        actions.leave_run(me(), run_id)
        db.session.commit()
    except Refused as refusal:
        db.session.rollback()
        form = JoinForm()
        form.refuse(refusal)
        return run_page(run_id, form, status=422)
    return run_page(run_id) if pages.wants_fragment() else back_to(run_id)


@blueprint.get("/runs/<uuid:run_id>/participants")
@signed_in
def participants(run_id: uuid.UUID) -> Response:
    """Everybody who goes, waits or is interested, in the order of coming."""
    run = queries.run_for(me(), run_id)
    which = request.args.get("list", "going")
    which = which if which in LISTS else "going"
    found = queries.participants(me(), run, LISTS[which], request.args.get("after"))
    return pages.render("runs/participants.html", "rows", run=run, which=which, people=found)


@blueprint.get("/runs/<uuid:run_id>.ics")
@public
def calendar(run_id: uuid.UUID) -> Response:
    """The run for one's calendar."""
    run = queries.run_for(me(), run_id)
    answer = make_response(ics.calendar_of(run, canonical(url_for("runs.show", run_id=run.id))))
    answer.mimetype = "text/calendar"
    answer.headers["Content-Disposition"] = f'attachment; filename="hampa-{run.short_code}.ics"'
    return answer


@blueprint.get("/r/<code>")
@public
def short(code: str) -> Response:
    """The short link of a run, for SMS."""
    return back_to(queries.run_by_code(me(), code).id)


def back_to(run_id: uuid.UUID) -> Response:
    """On to the run."""
    return pages.redirect(url_for("runs.show", run_id=run_id))


def form_page(
    form: RunForm, status: int, run: Run | None = None, conflict: tuple[Plan, list[str]] | None = None
) -> Response:
    """The form of a run, to publish one or (given) to change it; with both versions after a lost race."""
    tomorrow = dates.today() + timedelta(days=1)
    return pages.render(
        "runs/form.html", "form", status=status, form=form, run=run, conflict=conflict, tomorrow=tomorrow
    )


def sorry(run: Run) -> Response:
    """Back to the run, with the reason why it can't be changed any more."""
    flash(queries.why_closed(run), "stop")
    return back_to(run.id)


def run_page(run_id: uuid.UUID, form: JoinForm | None = None, status: int = 200) -> Response:
    """The page of a run, or to htmx the part of it that taking part changes."""
    viewer = me()
    run = queries.run_for(viewer, run_id)
    standing = queries.standing_of(viewer, run)
    comes = standing.mine in (GOING, WAITLISTED) and not standing.closed
    mine = queries.participation_of(viewer, run_id) if comes else None
    return pages.render(
        "runs/show.html",
        "live",
        status=status,
        run=run,
        standing=standing,
        closed=queries.why_closed(run),
        going=queries.participants(viewer, run, size=FACES_SHOWN).items if viewer else [],
        organises=viewer is not None and viewer.id == run.organiser_id,
        comes=comes,
        own_cards=cards.of_owner(viewer, viewer.id) if comes else [],
        form=form or (JoinForm.of(mine) if mine else None),
        map_link=map_link(run),
        short_link=canonical(url_for("runs.short", code=run.short_code)),
    )


def map_link(run: Run) -> str:
    """The meeting point on a map that everybody can open."""
    if run.latitude is None:
        return "https://www.openstreetmap.org/search?" + urlencode({"query": run.place})
    at = {"mlat": run.latitude, "mlon": run.longitude}
    return f"https://www.openstreetmap.org/?{urlencode(at)}#map=17/{run.latitude}/{run.longitude}"


def by_day(runs: Sequence[queries.ListedRun]) -> list[tuple[date, list[queries.ListedRun]]]:
    """Runs under the days on which they start for the viewer."""
    return [(day, list(there)) for day, there in groupby(runs, key=lambda run: dates.local(run.starts_at).date())]


def day_of(after: str | None) -> date | None:
    """The day of the last run of the page before."""
    key = paging.decode(after, datetime, uuid.UUID)
    try:
        return dates.local(key[0]).date() if key else None
    except OverflowError:
        return None
