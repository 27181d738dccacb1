"""Dates and times: reading them as people write them, and saying them in words.

Two calendars, Solar Hijri and Gregorian, and two languages, in every combination. Moments are
aware; a zone is an IANA name, a `ZoneInfo`, or None for the viewer's own.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
import re
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from persiantools.jdatetime import JalaliDate

from hampa.platform import clock as now_by
from hampa.platform.locale import i18n, measures, zones
from hampa.platform.locale.i18n import digits, gettext as _, lazy_pgettext, ngettext, number, pgettext
from hampa.platform.texts.cleaning import clean_line, to_latin_digits

Zone = str | ZoneInfo | None

# Years from the first to below the second are of the Solar Hijri calendar.
FIRST_SOLAR_YEAR: Final = 1000
FIRST_GREGORIAN_YEAR: Final = 1700

SOLAR_MONTHS: Final = (
    lazy_pgettext("month", "Farvardin"),
    lazy_pgettext("month", "Ordibehesht"),
    lazy_pgettext("month", "Khordad"),
    lazy_pgettext("month", "Tir"),
    lazy_pgettext("month", "Mordad"),
    lazy_pgettext("month", "Shahrivar"),
    lazy_pgettext("month", "Mehr"),
    lazy_pgettext("month", "Aban"),
    lazy_pgettext("month", "Azar"),
    lazy_pgettext("month", "Dey"),
    lazy_pgettext("month", "Bahman"),
    lazy_pgettext("month", "Esfand"),
)
GREGORIAN_MONTHS: Final = (
    lazy_pgettext("month", "January"),
    lazy_pgettext("month", "February"),
    lazy_pgettext("month", "March"),
    lazy_pgettext("month", "April"),
    lazy_pgettext("month", "May"),
    lazy_pgettext("month", "June"),
    lazy_pgettext("month", "July"),
    lazy_pgettext("month", "August"),
    lazy_pgettext("month", "September"),
    lazy_pgettext("month", "October"),
    lazy_pgettext("month", "November"),
    lazy_pgettext("month", "December"),
)

# Long, short, one letter.
WEEKDAYS: Final = {
    "mon": (
        lazy_pgettext("weekday", "Monday"),
        lazy_pgettext("weekday", "Mon"),
        lazy_pgettext("letter of Monday", "M"),
    ),
    "tue": (
        lazy_pgettext("weekday", "Tuesday"),
        lazy_pgettext("weekday", "Tue"),
        lazy_pgettext("letter of Tuesday", "T"),
    ),
    "wed": (
        lazy_pgettext("weekday", "Wednesday"),
        lazy_pgettext("weekday", "Wed"),
        lazy_pgettext("letter of Wednesday", "W"),
    ),
    "thu": (
        lazy_pgettext("weekday", "Thursday"),
        lazy_pgettext("weekday", "Thu"),
        lazy_pgettext("letter of Thursday", "T"),
    ),
    "fri": (
        lazy_pgettext("weekday", "Friday"),
        lazy_pgettext("weekday", "Fri"),
        lazy_pgettext("letter of Friday", "F"),
    ),
    "sat": (
        lazy_pgettext("weekday", "Saturday"),
        lazy_pgettext("weekday", "Sat"),
        lazy_pgettext("letter of Saturday", "S"),
    ),
    "sun": (
        lazy_pgettext("weekday", "Sunday"),
        lazy_pgettext("weekday", "Sun"),
        lazy_pgettext("letter of Sunday", "S"),
    ),
}
CODES: Final = tuple(WEEKDAYS)
YEARS_APART: Final = 621
"""Between a Solar Hijri year and the Gregorian one in which it begins."""


class DateError(ValueError):
    """A date or time that can't be; `message` says why, in the viewer's language."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Day(NamedTuple):
    """A day in the viewer's calendar."""

    year: int
    month: int
    day: int


def parse_date(text: str) -> dt.date:
    """The day that was written, in either calendar: 2026-11-27, ۱۴۰۵/۹/۶, 1405.09.06, 14050906.

    Raises `DateError`.
    """
    found = re.fullmatch(r"([0-9]{4})([-/.,٫])([0-9]{1,2})\2([0-9]{1,2})", _written(text)) or re.fullmatch(
        r"([0-9]{4})()([0-9]{2})([0-9]{2})", _written(text)
    )
    year = int(found[1]) if found else 0
    if not found or year < FIRST_SOLAR_YEAR:
        raise DateError(_("Write the date as year, month and day, such as %(example)s.", example=example_date()))
    month, day = int(found[3]), int(found[4])
    if not 1 <= month <= 12:
        raise DateError(_("There are twelve months: the second number goes from 1 to 12."))
    solar = year < FIRST_GREGORIAN_YEAR
    days = JalaliDate.days_in_month(month, year) if solar else calendar.monthrange(year, month)[1]
    if not 1 <= day <= days:
        names = SOLAR_MONTHS if solar else GREGORIAN_MONTHS
        raise DateError(
            _(
                "%(month)s %(year)s has %(days)s days.",
                month=names[month - 1],
                year=digits(year),
                days=number(days),
            )
        )
    return JalaliDate(year, month, day).to_gregorian() if solar else dt.date(year, month, day)


def parse_year(text: str) -> int:
    """The Gregorian year that was written, in either calendar; of a Solar Hijri one that in which it begins.

    Raises `DateError`.
    """
    found = re.fullmatch("[0-9]{4}", _written(text))
    year = int(found[0]) if found else 0
    if year < FIRST_SOLAR_YEAR:
        raise DateError(_("Write the year with four digits."))
    return year + YEARS_APART if year < FIRST_GREGORIAN_YEAR else year


def input_year(year: int) -> str:
    """A Gregorian year as a text field shows it: ۱۳۶۵ or 1986."""
    return digits(str(year - YEARS_APART if i18n.calendar() == "solar" else year))


def parse_time(text: str) -> dt.time:
    """The time of day that was written: 6:05, ۰۶:۰۵, 6.05, 0605. Raises `DateError`."""
    found = re.fullmatch(r"([01]?[0-9]|2[0-3])[:.,٫]?([0-5][0-9])", _written(text))
    if not found:
        raise DateError(_("Write the time as hours and minutes, such as %(example)s.", example=digits("18:30")))
    return dt.time(int(found[1]), int(found[2]))


def example_date() -> str:
    """Today, as a date field of the viewer's calendar shows it."""
    return input_date(today())


def input_date(day: dt.date) -> str:
    """The day as a text field shows it: ۱۴۰۵/۰۹/۰۶ or 2026-11-27."""
    if i18n.calendar() == "solar":
        solar = JalaliDate(day)
        return digits(f"{solar.year:04}/{solar.month:02}/{solar.day:02}")
    return digits(day.isoformat())


def input_time(at: dt.time) -> str:
    """The time as a text field shows it: ۰۶:۰۵ or 06:05."""
    return digits(f"{at.hour:02}:{at.minute:02}")


def moment(day: dt.date, at: dt.time, zone: Zone) -> dt.datetime:
    """The moment (in UTC) at which clocks in `zone` show this.

    Of a time that comes twice, when clocks go back, the first. Raises `DateError` for one that
    is skipped when they go forward.
    """
    there = _zone(zone)
    wall = dt.datetime.combine(day, at)
    try:
        found = wall.replace(tzinfo=there).astimezone(dt.UTC)
        shown = found.astimezone(there)
    except OverflowError:
        raise DateError(_("This date is too far away.")) from None
    if shown.replace(tzinfo=None) != wall:
        raise DateError(
            _(
                "Clocks go forward that day: %(time)s is skipped in %(zone)s. Choose another time.",
                time=input_time(at),
                zone=zone_name(there),
            )
        )
    return found


def zone_name(zone: Zone = None) -> str:
    """The place a zone is named after: “Tehran”."""
    return zones.city(_zone(zone).key, i18n.get_locale_code())


def today(zone: Zone = None) -> dt.date:
    """The date it is now in `zone`."""
    return now_by.now().astimezone(_zone(zone)).date()


def local(at: dt.datetime, zone: Zone = None) -> dt.datetime:
    """The moment as clocks in `zone` show it."""
    return at.astimezone(_zone(zone))


def in_calendar(day: dt.date) -> Day:
    """Year, month and day in the viewer's calendar."""
    if i18n.calendar() == "solar":
        solar = JalaliDate(day)
        return Day(solar.year, solar.month, solar.day)
    return Day(day.year, day.month, day.day)


def when(at: dt.datetime, zone: Zone = None) -> str:
    """Day and time: “today 18:00”, “tomorrow, Friday 6:00”, “Friday 4 December, 6:00”."""
    there = local(at, zone)
    away = (there.date() - today(zone)).days
    parts = {"weekday": weekday(there), "time": clock(at, zone)}
    if away == 0:
        return _("today %(time)s", **parts)
    if away == 1:
        return _("tomorrow, %(weekday)s %(time)s", **parts)
    if away == -1:
        return _("yesterday %(time)s", **parts)
    if 1 < away < 7:
        return _("%(weekday)s %(time)s", **parts)
    return _("%(weekday)s %(date)s, %(time)s", date=date(at, zone), **parts)


def day(at: dt.datetime | dt.date, zone: Zone = None) -> str:
    """The day as a heading says it: “Today”, “Tomorrow”, “Yesterday”, else the weekday."""
    there = _date(at, zone)
    away = (there - today(zone)).days
    if away == 0:
        return _("Today")
    if away == 1:
        return _("Tomorrow")
    if away == -1:
        return _("Yesterday")
    return weekday(there)


def weekday(at: dt.datetime | dt.date, zone: Zone = None, form: str = "long") -> str:
    """The weekday's name: `long` “Friday”, `short` “Fri”, `letter` “F”."""
    there = at if zone is None else _date(at, zone)
    return weekday_name(CODES[there.weekday()], form)


def weekday_name(code: str, form: str = "long") -> str:
    """The name of `mon` … `sun`; forms as `weekday`."""
    return str(WEEKDAYS[code][("long", "short", "letter").index(form)])


def week() -> tuple[str, ...]:
    """`mon` … `sun` in the order of the viewer's week: Saturday first in Persian."""
    first = CODES.index("sat") if i18n.get_locale_code() == "fa" else 0
    return CODES[first:] + CODES[:first]


def month_name(month: int) -> str:
    """The name of a month of the viewer's calendar."""
    names = SOLAR_MONTHS if i18n.calendar() == "solar" else GREGORIAN_MONTHS
    return str(names[month - 1])


def date(at: dt.datetime | dt.date, zone: Zone = None) -> str:
    """“27 November”, with the year when it is not this one."""
    there = in_calendar(_date(at, zone))
    if there.year == in_calendar(today(zone)).year:
        return _month_day(there)
    return _(
        "%(day)s %(month)s %(year)s",
        day=number(there.day),
        month=month_name(there.month),
        year=digits(there.year),
    )


def month_day(at: dt.datetime | dt.date, zone: Zone = None) -> str:
    """“27 November”, never with a year."""
    return _month_day(in_calendar(_date(at, zone)))


def long_date(at: dt.datetime | dt.date, zone: Zone = None) -> str:
    """“Friday, 27 November”, with the year when it is not this one."""
    there = _date(at, zone)
    return _("%(weekday)s, %(date)s", weekday=weekday(there), date=date(there))


def clock(at: dt.datetime | dt.time, zone: Zone = None) -> str:
    """“6:00”."""
    there = local(at, zone) if isinstance(at, dt.datetime) else at
    return digits(f"{there.hour}:{there.minute:02}")


def your_time(at: dt.datetime, zone: Zone) -> str:
    """“5:30 your time” when the viewer's clock shows another time than that of `zone`, else ""."""
    there, here = local(at, zone), local(at)
    if there.utcoffset() == here.utcoffset():
        return ""
    if there.date() == here.date():
        return _("%(time)s your time", time=clock(at))
    return _("%(weekday)s %(time)s your time", weekday=weekday(here), time=clock(at))


def ago(at: dt.datetime) -> str:
    """How long since (or until): “just now”, “5 min ago”, “in 2 h”, “3 days ago”, then the date."""
    seconds = (now_by.now() - at).total_seconds()
    past, minutes = seconds >= 0, round(abs(seconds) / 60)
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return (
            ngettext("%(num)d min ago", "%(num)d min ago", minutes)
            if past
            else ngettext("in %(num)d min", "in %(num)d min", minutes)
        )
    hours = round(minutes / 60)
    if hours < 24:
        return (
            ngettext("%(num)d h ago", "%(num)d h ago", hours)
            if past
            else ngettext("in %(num)d h", "in %(num)d h", hours)
        )
    days = abs((today() - local(at).date()).days)
    if days == 1:
        return pgettext("when", "yesterday") if past else pgettext("when", "tomorrow")
    if days < 7:
        return (
            ngettext("%(num)d day ago", "%(num)d days ago", days)
            if past
            else ngettext("in %(num)d day", "in %(num)d days", days)
        )
    return date(at)


def time_left(until: dt.datetime) -> str:
    """How long there is: “1 h 40 left”; when it is longer than three hours, “until tomorrow 8:30”."""
    minutes = math.ceil((until - now_by.now()).total_seconds() / 60)
    if minutes > 180:
        return _("until %(when)s", when=when(until))
    return _("%(time)s left", time=measures.duration(max(1, minutes)))


def _month_day(there: Day) -> str:
    return _("%(day)s %(month)s", day=number(there.day), month=month_name(there.month))


def _date(at: dt.datetime | dt.date, zone: Zone) -> dt.date:
    return local(at, zone).date() if isinstance(at, dt.datetime) else at


def _zone(zone: Zone) -> ZoneInfo:
    if isinstance(zone, ZoneInfo):
        return zone
    return i18n.find_zone(zone) or i18n.timezone()


def _written(text: str) -> str:
    try:
        return to_latin_digits(clean_line(text))
    except ValueError:
        return ""
