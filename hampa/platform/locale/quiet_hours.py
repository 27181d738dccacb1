"""Quiet hours: the part of each day in which messages wait and deadlines stand still."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The hours from `begins` to `ends` in `zone`, past midnight if they end before they begin, none if both are equal.

    Wall times that a clock change skips or repeats are read by the offset before the change (RFC 5545 §3.3.5).
    """

    begins: time
    ends: time
    zone: ZoneInfo

    def includes(self, at: datetime) -> bool:
        """Return whether a moment is in the quiet hours; their end is not."""
        return self.next_end(at) < self.next_begin(at)

    def next_end(self, at: datetime) -> datetime:
        """Return the next end after `at`."""
        return self._next(self.ends, at)

    def next_begin(self, at: datetime) -> datetime:
        """Return the next beginning after `at`."""
        return self._next(self.begins, at)

    def latest_begin(self, at: datetime) -> datetime:
        """Return the last beginning up to `at`."""
        return next(begin for begin in self._moments(self.begins, at, (0, -1)) if begin <= at)

    def _next(self, clock: time, at: datetime) -> datetime:
        return next(moment for moment in self._moments(clock, at, (0, 1)) if moment > at)

    def _moments(self, clock: time, at: datetime, days: tuple[int, ...]) -> Iterator[datetime]:
        today = at.astimezone(self.zone).date()
        return (datetime.combine(today + timedelta(day), clock, self.zone).astimezone(UTC) for day in days)


def add_awake_time(begin: datetime, duration: timedelta, hours: QuietHours, awake_from: datetime) -> datetime:
    """Return the end of a duration that does not count quiet hours; from `awake_from` on they count."""
    at, left = begin, duration
    while at < awake_from and hours.begins != hours.ends:
        if hours.includes(at):
            at = min(hours.next_end(at), awake_from)
            continue
        pause = min(hours.next_begin(at), awake_from)
        if at + left <= pause:
            break
        left -= pause - at
        at = pause
    return at + left
