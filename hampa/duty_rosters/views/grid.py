"""The grid of roles and days, the calendar of shifts, and the list of crews and series that have them."""

import datetime as dt
import uuid
from datetime import timedelta
from typing import Any, NamedTuple, Self
from zoneinfo import ZoneInfo

from flask import Response, request, url_for

from hampa.duties.queries.shifts import LONGEST_SPAN, Shift, shifts_for, start_token
from hampa.duty_rosters.queries.days import FARTHEST, GRID_DAYS, RosterDay, rows_by_role
from hampa.duty_rosters.queries.grid import grid_of
from hampa.duty_rosters.queries.owners import CREW, SERIES, RosterOwner, owners_of
from hampa.duty_rosters.views.blueprint import blueprint, owner_in
from hampa.platform.locale import dates, months
from hampa.platform.web import pages, slots
from hampa.platform.web.permissions import signed_in
from hampa.platform.web.session import me
from hampa.platform.web.shared_parts import shared_part

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
    month = months.parse_month(request.args.get("month"))
    weeks, zone = month.weeks(), ZoneInfo(me().timezone)
    first = dt.datetime.combine(weeks[0][0], dt.time.min, zone).astimezone(dt.UTC) - timedelta(days=1)
    shifts: dict[dt.date, list[CalendarShift]] = {}
    for shift in shifts_for(me(), first, first + timedelta(days=7 * len(weeks) + 2)):
        if not shift.is_cancelled:
            shifts.setdefault(shift.day, []).append(CalendarShift.of(shift))
    this_month = months.parse_month(None)
    return pages.render(
        "duty_rosters/calendar.html",
        month=month,
        calendar_day=dates.calendar_day,
        weeks=weeks,
        shifts={day: tuple(sorted(ones, key=_mine_first)) for day, ones in shifts.items()},
        most=MOST_OF_DAY,
        today=dates.today(),
        before=None if month == this_month else month.moved(-1),
        after=None if month.moved(1).first > dates.today() + LONGEST_SPAN else month.moved(1),
        titles=[dates.in_both_calendars(day)[1] for day in (month.first, month.moved(1).first - timedelta(days=1))],
        others={day: _other_day(day) for week in weeks for day in week},
    )


class CalendarShift(NamedTuple):
    """What the calendar shows of a shift: days that show the same are rendered once."""

    schedule_id: uuid.UUID
    starts_at: dt.datetime
    begins_at: dt.datetime
    timezone: str
    name: str
    owner: str
    is_mine: bool
    is_over: bool
    missing: int

    @classmethod
    def of(cls, shift: Shift) -> Self:
        """Return what is shown of a shift."""
        row = shift.schedule
        names = row.id, shift.starts_at, shift.begins_at, row.timezone, row.name, row.owner
        return cls(*names, shift.booking_id is not None, shift.is_over, shift.missing)

    @property
    def token(self) -> str:
        """Return what names the shift in addresses."""
        return start_token(self.starts_at)


def _mine_first(shift: CalendarShift) -> tuple[bool, dt.datetime]:
    return not shift.is_mine, shift.begins_at


def _other_day(day: dt.date) -> str:
    """Return the number of a day in the other calendar."""
    return dates.in_both_calendars(day)[1].split(" ")[0]


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
