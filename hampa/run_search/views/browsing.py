"""The page that finds runs: as a list, on a map, in a month."""

import uuid
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, request

from hampa.people.models import Person
from hampa.people.queries import has_no_blocks, home_town
from hampa.platform.locale import date_parsing, dates, i18n, months
from hampa.platform.web import map_drawing, pages, paging, tiles
from hampa.platform.web.page_cache import cache_for_anonymous
from hampa.platform.web.permissions import public
from hampa.platform.web.session import me
from hampa.platform.web.shared_parts import shared_blocks
from hampa.run_lists.queries.rows import ListedRun
from hampa.run_search.forms import RunFilters, begin_of
from hampa.run_search.queries import listing
from hampa.run_search.queries.filters import Filters, filters_for
from hampa.run_search.queries.listing import CalendarDay, FoundRuns
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
    filters = form.filters(home_town(viewer) if viewer else None)
    after, view = request.args.get("after"), request.args.get("view")
    month, found = find(viewer, filters, after)
    nobody_near = form.town is not None and is_empty(viewer, filters, month, found)
    if nobody_near and (near := filters.near):
        filters = replace(filters, near=None)
        month, found = find(viewer, filters, after)
        found = found.away_from(near)
    page = BrowsedRuns(form, viewer is not None, filters, month, found, nobody_near=nobody_near)
    # The map and the month show runs beyond the list, of people who may be hidden from the viewer.
    is_shared = found.version is not None and (view not in VIEWS or viewer is None or has_no_blocks(viewer))
    key = (found.version, form.address, form.town, nobody_near, dates.today()) if is_shared else None
    return pages.render(
        "run_search/index.html",
        "rows" if after else "browse",
        form=form,
        view=view if view in VIEWS else None,
        own=found.own,
        parts=shared_blocks("run_search/browse.html", [], key, lambda: values_of(viewer, page)),
    )


@dataclass(frozen=True, slots=True)
class BrowsedRuns:
    """What the shared parts of the page are made of: the filters, the month if it shows one, and the listed runs."""

    form: RunFilters
    signed_in: bool
    filters: Filters
    month: dict[str, Any]
    found: FoundRuns
    nobody_near: bool


def values_of(viewer: Person | None, page: BrowsedRuns) -> dict[str, Any]:
    """Return the values of the shared parts of the page; they have nothing of the viewer but who is hidden from them."""
    view, after = request.args.get("view"), request.args.get("after")
    runs, marks = page.found.page, None
    pins: Sequence[Any] = ()
    near: Sequence[Any] = ()
    if view == "map":
        pins = listing.map_pins(filters_for(viewer, page.filters))
        near = pins_nearby(page, pins)
        marks = map_drawing.draw(near, None if page.form.town else page.filters.near, listing.MAX_PINS)
    elif view != "calendar" and not after:
        pins = [run for run in runs.items if run.latitude is not None]
        near = pins_nearby(page, pins)
        marks = map_drawing.draw(near, None, listing.MAX_PINS)
    return {
        "form": page.form,
        "view": view if view in VIEWS else None,
        "runs": runs,
        "days": runs_by_day(runs.items),
        "continued": day_of(after),
        "today": dates.today(),
        "this_week": (dates.today(), dates.week_begins().date() + timedelta(days=6)),
        "nobody_near": page.nobody_near,
        "any_pace": page.form.pace_asked,
        "elsewhere": page.signed_in and any(dates.viewer_time(run.starts_at, run.timezone) for run in runs.items),
        "marks": marks,
        "pins_away": len(pins) - len(near),
        "month": None,
        "signed_in": page.signed_in,
        **page.month,
    }


def pins_nearby(page: BrowsedRuns, pins: Sequence[Any]) -> Sequence[Any]:
    """Return the pins that the map begins with: unless a place or the whole map is asked for, those of one time zone.

    It is that of the viewer's clock, or where most pins are if nobody said it or it has none.
    """
    if not pins or page.filters.near is not None or page.filters.words or "whole" in request.args:
        return pins
    zones = Counter(pin.timezone for pin in pins)
    context = i18n.locale_context()
    known = context.timezone.key if context.is_timezone_known else ""
    zone = known if zones[known] else zones.most_common(1)[0][0]
    return [pin for pin in pins if pin.timezone == zone]


def find(viewer: Person | None, filters: Filters, after: str | None) -> tuple[dict[str, Any], FoundRuns]:
    """Return the month, empty unless the page shows one, and the listed runs: those of its day or of all days."""
    month = month_context(viewer, filters) if request.args.get("view") == "calendar" else {}
    return month, listing.find_runs(viewer, month.pop("day_filters", filters), after)


def is_empty(viewer: Person | None, filters: Filters, month: dict[str, Any], found: FoundRuns) -> bool:
    """Return whether no upcoming run passes the filters; a month or a day without one may not be the only one."""
    if found.page.items or any(day.count for day in month.get("found", {}).values()):
        return False
    return not month or not listing.upcoming_runs(viewer, filters, size=1).items


def month_context(viewer: Person | None, filters: Filters) -> dict[str, Any]:
    """Return the month with its runs, and as `day_filters` the filters of its chosen day."""
    month = months.parse_month(request.args.get("month"))
    days, busy_days = days_of(viewer, month, filters)
    if not busy_days and "month" not in request.args:
        month = month.moved(1)
        days, busy_days = days_of(viewer, month, filters)
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


def days_of(viewer: Person | None, month: months.Month, filters: Filters) -> tuple[dict[date, CalendarDay], list[date]]:
    """Return the days of the month's whole weeks with their runs, and the days of the month that have any."""
    dates_shown = [day for week in month.weeks() for day in week]
    runs = listing.runs_by_day(viewer, filters, [span_of(day) for day in dates_shown])
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
