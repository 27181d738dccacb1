"""The page that finds runs: as a list, on a map, in a month."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, request

from hampa.people.models import Person
from hampa.people.queries import home_town
from hampa.platform.locale import date_parsing, dates, months
from hampa.platform.web import pages, paging, tiles
from hampa.platform.web.page_cache import cache_for_anonymous
from hampa.platform.web.permissions import public
from hampa.platform.web.session import me
from hampa.run_lists.queries import ListedRun
from hampa.run_search import queries
from hampa.run_search.forms import RunFilters, begin_of
from hampa.run_search.queries import CalendarDay, Filters
from hampa.run_search.views import map_drawing
from hampa.runs.queries.runs import LISTING

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
    after, view = request.args.get("after"), request.args.get("view")
    found = find(viewer, form, filters, after)
    nobody_near = form.town is not None and is_empty(viewer, filters, found)
    if nobody_near:
        found = find(viewer, form, replace(filters, near=None), after)
    runs = found.pop("runs")
    if nobody_near and filters.near:
        runs = paging.Page(queries.with_distances(runs.items, filters.near), runs.next)
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
        if (form.near.data and not form.town) or found["month"]
        else (form.address, this_week, form.town, viewer is None),
        **found,
    )


def find(viewer: Person | None, form: RunFilters, filters: Filters, after: str | None) -> dict[str, Any]:
    """Return what the page shows of the runs within the filters: the list, the marks of the map, or the month."""
    view = request.args.get("view")
    context: dict[str, Any] = {"month": None, "marks": None}
    if view == "calendar":
        context = context | month_context(filters)
    runs = queries.upcoming_runs(viewer, context.pop("day_filters", filters), after)
    if view == "map":
        context["marks"] = map_drawing.draw(queries.map_pins(filters), None if form.town else filters.near)
    elif view != "calendar" and not after:
        context["marks"] = map_drawing.draw([run for run in runs.items if run.latitude is not None], None)
    return context | {"runs": runs}


def is_empty(viewer: Person | None, filters: Filters, found: dict[str, Any]) -> bool:
    """Return whether no upcoming run passes the filters; a month or a day without one may not be the only one."""
    if found["runs"].items or any(day.count for day in found.get("found", {}).values()):
        return False
    return not found["month"] or not queries.upcoming_runs(viewer, filters, size=1).items


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
