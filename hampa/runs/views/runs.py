"""Finding runs, and looking at one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from flask import Response, make_response, request, url_for

from hampa.platform import dates
from hampa.platform.web import pages, paging
from hampa.platform.web.kept import for_visitors
from hampa.platform.web.permissions import public, signed_in
from hampa.platform.web.session import me
from hampa.platform.web.ui import canonical
from hampa.runs import ics
from hampa.runs.forms.filters import RunFilters
from hampa.runs.models.participation import GOING, INTERESTED, WAITLISTED
from hampa.runs.queries import listing, organisers, people, runs
from hampa.runs.views.blueprint import blueprint
from hampa.runs.views.page import back_to, run_page

LISTS = {"going": GOING, "waiting": WAITLISTED, "interested": INTERESTED}


@blueprint.get("/runs")
@public
@for_visitors(listing.LISTING)
def index() -> Response:
    """Runs to come, narrowed by what is asked, by day."""
    form = RunFilters()
    after = request.args.get("after")
    found = listing.upcoming(me(), form.filters(), after)
    return pages.render(
        "runs/index.html",
        "rows" if after else "browse",
        form=form,
        runs=found,
        days=by_day(found.items),
        continued=day_of(after),
        this_week=(dates.today(), dates.today() + timedelta(days=6)),
    )


@blueprint.get("/runs/<uuid:run_id>")
@public
@for_visitors(listing.LISTING)
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
    return pages.render("runs/participants.html", "rows", run=run, which=which, people=found)


@blueprint.get("/runs/<uuid:run_id>.ics")
@public
def calendar(run_id: uuid.UUID) -> Response:
    """The run for one's calendar."""
    run = runs.run_for(me(), run_id)
    answer = make_response(ics.calendar_of(run, canonical(url_for("runs.show", run_id=run.id))))
    answer.mimetype = "text/calendar"
    answer.headers["Content-Disposition"] = f'attachment; filename="hampa-{run.short_code}.ics"'
    return answer


@blueprint.get("/r/<code>")
@public
def short(code: str) -> Response:
    """The short link of a run, for SMS."""
    return back_to(runs.run_by_code(me(), code).id)


def by_day(runs: Sequence[listing.ListedRun]) -> list[tuple[date, list[listing.ListedRun]]]:
    """Runs under the days on which they start for the viewer."""
    return [(day, list(there)) for day, there in groupby(runs, key=lambda run: dates.local(run.starts_at).date())]


def day_of(after: str | None) -> date | None:
    """The day of the last run of the page before."""
    key = paging.decode(after, datetime, uuid.UUID)
    try:
        return dates.local(key[0]).date() if key else None
    except OverflowError:
        return None
