"""The days that a board counts: the current week or month of its scope, or all."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from persiantools.jdatetime import JalaliDate

from hampa.leaderboards.models.registry import ALL, WEEK, Scope
from hampa.platform import clock


@dataclass(frozen=True, slots=True)
class Period:
    """A window with its first and last day, both included; None where it has none."""

    window: str
    first: dt.date | None
    last: dt.date | None

    @property
    def key(self) -> str:
        """Return what tells it from other periods."""
        return f"{self.window}:{self.first or ''}:{self.last or ''}"


def period_of(scope: Scope, window: str) -> Period:
    """Return the current period of a scope."""
    today = clock.now().astimezone(ZoneInfo(scope.timezone)).date()
    if window == ALL:
        return Period(ALL, scope.since, scope.until)
    if window == WEEK:
        first = today - dt.timedelta(days=(today.isoweekday() - scope.first_day) % 7)
        return Period(WEEK, first, first + dt.timedelta(days=6))
    first, next_first = _month(today, solar=scope.solar)
    return Period(window, first, next_first - dt.timedelta(days=1))


def _month(day: dt.date, *, solar: bool) -> tuple[dt.date, dt.date]:
    """Return the first day of the month of a day, and of the month after it."""
    if solar:
        date = JalaliDate(day)
        year, number = (date.year + 1, 1) if date.month == 12 else (date.year, date.month + 1)
        return JalaliDate(date.year, date.month, 1).to_gregorian(), JalaliDate(year, number, 1).to_gregorian()
    first = day.replace(day=1)
    return first, (first + dt.timedelta(days=31)).replace(day=1)
