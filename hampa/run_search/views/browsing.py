"""The page that finds runs: as a list, on a map, in a month."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, request

from hampa.people.queries import home_town
from hampa.platform.locale import date_parsing, dates, months
from hampa.platform.web import pages, paging, tiles
from hampa.platform.web.page_cache import cache_for_anonymous
from hampa.platform.web.permissions import public
from hampa.platform.web.session import me
from hampa.run_search import queries
from hampa.run_search.forms import RunFilters, begin_of
from hampa.run_search.queries import CalendarDay, Filters
from hampa.run_search.views import map_drawing
from hampa.runs.queries.listing import LISTING, ListedRun

blueprint = Blueprint("run_search", __name__)

VIEWS = ("map", "calendar")


@blueprint.get("/runs")
@public
@tiles.shown_when(lambda: request.args.get("view") != "calendar")
@cache_for_anonymous(LISTING, query_names=RunFilters.query_names())
def index() -> Response:
    """Show upcoming runs within the filters, by day, on a map, or in a month."""
    viewer, form = me(), RunFilters()
    filters = queries.filters_for(viewer, form.filters(home_town(viewer) if viewer else None))
    after = request.args.get("after")
    view = request.args.get("view")
    context: dict[str, Any] = {"month": None, "marks": None}
    if view == "calendar":
        context = month_context(filters)
    runs = queries.upcoming_runs(viewer, context.pop("day_filters", filters), after)
    nobody_near = form.town is not None and not runs.items and view != "calendar"
    if nobody_near and (near := filters.near):
        filters = replace(filters, near=None)
        runs = queries.upcoming_runs(viewer, filters, after)
        runs = paging.Page(queries.with_distances(runs.items, near), runs.next)
    if view == "map":
        context["marks"] = map_drawing.draw(queries.map_pins(filters), None if form.town else filters.near)
    elif view != "calendar" and not after:
        context["marks"] = map_drawing.draw([run for run in runs.items if run.latitude is not None], None)
    this_week = (dates.today(), dates.today() + timedelta(days=6))
    return pages.render(
        "run_search/index.html",
        "rows" if after else "browse",
        form=form,
        view=view if view in VIEWS else None,
        runs=runs,
        days=runs_by_day(runs.items),
        continued=day_of(after),
        this_week=this_week,
        nobody_near=nobody_near,
        # Places are found among those of runs, and the month that is shown among those that have any.
        filters_follow=None
        if (form.near.data and not form.town) or context["month"]
        else (form.address, this_week, form.town, viewer is None),
        **context,
    )


def month_context(filters: Filters) -> dict[str, Any]:
    """Return the month with its runs, and as `day_filters` the filters of its chosen day."""
    month = months.parse_month(request.args.get("month"))
    days, busy_days = days_of(month, filters)
    if not busy_days and "month" not in request.args:
        month = month.moved(1)
        days, busy_days = days_of(month, filters)
    default = dates.today() if month.holds(dates.today()) else month.first
    chosen = parse_day(request.args.get("day"), days) or next(iter(busy_days), default)
    begin, end = span_of(chosen)
    return {
        "month": month,
        "this_month": months.parse_month(None),
        "last_month": months.parse_month(None).moved(months.FAR),
        "today": dates.today(),
        "calendar_day": dates.calendar_day,
        "weeks": month.weeks(),
        "found": days,
        "chosen": chosen,
        "day_filters": replace(filters, since=max(begin, filters.since or begin), until=min(end, filters.until or end)),
    }


def days_of(month: months.Month, filters: Filters) -> tuple[dict[date, CalendarDay], list[date]]:
    """Return the days of the month's whole weeks with their runs, and the days of the month that have any."""
    dates_shown = [day for week in month.weeks() for day in week]
    runs = queries.runs_by_day(filters, [span_of(day) for day in dates_shown])
    days = dict(zip(dates_shown, runs, strict=True))
    return days, [day for day in days if month.holds(day) and days[day].count]


def span_of(day: date) -> tuple[datetime, datetime]:
    """Return when a day begins and ends for the viewer."""
    return begin_of(day), begin_of(day + timedelta(days=1))


def parse_day(text: str | None, days: Collection[date]) -> date | None:
    """Return the written day if it is one of `days`."""
    try:
        day = date_parsing.parse_date(text or "")
    except dates.DateError:
        return None
    return day if day in days else None


def runs_by_day(runs: Sequence[ListedRun]) -> list[tuple[date, list[ListedRun]]]:
    """Return the runs under the days on which they start for the viewer."""
    return [(day, list(group)) for day, group in groupby(runs, key=lambda run: dates.to_local(run.starts_at).date())]


def day_of(after: str | None) -> date | None:
    """Return the day of the last run of the page before."""
    key = paging.decode(after, datetime, uuid.UUID)
    try:
        return dates.to_local(key[0]).date() if key else None
    except OverflowError:
        return None
