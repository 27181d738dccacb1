"""The grid of roles and days, the calendar of shifts, and the list of crews and series that have them."""

import datetime as dt
import uuid
from datetime import timedelta
from typing import Any, NamedTuple

from flask import Response, request, url_for
from markupsafe import Markup

from hampa.duties.queries.shifts import LONGEST_SPAN, Shift
from hampa.duty_rosters.queries.calendar import CalendarShift, calendar_of
from hampa.duty_rosters.queries.days import FARTHEST, GRID_DAYS, RosterDay, rows_by_role
from hampa.duty_rosters.queries.grid import grid_of
from hampa.duty_rosters.queries.owners import CREW, SERIES, RosterOwner, owners_of
from hampa.duty_rosters.views.blueprint import blueprint, owner_in
from hampa.platform.locale import dates, months
from hampa.platform.web import pages, slots
from hampa.platform.web.parts import part
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.platform.web.shared_parts import own_rows, shared_part

MOST_OF_DAY, MOST_OF_CELL = 4, 3


@blueprint.get("/rosters")
@signed_in
def index() -> Response:
    """List the crews and series whose rosters the viewer sees."""
    return pages.render("duty_rosters/index.html", owners=owners_of(me()))


@blueprint.get("/rosters/<owner_kind>/<uuid:owner_id>")
@signed_in
def grid(owner_kind: str, owner_id: uuid.UUID) -> Response:
    """Show four weeks of a crew's or a series' duties: a row for each duty, a column for each day."""
    owner = owner_in(owner_kind, owner_id)
    first = _first_day(owner.timezone)
    shown = grid_of(me(), owner, first)
    return pages.render(
        "duty_rosters/grid.html",
        owner=owner,
        table=None
        if shown.is_empty
        else shared_part("duty_rosters/table.html", shown.versions, shown.key, lambda: _table(owner, shown.days())),
        first=first,
        last=shown.later - timedelta(days=1),
        earlier=first - timedelta(days=GRID_DAYS),
        later=shown.later,
    )


def _table(owner: RosterOwner, days: list[RosterDay]) -> dict[str, Any]:
    """Return what the table shows: its rows with their cells, each a day with its shifts and who does them."""
    cells: dict[Any, list[Any]] = {}
    for day in days:
        for shift in day.shifts:
            cells.setdefault((shift.schedule.id, day.day), []).append((shift, day.people_of(shift)))
    rows = [(row, [(day, cells.get((row.id, day.day), ())) for day in days]) for row in rows_by_role(owner.schedules)]
    return {"owner": owner, "days": days, "rows": rows, "most": MOST_OF_CELL}


def _first_day(zone: str) -> dt.date:
    today = dates.today(zone)
    try:
        day = dt.date.fromisoformat(request.args.get("from", ""))
    except ValueError:
        return today
    return min(max(day, today - FARTHEST), today + FARTHEST)


@blueprint.get("/duties/calendar")
@signed_in
def calendar() -> Response:
    """Show a month of the viewer's calendar with the shifts of their crews and series."""
    month, today = months.parse_month(request.args.get("month")), dates.today()
    weeks = month.weeks()
    shifts = calendar_of(me(), weeks[0][0], 7 * len(weeks))

    def values() -> dict[str, Any]:
        days = shifts.days()
        return {
            "month": month,
            "before": None if month == months.parse_month(None) else month.moved(-1),
            "after": None if month.moved(1).first > today + LONGEST_SPAN else month.moved(1),
            "titles": [_in_other_calendar(day) for day in (month.first, month.moved(1).first - timedelta(days=1))],
            "weeks": [[_cell(month, today, day, days.get(day, ())) for day in week] for week in weeks],
            "lists": [_list(day, ones) for day, ones in days.items() if month.holds(day)],
        }

    shown = shared_part("duty_rosters/calendar_days.html", shifts.versions, (month.key, today, *shifts.key), values)
    own = [row for day, ones in shifts.own.items() for row in (_cell(month, today, day, ones), _list(day, ones))]
    return pages.render("duty_rosters/calendar.html", shown=own_rows(shown, own, lambda row: row.markup))


class _Row(NamedTuple):
    """What the calendar shows of a day in one of its two places, which `id` names."""

    id: str
    markup: Markup


def _cell(month: months.Month, today: dt.date, day: dt.date, shifts: tuple[CalendarShift, ...]) -> _Row:
    """Return the cell of a day in the month: its number in both calendars, and the first of its shifts."""
    markup = part(
        "duty_rosters/calendar_day.html",
        day=day,
        number=dates.calendar_day(day).day,
        other=_in_other_calendar(day).split(" ")[0],
        is_out=not month.holds(day),
        is_today=day == today,
        shifts=shifts[:MOST_OF_DAY],
        count=len(shifts),
    )
    return _Row(f"cell {day}", markup)


def _list(day: dt.date, shifts: tuple[CalendarShift, ...]) -> _Row:
    """Return the list of a day's shifts below the month."""
    return _Row(f"list {day}", part("duty_rosters/calendar_list.html", day=day, shifts=shifts))


def _in_other_calendar(day: dt.date) -> str:
    return dates.in_both_calendars(day)[1]


def on_shift(shift: Shift) -> dict[str, Any]:
    """Return the address of the roster of a shift's day, for the page of the shift."""
    row = shift.schedule
    place = (
        {"owner_kind": CREW, "owner_id": row.crew_id}
        if row.crew_id
        else {"owner_kind": SERIES, "owner_id": row.series_id}
    )
    return {"href": url_for("duty_rosters.roster", **place, day=shift.day)}


slots.fill(blueprint, "duties.views", "duty_rosters/ways.html")
slots.fill(blueprint, "duty.shift", "duty_rosters/on_shift.html", on_shift)
