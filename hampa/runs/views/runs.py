"""Looking at one run."""

from __future__ import annotations

import uuid

from flask import Response, make_response, request, url_for

from hampa.platform.web import pages
from hampa.platform.web.page_cache import cache_for_anonymous
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical
from hampa.runs import ics
from hampa.runs.models.participation import GOING, INTERESTED, WAITLISTED
from hampa.runs.queries import listing, organisers, people, runs
from hampa.runs.views.blueprint import blueprint
from hampa.runs.views.page import back_to, run_page

LISTS = {"going": GOING, "waiting": WAITLISTED, "interested": INTERESTED}


@blueprint.get("/runs/<uuid:run_id>")
@public
@cache_for_anonymous(listing.LISTING)
def show(run_id: uuid.UUID) -> Response:
    """One run, and how I stand to it."""
    return run_page(run_id)


@blueprint.get("/runs/<uuid:run_id>/participants")
@signed_in
def participants(run_id: uuid.UUID) -> Response:
    """Everybody who goes, waits or is interested, in the order of coming."""
    run = runs.run_for(me(), run_id)
    which = request.args.get("list", "going")
    which = which if which in LISTS else "going"
    inside = organisers.organises(me(), run)
    found = people.participants(me(), run, LISTS[which], request.args.get("after"), inside=inside)
    return pages.render(
        "runs/participants.html",
        "rows",
        run=run,
        which=which,
        people=found,
        inside=inside,
        closed=runs.why_closed(run),
    )


@blueprint.get("/runs/<uuid:run_id>.ics")
@public
def calendar(run_id: uuid.UUID) -> Response:
    """The run for one's calendar."""
    run = runs.run_for(me(), run_id)
    organiser = next((one.name for one in organisers.organisers_of(me(), run) if one.owner), "")
    answer = make_response(ics.calendar_of(run, organiser, canonical(url_for("runs.show", run_id=run.id))))
    answer.mimetype = "text/calendar"
    answer.headers["Content-Disposition"] = f'attachment; filename="hampa-{run.short_code}.ics"'
    return answer


@blueprint.get("/r/<code>")
@public
def short(code: str) -> Response:
    """The short link of a run, for SMS."""
    return back_to(runs.run_by_code(me(), code).id)
