"""Looking at one run."""

from __future__ import annotations

import uuid

from flask import Response, request

from hampa.platform.web import pages
from hampa.platform.web.page_cache import cache_for_anonymous
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me
from hampa.runs.admission import closed_reason
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
        closed=closed_reason(run),
    )


@blueprint.get("/r/<code>")
@public
def short(code: str) -> Response:
    """The short link of a run, for SMS."""
    return back_to(runs.run_by_code(me(), code).id)
