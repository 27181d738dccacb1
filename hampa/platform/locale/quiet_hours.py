"""Quiet hours: the part of each day in which what can wait is not sent, and clocks stand still."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begins` to `ends` on the clock of `zone`, past midnight when it ends before it begins.

    The same twice means none. Wall times that a clock change skips or repeats are read as RFC 5545
    §3.3.5 reads them, by the offset before the change.
    """

    begins: time
    ends: time
    zone: ZoneInfo

    def hold(self, at: datetime) -> bool:
        """Whether a moment falls into them; their end does not."""
        return self.next_end(at) < self.next_begin(at)

    def next_end(self, at: datetime) -> datetime:
        """When they end next, after `at`."""
        return self._next(self.ends, at)

    def next_begin(self, at: datetime) -> datetime:
        """When they begin next, after `at`."""
        return self._next(self.begins, at)

    def begun(self, at: datetime) -> datetime:
        """When those began into which `at` falls."""
        today = at.astimezone(self.zone).date()
        days = (datetime.combine(day, self.begins, self.zone) for day in (today, today - timedelta(days=1)))
        return next(begin for begin in (day.astimezone(UTC) for day in days) if begin <= at)

    def _next(self, clock: time, at: datetime) -> datetime:
        local = at.astimezone(self.zone)
        found = datetime.combine(local.date(), clock, self.zone).astimezone(UTC)
        if found <= at:
            found = datetime.combine(local.date() + timedelta(days=1), clock, self.zone).astimezone(UTC)
        return found


def waking_end(begin: datetime, lasts: timedelta, hours: QuietHours, awake_from: datetime) -> datetime:
    """When a clock has run for `lasts` that starts at `begin`, stands still in quiet `hours`, and from
    `awake_from` on runs through them.
    """
    at, left = begin, lasts
    while at < awake_from and hours.begins != hours.ends:
        if hours.hold(at):
            at = min(hours.next_end(at), awake_from)
            continue
        halt = min(hours.next_begin(at), awake_from)
        if at + left <= halt:
            break
        left -= halt - at
        at = halt
    return at + left
