"""Months of the viewer's calendar, as a grid of weeks."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

from persiantools.jdatetime import JalaliDate

from hampa.platform.locale import dates, i18n
from hampa.platform.locale.i18n import digits, gettext as _
from hampa.platform.texts.cleaning import to_latin_digits

FAR: Final = 14
"""Months ahead of the current one that can be shown."""
FIRST_YEAR, LAST_YEAR = 1000, 8000
"""Years that both calendars can represent."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the Solar Hijri or the Gregorian calendar."""

    year: int
    number: int
    solar: bool

    @property
    def key(self) -> str:
        """Return the month for use in URLs: 1405-09, 2026-11."""
        return f"{self.year:04}-{self.number:02}"

    @property
    def first(self) -> dt.date:
        """Return the first day."""
        if self.solar:
            return JalaliDate(self.year, self.number, 1).to_gregorian()
        return dt.date(self.year, self.number, 1)

    @property
    def title(self) -> str:
        """Return the title: “November 2026”, «آبان ۱۴۰۵»."""
        return _("%(month)s %(year)s", month=dates.month_name(self.number), year=digits(self.year))

    def moved(self, months: int) -> Month:
        """Return the month that is some months later."""
        year, index = divmod(self.year * 12 + self.number - 1 + months, 12)
        return Month(year, index + 1, self.solar)

    def weeks(self) -> list[list[dt.date]]:
        """Return the days in whole weeks of the viewer, also days of the neighbouring months."""
        begin = self.first - dt.timedelta(days=dates.week().index(dates.CODES[self.first.weekday()]))
        weeks = range(0, (self.moved(1).first - begin).days, 7)
        return [[begin + dt.timedelta(days=start + day) for day in range(7)] for start in weeks]

    def holds(self, day: dt.date) -> bool:
        """Return whether a day is in this month."""
        return self.first <= day < self.moved(1).first


def month_of(day: dt.date) -> Month:
    """Return the month of the viewer's calendar that contains a day."""
    date = dates.calendar_day(day)
    return Month(date.year, date.month, i18n.calendar() == "solar")


def parse_month(text: str | None) -> Month:
    """Read a month of either calendar; return one of the viewer's, from this month to `FAR` ahead, else this month."""
    now = month_of(dates.today())
    match = re.fullmatch(r"([0-9]{4})-([0-9]{2})", to_latin_digits(text or ""))
    if not match or not 1 <= int(match[2]) <= 12 or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        return now
    month = Month(int(match[1]), int(match[2]), solar=int(match[1]) < dates.FIRST_GREGORIAN_YEAR)
    if month.solar != now.solar:
        # A month of the other calendar overlaps two of this one: its middle decides which is meant.
        month = month_of(month.first + dt.timedelta(days=15))
    return month if now.first <= month.first <= now.moved(FAR).first else now
