"""A month of shifts, which is read and written once for all who see it alike, and the days with shifts of the viewer."""

import datetime as dt
import uuid
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

from hampa.duties.models import shifts_versions
from hampa.duties.queries.schedule_rows import state_of
from hampa.duties.queries.schedules import schedules_open_to
from hampa.duties.queries.shifts import Shift, booked_by, over_between, shifts_between, start_token
from hampa.people.models import Person

DAY = timedelta(days=1)


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
    def of(cls, shift: Shift, *, is_mine: bool) -> Self:
        """Return what is shown of a shift."""
        row = shift.schedule
        names = row.id, shift.starts_at, shift.begins_at, row.timezone, row.name, row.owner
        return cls(*names, is_mine, shift.is_over, shift.missing)

    @property
    def token(self) -> str:
        """Return what names the shift in addresses."""
        return start_token(self.starts_at)


Days = dict[dt.date, tuple[CalendarShift, ...]]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days with shifts, as `key` and `versions` tell them from others, and those of them with shifts of the viewer.

    `days` returns them as they are to who does none of the shifts.
    """

    key: tuple[Hashable, ...]
    versions: Sequence[str]
    days: Callable[[], Days]
    own: Days


def calendar_of(person: Person, first: dt.date, days: int) -> Calendar:
    """Return the shifts of the crews and series of a person, from a day of theirs on."""
    rows = schedules_open_to(person)
    # A schedule may have another zone than the person: a day begins in one of them up to a day before.
    since = dt.datetime.combine(first, dt.time.min, ZoneInfo(person.timezone)).astimezone(dt.UTC) - DAY
    until = since + timedelta(days=days + 2)
    key = first, days, state_of(rows), over_between(rows, since, until)
    mine = booked_by(person, since, until)

    def found() -> list[Shift]:
        return [shift for shift in shifts_between(rows, since, until) if not shift.is_cancelled]

    own: Days = {}
    if mine:
        shifts = found()
        own_days = {shift.day for shift in shifts if (shift.schedule.id, shift.starts_at) in mine}
        own = _by_day([shift for shift in shifts if shift.day in own_days], mine)
    return Calendar(key, shifts_versions(rows), lambda: _by_day(found(), set()), own)


def _by_day(shifts: Sequence[Shift], mine: set[tuple[uuid.UUID, dt.datetime]]) -> Days:
    days: dict[dt.date, list[CalendarShift]] = {}
    for shift in shifts:
        is_mine = (shift.schedule.id, shift.starts_at) in mine
        days.setdefault(shift.day, []).append(CalendarShift.of(shift, is_mine=is_mine))
    return {day: tuple(sorted(ones, key=_mine_first)) for day, ones in days.items()}


def _mine_first(shift: CalendarShift) -> tuple[bool, dt.datetime]:
    return not shift.is_mine, shift.begins_at
