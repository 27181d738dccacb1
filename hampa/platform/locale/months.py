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
"""Months ahead of this one that can be looked at."""
FIRST_YEAR, LAST_YEAR = 1000, 8000
"""Years that both calendars can count."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the Solar Hijri or the Gregorian calendar."""

    year: int
    number: int
    solar: bool

    @property
    def key(self) -> str:
        """How it stands in addresses: 1405-09, 2026-11."""
        return f"{self.year:04}-{self.number:02}"

    @property
    def first(self) -> dt.date:
        """The day it begins with."""
        if self.solar:
            return JalaliDate(self.year, self.number, 1).to_gregorian()
        return dt.date(self.year, self.number, 1)

    @property
    def title(self) -> str:
        """“November 2026”, «آبان ۱۴۰۵»."""
        return _("%(month)s %(year)s", month=dates.month_name(self.number), year=digits(self.year))

    def moved(self, months: int) -> Month:
        """The month so many after this one."""
        at = self.year * 12 + self.number - 1 + months
        return Month(at // 12, at % 12 + 1, self.solar)

    def weeks(self) -> list[list[dt.date]]:
        """Its days in whole weeks of the viewer, those of its neighbours at both ends among them."""
        end = self.moved(1).first
        begin = self.first
        begin -= dt.timedelta(days=dates.week().index(dates.CODES[begin.weekday()]))
        count = -(-(end - begin).days // 7)
        return [[begin + dt.timedelta(days=week * 7 + day) for day in range(7)] for week in range(count)]

    def holds(self, day: dt.date) -> bool:
        """Whether the day is one of its own."""
        return self.first <= day < self.moved(1).first


def month_of(day: dt.date) -> Month:
    """The month of the viewer's calendar in which a day is."""
    there = dates.in_calendar(day)
    return Month(there.year, there.month, i18n.calendar() == "solar")


def asked_for(text: str | None) -> Month:
    """The month that is written, in either calendar, as one of the viewer's: from this one to `FAR` ahead; else this one."""
    now = month_of(dates.today())
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})", to_latin_digits(text or ""))
    if not found or not 1 <= int(found[2]) <= 12:
        return now
    written = Month(int(found[1]), int(found[2]), solar=int(found[1]) < dates.FIRST_GREGORIAN_YEAR)
    if not FIRST_YEAR <= written.year <= LAST_YEAR:
        return now
    # A month of the other calendar lies over two of this one: the middle tells which is meant.
    month = written if written.solar == now.solar else month_of(written.first + dt.timedelta(days=15))
    return month if now.first <= month.first <= now.moved(FAR).first else now
