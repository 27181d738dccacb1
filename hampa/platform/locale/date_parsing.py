"""Reading days, and days with a time, as people type them: in either calendar, in numbers or in words."""

import calendar
import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from persiantools.jdatetime import JalaliDate

from hampa.platform.locale import date_words, dates, time_words
from hampa.platform.locale.i18n import digits, gettext as _, number

_DAY_AND_TIME: Final = re.compile(
    r"(?:(?P<day>.*[^\s,،])(?:[\s,،]|(?<=[0-9])T))?\s*"
    rf"(?P<time>[0-9]{{1,2}}[:.,٫]?[0-9]{{2}}|[0-9]{{1,2}}(?:[:.,٫]?[0-9]{{2}})?\s*(?:{time_words.PART}))",
    re.IGNORECASE,
)
_AT: Final = re.compile(r"\s+(?:at|ساعت)(?=\s+[0-9])", re.IGNORECASE)


_is_gregorian: Final[ContextVar[bool]] = ContextVar("years are Gregorian", default=False)


@contextmanager
def gregorian_years() -> Iterator[None]:
    """Read dates in numbers as ISO 8601 has them inside the block: all years are of the Gregorian calendar."""
    token = _is_gregorian.set(True)
    try:
        yield
    finally:
        _is_gregorian.reset(token)


def parse_date(text: str) -> dt.date:
    """Read a day as people write it. Raise DateError if it is none.

    A date of either calendar: 2026-11-27, ۱۴۰۵/۹/۶, 1405.09.06, 14050906; or words of either language: tomorrow, next
    friday, 10 Dec, جمعه ۱۳ آذر. A weekday is the nearest after today, a date without a year the nearest from today on.
    """
    text = dates.normalize(text)
    match = re.fullmatch(r"([0-9]{4})([-/.,٫])([0-9]{1,2})\2([0-9]{1,2})", text) or re.fullmatch(
        r"([0-9]{4})()([0-9]{2})([0-9]{2})", text
    )
    year = int(match[1]) if match else 0
    if match and year >= dates.FIRST_SOLAR_YEAR:
        return _day_of(year, int(match[3]), int(match[4]), solar=_is_solar(year))
    if (written := date_words.read(text)) is None:
        raise dates.DateError(
            _(
                "Enter the day in words, such as “tomorrow”, “friday” or “%(date)s”, or as %(example)s.",
                date=dates.month_day(dates.today() + dt.timedelta(days=12)),
                example=dates.input_date(dates.today()),
            )
        )
    return _written_day(written)


def _is_solar(year: int) -> bool:
    return year < dates.FIRST_GREGORIAN_YEAR and not _is_gregorian.get()


def parse_day_and_time(text: str) -> tuple[dt.date | None, dt.time | None]:
    """Read a day, a time, or a day with a time after it: “sat 7:00”, “sat 7 pm”, «جمعه ساعت ۷:۰۰». Raise DateError."""
    try:
        return parse_date(text), None
    except dates.DateError:
        match = _DAY_AND_TIME.fullmatch(_AT.sub("", dates.normalize(text)))
        if match is None:
            raise
    return parse_date(match["day"]) if match["day"] else None, dates.parse_time(match["time"])


def _written_day(written: date_words.WrittenDay) -> dt.date:
    """Return the day that is meant by words today. Raise DateError if there is none."""
    now = dates.today()
    if written.ahead is not None:
        return now + dt.timedelta(days=written.ahead)
    if not written.month:
        return now + dt.timedelta(days=(written.weekday - now.weekday() - 1) % 7 + 1)  # type: ignore[operator]
    if written.year is not None:
        found = _day_of(written.year, written.month, written.day, solar=written.solar)
    else:
        found = _next_day_of(written.month, written.day, now, solar=written.solar)
    if written.weekday not in (None, found.weekday()):
        raise dates.DateError(_("%(date)s is a %(weekday)s.", date=dates.date(found), weekday=dates.weekday(found)))
    return found


def _next_day_of(month: int, day: int, first: dt.date, *, solar: bool) -> dt.date:
    """Return the first day with this month and day from `first` on. Raise DateError if no year has it."""
    year = JalaliDate(first).year if solar else first.year
    for later in range(9):  # a leap day comes back after eight years at most
        if day <= _days_in(year + later, month, solar=solar) and day > 0:
            found = _day_of(year + later, month, day, solar=solar)
            if found >= first:
                return found
    return _day_of(year, month, day, solar=solar)


def _day_of(year: int, month: int, day: int, *, solar: bool) -> dt.date:
    """Return the day of a calendar. Raise DateError if there is none."""
    if not 1 <= month <= 12:
        raise dates.DateError(_("There are twelve months: the second number goes from 1 to 12."))
    days = _days_in(year, month, solar=solar)
    if not 1 <= day <= days:
        name = (dates.SOLAR_MONTHS if solar else dates.GREGORIAN_MONTHS)[month - 1]
        raise dates.DateError(
            _("%(month)s %(year)s has %(days)s days.", month=name, year=digits(year), days=number(days))
        )
    return JalaliDate(year, month, day).to_gregorian() if solar else dt.date(year, month, day)


def _days_in(year: int, month: int, *, solar: bool) -> int:
    return JalaliDate.days_in_month(month, year) if solar else calendar.monthrange(year, month)[1]
