"""Rules of shifts: an RRULE with a wall clock, or a cron expression, in a zone and between two days.

Both give wall clocks first, which `localise` turns into moments: a shift keeps its time when the clocks change, one in the
hour that is skipped comes an hour later, and one in the hour that comes twice is at the first.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from hampa.platform.locale.recurrence import Rule, localise

MOST_A_DAY: Final = 24
"""The most starts that a rule may have in one day."""
YEARS_AHEAD: Final = 11
"""How far on a rule must have its first start: 29 February is eight years apart around 2100."""
FIRST_DAY: Final = dt.date(2000, 1, 1)
LAST_DAY: Final = dt.date(2200, 1, 1)
"""No shift is before the one day or after the other: an RRULE is counted from its first day on."""
MONTHS_KEPT: Final = 500
"""Months of rules that a process keeps: one with 24 starts a day takes 40 kB."""
_BEGIN: Final = dt.datetime.combine(FIRST_DAY, dt.time.min, dt.UTC)
_END: Final = dt.datetime.combine(LAST_DAY, dt.time.min, dt.UTC)
_VALUE = r"(?:\d{1,2}|[A-Z]{3})"
_FIELD = re.compile(rf"(?:\*|{_VALUE}(?:-{_VALUE})?)(?:/\d{{1,2}})?")


@dataclass(frozen=True, slots=True)
class CronFields:
    """A cron expression as sets: `weekdays` from 0 (Sunday) to 6.

    With `both`, a day must suit `days` and `weekdays`; otherwise one of them, as crontab(5) has it when both are given.
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    both: bool


@lru_cache(maxsize=2_000)
def read_cron(text: str) -> CronFields:
    """Read an expression of five fields: values, names, ranges, steps and lists. Raise ValueError for any other."""
    parts = text.upper().split()
    if len(parts) != 5 or not all(_FIELD.fullmatch(term) for part in parts for term in part.split(",")):
        raise ValueError(f"not a cron expression of five fields: {text}")
    try:
        cron = CronSim(text, dt.datetime(2000, 1, 1))  # noqa: DTZ001 - wall clocks have no zone
    except CronSimError as error:
        raise ValueError(str(error)) from None
    weekdays = {int(str(day)) % 7 for day in cron.weekdays}
    return CronFields(
        tuple(sorted(cron.minutes)),
        tuple(sorted(cron.hours)),
        tuple(sorted(cron.days)),
        tuple(sorted(cron.months)),
        tuple(sorted(weekdays)),
        cron.day_and,
    )


@dataclass(frozen=True, slots=True)
class ShiftRule:
    """A rule from the day `first` to the day `last`: `text` is an RRULE, whose wall clock is `at`, or a cron expression."""

    text: str
    at: dt.time | None
    zone: str
    first: dt.date
    last: dt.date | None

    @property
    def is_cron(self) -> bool:
        """Return whether the rule is a cron expression."""
        return "=" not in self.text

    def check(self) -> None:
        """Raise ValueError for a rule that can't be read, has more than `MOST_A_DAY` starts a day, or never one."""
        if not FIRST_DAY <= self.first < LAST_DAY:
            raise ValueError("the first day is long ago, or far away")
        if self.is_cron:
            fields = read_cron(self.text)
            if len(fields.minutes) * len(fields.hours) > MOST_A_DAY:
                raise ValueError("too many a day")
        elif self.at is None:
            raise ValueError("an RRULE needs a time of day")
        else:
            Rule.parse(self.text, self.zone)
        if not self.next_starts(self.first_moment, 1):
            raise ValueError("no day of the season suits the rule")

    @property
    def first_moment(self) -> dt.datetime:
        """Return the beginning of the first day."""
        return localise(dt.datetime.combine(self.first, dt.time.min), self.zone)

    def starts_between(self, since: dt.datetime, until: dt.datetime) -> list[dt.datetime]:
        """Return the starts from `since` to before `until`, in UTC and in order."""
        return list(self.walk(since, until))

    def walk(self, since: dt.datetime, until: dt.datetime) -> Iterator[dt.datetime]:
        """Yield the starts from `since` to before `until`, in UTC and in order, as they are asked for."""
        for month in self._months(since, until):
            yield from (start for start in month if since <= start < until)

    def next_starts(self, since: dt.datetime, count: int) -> list[dt.datetime]:
        """Return the first starts from `since` on, at most `count` of them."""
        found: list[dt.datetime] = []
        until = min(since, _END) + dt.timedelta(days=366 * YEARS_AHEAD)
        for month in self._months(since, until):
            found += [start for start in month if start >= since]
            if len(found) >= count:
                break
        return found[:count]

    def gives(self, start: dt.datetime) -> bool:
        """Return whether a shift starts at a moment."""
        return _BEGIN <= start < _END and start in self.starts_between(start, start + dt.timedelta(microseconds=1))

    def in_season(self, moment: dt.datetime) -> bool:
        """Return whether the day of a moment is between the first and the last."""
        if not _BEGIN <= moment < _END:
            return False
        day = moment.astimezone(ZoneInfo(self.zone)).date()
        return self.first <= day and (self.last is None or day <= self.last)

    def _months(self, since: dt.datetime, until: dt.datetime) -> Iterator[tuple[dt.datetime, ...]]:
        zone, since, until = ZoneInfo(self.zone), max(since, _BEGIN), min(until, _END)
        # A wall clock that is skipped comes out an hour later, which may be the next day.
        begin = max(self.first, (since - dt.timedelta(days=1)).astimezone(zone).date())
        end = until.astimezone(zone).date()
        end = min(self.last, end) if self.last else end
        month = begin.replace(day=1)
        while month <= end:
            yield _starts_in_month(self, month)
            month = (month + dt.timedelta(days=32)).replace(day=1)


@lru_cache(maxsize=MONTHS_KEPT)
def _starts_in_month(rule: ShiftRule, month: dt.date) -> tuple[dt.datetime, ...]:
    end = (month + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
    begin = max(month, rule.first)
    end = min(end, rule.last) if rule.last else end
    if begin > end:
        return ()
    walls = _cron_walls(rule.text, begin, end) if rule.is_cron else _rrule_walls(rule, begin, end)
    return tuple(sorted({localise(wall, rule.zone) for wall in walls}))


def _cron_walls(text: str, begin: dt.date, end: dt.date) -> list[dt.datetime]:
    last = dt.datetime.combine(end, dt.time.max)
    walls = []
    for wall in CronSim(text, dt.datetime.combine(begin, dt.time.min) - dt.timedelta(seconds=1)):
        if wall > last:
            break
        walls.append(wall)
    return walls


def _rrule_walls(rule: ShiftRule, begin: dt.date, end: dt.date) -> list[dt.datetime]:
    days = Rule.parse(rule.text, rule.zone).between(rule.first, begin, end)
    return [dt.datetime.combine(day, rule.at or dt.time.min) for day in days]
