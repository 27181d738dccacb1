"""Finding runs: as a list, on a map, in a month."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from flask import Response, request

from hampa.platform.locale import dates, months
from hampa.platform.web import pages, paging, tiles
from hampa.platform.web.page_cache import cache_for_anonymous
from hampa.platform.web.permissions import public
from hampa.platform.web.session import me
from hampa.runs.forms.filters import RunFilters, begin_of
from hampa.runs.queries import listing, month, pins
from hampa.runs.queries.filtering import Filters, for_viewer
from hampa.runs.views import drawing
from hampa.runs.views.blueprint import blueprint

VIEWS = ("map", "calendar")


@blueprint.get("/runs")
@public
@tiles.shown_when(lambda: request.args.get("view") == "map")
@cache_for_anonymous(listing.LISTING, query_names=RunFilters.query_names())
def index() -> Response:
    """Runs to come, narrowed by what is asked: by day, on a map, or in a month."""
    form = RunFilters()
    filters = for_viewer(me(), form.filters())
    after = request.args.get("after")
    view = request.args.get("view")
    shown: dict[str, Any] = {"month": None}
    if view == "calendar":
        shown = month_page(filters)
    elif view == "map":
        shown |= map_page(filters)
    found = listing.upcoming_runs(me(), shown.pop("day_filters", filters), after)
    this_week = (dates.today(), dates.today() + timedelta(days=6))
    return pages.render(
        "runs/index.html",
        "rows" if after else "browse",
        form=form,
        view=view if view in VIEWS else None,
        runs=found,
        days=by_day(found.items),
        continued=day_of(after),
        this_week=this_week,
        # Places are found among those of runs, and the month that is shown among those that have any.
        filters_follow=None if form.near.data or shown["month"] else (form.address, this_week),
        **shown,
    )


def map_page(filters: Filters) -> dict[str, Any]:
    """The runs on a map."""
    return {"marks": drawing.drawn(pins.pins(filters), filters.near)}


def month_page(filters: Filters) -> dict[str, Any]:
    """The month that is looked at, with its runs, and the filters of the day that is chosen in it."""
    shown = months.asked_for(request.args.get("month"))
    found, busy = days_of(shown, filters)
    if not busy and "month" not in request.args:
        shown = shown.moved(1)
        found, busy = days_of(shown, filters)
    usual = dates.today() if shown.holds(dates.today()) else shown.first
    chosen = asked_day(request.args.get("day"), found) or next(iter(busy), usual)
    begin, end = span_of(chosen)
    return {
        "month": shown,
        "this_month": months.asked_for(None),
        "last_month": months.asked_for(None).moved(months.FAR),
        "today": dates.today(),
        "in_calendar": dates.in_calendar,
        "weeks": shown.weeks(),
        "found": found,
        "chosen": chosen,
        "day_filters": replace(
            filters,
            since=max(begin, filters.since or begin),
            until=min(end, filters.until or end),
        ),
    }


def days_of(shown: months.Month, filters: Filters) -> tuple[dict[date, month.DayOfRuns], list[date]]:
    """The days of whole weeks with their runs, and those of the month itself that have any."""
    days = [day for week in shown.weeks() for day in week]
    found = dict(zip(days, month.runs_by_day(filters, [span_of(day) for day in days]), strict=True))
    return found, [day for day in days if shown.holds(day) and found[day].count]


def span_of(day: date) -> tuple[datetime, datetime]:
    """When a day begins and ends for the viewer."""
    return begin_of(day), begin_of(day + timedelta(days=1))


def asked_day(text: str | None, days: Collection[date]) -> date | None:
    """The day of the month that is written, if it is one of these."""
    try:
        day = dates.parse_date(text or "")
    except dates.DateError:
        return None
    return day if day in days else None


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
