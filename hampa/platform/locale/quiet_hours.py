"""Quiet hours: the part of each day in which messages wait and deadlines stand still."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

AHEAD = 8
"""Days after which each night has come round."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The hours from `begins` to `ends` in `zone`, past midnight if they end before they begin, none if both are equal.

    `days` has other hours of some weekdays by their ISO number, as `Person.quiet_days` has them: those of the day on
    which they begin. Wall times that a clock change skips or repeats are read by the offset before the change (RFC 5545
    §3.3.5).
    """

    begins: time
    ends: time
    zone: ZoneInfo
    days: Mapping[str, Sequence[str]] | None = None

    @property
    def is_never(self) -> bool:
        """Return whether no day has any."""
        return all(begins == ends for begins, ends in (self._of_weekday(number) for number in range(1, 8)))

    def includes(self, at: datetime) -> bool:
        """Return whether a moment is in the quiet hours; their end is not."""
        return any(begin <= at < end for begin, end in self._nights(at, -1, 1))

    def next_end(self, at: datetime) -> datetime:
        """Return the next end after `at`, of hours that there are."""
        return min(end for _begin, end in self._nights(at, -1, AHEAD) if end > at)

    def next_begin(self, at: datetime) -> datetime:
        """Return the next beginning after `at`, of hours that there are."""
        return min(begin for begin, _end in self._nights(at, 0, AHEAD) if begin > at)

    def latest_begin(self, at: datetime) -> datetime:
        """Return the last beginning up to `at`, of hours that there are."""
        return max(begin for begin, _end in self._nights(at, -AHEAD, 1) if begin <= at)

    def _nights(self, at: datetime, first: int, after: int) -> Iterator[tuple[datetime, datetime]]:
        """Yield the quiet hours that begin on some days, counted from that of a moment."""
        today = at.astimezone(self.zone).date()
        for day in (today + timedelta(number) for number in range(first, after)):
            begins, ends = self._of_weekday(day.isoweekday())
            if begins != ends:
                last = day if ends > begins else day + timedelta(1)
                yield self._moment(day, begins), self._moment(last, ends)

    def _moment(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone).astimezone(UTC)

    def _of_weekday(self, number: int) -> tuple[time, time]:
        own = (self.days or {}).get(str(number))
        return (time.fromisoformat(own[0]), time.fromisoformat(own[1])) if own else (self.begins, self.ends)


def add_awake_time(begin: datetime, duration: timedelta, hours: QuietHours, awake_from: datetime) -> datetime:
    """Return the end of a duration that does not count quiet hours; from `awake_from` on they count."""
    at, left = begin, duration
    while at < awake_from and not hours.is_never:
        if hours.includes(at):
            at = min(hours.next_end(at), awake_from)
            continue
        pause = min(hours.next_begin(at), awake_from)
        if at + left <= pause:
            break
        left -= pause - at
        at = pause
    return at + left
