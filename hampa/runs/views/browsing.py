"""Finding runs: as a list, on a map, in a month."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby

from flask import Response, request

from hampa.platform import dates
from hampa.platform.web import pages, paging
from hampa.platform.web.kept import for_visitors
from hampa.platform.web.permissions import public
from hampa.platform.web.session import me
from hampa.runs.forms.filters import RunFilters
from hampa.runs.queries import listing
from hampa.runs.views.blueprint import blueprint


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
        kept={"view": None, "month": None},
        runs=found,
        days=by_day(found.items),
        continued=day_of(after),
        this_week=(dates.today(), dates.today() + timedelta(days=6)),
    )


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
