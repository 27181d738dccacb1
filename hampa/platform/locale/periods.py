"""Periods that come again: days, weeks that begin on any day, and fortnights, in a zone.

A period is made of whole days of the zone, so that it is an hour shorter or longer when clocks change in it.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

DAYS: Final = {"daily": 1, "weekly": 7, "biweekly": 14}
"""The length of a period by its name."""
_MONDAY: Final = dt.date(2024, 1, 1)
"""A Monday: weeks are counted from the first day after it that begins one."""


@dataclass(frozen=True, slots=True)
class Period:
    """A period from the day `starts_on` until before the day `ends_on`, in a zone."""

    starts_on: dt.date
    ends_on: dt.date
    zone: ZoneInfo

    @property
    def last_day(self) -> dt.date:
        """Return the last day that belongs to the period."""
        return self.ends_on - dt.timedelta(days=1)

    @property
    def starts_at(self) -> dt.datetime:
        """Return the moment (in UTC) with which the period begins."""
        return _midnight(self.starts_on, self.zone)

    @property
    def ends_at(self) -> dt.datetime:
        """Return the moment (in UTC) with which the next period begins."""
        return _midnight(self.ends_on, self.zone)


def period_on(day: dt.date, length: str, *, first_day: int, zone: ZoneInfo) -> Period:
    """Return the period of a length in `DAYS` to which a day belongs; weeks begin on the ISO weekday `first_day`."""
    days = DAYS[length]
    anchor = _MONDAY + dt.timedelta(days=first_day - 1 if days > 1 else 0)
    starts_on = day - dt.timedelta(days=(day - anchor).days % days)
    return Period(starts_on, starts_on + dt.timedelta(days=days), zone)


def period_at(moment: dt.datetime, length: str, *, first_day: int, zone: ZoneInfo) -> Period:
    """Return the period to which a moment belongs, by the date that it has in the zone."""
    return period_on(moment.astimezone(zone).date(), length, first_day=first_day, zone=zone)


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    # Of a midnight that is skipped this is the moment when clocks go forward; of one that comes twice, the first.
    return dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)
