"""Dates and times: reading them as people write them, and formatting them in words.

Two calendars, Solar Hijri and Gregorian, and two languages, in every combination. Moments are aware; a zone is an IANA
name, a `ZoneInfo`, or None for the viewer's.
"""

import datetime as dt
import math
import re
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from persiantools.jdatetime import JalaliDate

from hampa.platform import clock as now_by
from hampa.platform.locale import i18n, measures, time_words, zones
from hampa.platform.locale.i18n import digits, gettext as _, lazy_pgettext, ngettext, number, pgettext
from hampa.platform.texts.cleaning import clean_line, to_latin_digits

Zone = str | ZoneInfo | None

FIRST_SOLAR_YEAR: Final = 1000
FIRST_GREGORIAN_YEAR: Final = 1700
"""Smaller years are of the Solar Hijri calendar."""

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

CODES: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAYS: Final = {
    "long": (
        lazy_pgettext("weekday", "Monday"),
        lazy_pgettext("weekday", "Tuesday"),
        lazy_pgettext("weekday", "Wednesday"),
        lazy_pgettext("weekday", "Thursday"),
        lazy_pgettext("weekday", "Friday"),
        lazy_pgettext("weekday", "Saturday"),
        lazy_pgettext("weekday", "Sunday"),
    ),
    "short": (
        lazy_pgettext("weekday", "Mon"),
        lazy_pgettext("weekday", "Tue"),
        lazy_pgettext("weekday", "Wed"),
        lazy_pgettext("weekday", "Thu"),
        lazy_pgettext("weekday", "Fri"),
        lazy_pgettext("weekday", "Sat"),
        lazy_pgettext("weekday", "Sun"),
    ),
    "letter": (
        lazy_pgettext("letter of Monday", "M"),
        lazy_pgettext("letter of Tuesday", "T"),
        lazy_pgettext("letter of Wednesday", "W"),
        lazy_pgettext("letter of Thursday", "T"),
        lazy_pgettext("letter of Friday", "F"),
        lazy_pgettext("letter of Saturday", "S"),
        lazy_pgettext("letter of Sunday", "S"),
    ),
}
YEARS_APART: Final = 621
"""Between a Solar Hijri year and the Gregorian one in which it begins."""


class DateError(ValueError):
    """An impossible date or time; `message` says why, in the viewer's language."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Day(NamedTuple):
    """A day in the viewer's calendar."""

    year: int
    month: int
    day: int


def parse_year(text: str) -> int:
    """Read a year of either calendar; return the Gregorian year in which it begins. Raise DateError if it is none."""
    match = re.fullmatch("[0-9]{4}", normalize(text))
    year = int(match[0]) if match else 0
    if year < FIRST_SOLAR_YEAR:
        raise DateError(_("Enter the year with four digits."))
    return year + YEARS_APART if year < FIRST_GREGORIAN_YEAR else year


def input_year(year: int) -> str:
    """Format a Gregorian year for a text field: ۱۳۶۵ or 1986."""
    return digits(str(year - YEARS_APART if i18n.calendar() == "solar" else year))


def parse_time(text: str) -> dt.time:
    """Read a time of day: 6:05, ۰۶:۰۵, 6.05, 0605, 6, “6 pm”, «۶ عصر». Raise DateError if it is none."""
    if (at := time_words.read(normalize(text))) is None:
        raise DateError(_("Enter the time as hours and minutes, such as %(example)s.", example=digits("18:30")))
    return at


def input_date(day: dt.date) -> str:
    """Format a day for a text field: ۱۴۰۵/۰۹/۰۶ or 2026-11-27."""
    if i18n.calendar() == "solar":
        return digits("{:04}/{:02}/{:02}".format(*calendar_day(day)))
    return digits(day.isoformat())


def input_time(at: dt.time) -> str:
    """Format a time for a text field: ۰۶:۰۵ or 06:05."""
    return digits(f"{at.hour:02}:{at.minute:02}")


def to_utc(day: dt.date, at: dt.time, zone: Zone) -> dt.datetime:
    """Return the moment (in UTC) of a wall clock in `zone`; the first one of a time that comes twice.

    Raise DateError for a time that is skipped when clocks go forward, and for one too far away.
    """
    tz = _zone(zone)
    wall = dt.datetime.combine(day, at)
    try:
        moment = wall.replace(tzinfo=tz).astimezone(dt.UTC)
        shown = moment.astimezone(tz)
    except OverflowError:
        raise DateError(_("This date is too far away.")) from None
    if shown.replace(tzinfo=None) != wall:
        raise DateError(
            _(
                "Clocks go forward that day: %(time)s is skipped in %(zone)s. Choose another time.",
                time=input_time(at),
                zone=zone_name(tz),
            )
        )
    return moment


def zone_name(zone: Zone = None) -> str:
    """Return the place that a zone is named after: “Tehran”."""
    return zones.zone_city(_zone(zone).key, i18n.get_locale_code())


def today(zone: Zone = None) -> dt.date:
    """Return the current date in `zone`."""
    return to_local(now_by.now(), zone).date()


def to_local(at: dt.datetime, zone: Zone = None) -> dt.datetime:
    """Return the moment in the time of `zone`."""
    return at.astimezone(_zone(zone))


def calendar_day(day: dt.date) -> Day:
    """Return year, month and day in the viewer's calendar."""
    date = JalaliDate(day) if i18n.calendar() == "solar" else day
    return Day(date.year, date.month, date.day)


def when(at: dt.datetime, zone: Zone = None, *, named: bool = True) -> str:
    """Format day and time: “today 18:00”, “tomorrow, Friday 6:00”, “Friday 4 December, 6:00”.

    A zone whose clock is not that of the viewer is named after them, unless `named` is false.
    """
    text = _when(at, zone)
    return (
        text if not named or _same_clock(at, zone) else _("%(time)s (%(zone)s time)", time=text, zone=zone_name(zone))
    )


def _when(at: dt.datetime, zone: Zone) -> str:
    day = (local := to_local(at, zone)).date()
    away = (day - today(zone)).days
    parts = {"weekday": weekday(day), "time": clock(local.time())}
    if away == 0:
        return _("today %(time)s", **parts)
    if away == 1:
        return _("tomorrow, %(weekday)s %(time)s", **parts)
    if away == -1:
        return _("yesterday %(time)s", **parts)
    if 1 < away < 7:
        return _("%(weekday)s %(time)s", **parts)
    return _("%(weekday)s %(date)s, %(time)s", date=date(day, zone), **parts)


def day(at: dt.datetime | dt.date, zone: Zone = None) -> str:
    """Format the day for a heading: “Today”, “Tomorrow”, “Yesterday”, else the weekday."""
    return _day(_date(at, zone), today(zone))


def near_day(at: dt.datetime | dt.date, zone: Zone = None) -> str:
    """Format the day for a list that goes on for weeks: as `day` does within a week, else the date."""
    local, now = _date(at, zone), today(zone)
    return _day(local, now) if abs((local - now).days) < 7 else date(local, zone)


def _day(local: dt.date, now: dt.date) -> str:
    away = (local - now).days
    if away == 0:
        return _("Today")
    if away == 1:
        return _("Tomorrow")
    return _("Yesterday") if away == -1 else weekday(local)


def weekday(at: dt.datetime | dt.date, zone: Zone = None, form: str = "long") -> str:
    """Return the weekday's name: `long` “Friday”, `short` “Fri”, `letter` “F”."""
    local = at if zone is None else _date(at, zone)
    return weekday_name(CODES[local.weekday()], form)


def weekday_name(code: str, form: str = "long") -> str:
    """Return the name of `mon` … `sun`, in a form of `weekday`."""
    return str(WEEKDAYS[form][CODES.index(code)])


def week() -> tuple[str, ...]:
    """Return `mon` … `sun` in the order of the viewer's week: Saturday first in Persian."""
    first = CODES.index("sat") if i18n.get_locale_code() == "fa" else 0
    return CODES[first:] + CODES[:first]


def week_begins(zone: Zone = None) -> dt.datetime:
    """Return the midnight in `zone` with which the viewer's current week begins."""
    day = today(zone)
    first = day - dt.timedelta(days=week().index(CODES[day.weekday()]))
    return dt.datetime.combine(first, dt.time(), _zone(zone))


def month_name(month: int) -> str:
    """Return the name of a month of the viewer's calendar."""
    return str((SOLAR_MONTHS if i18n.calendar() == "solar" else GREGORIAN_MONTHS)[month - 1])


def date(at: dt.datetime | dt.date, zone: Zone = None) -> str:
    """Format a date: “27 November”, with the year unless it is the current one."""
    context = i18n.locale_context()
    return _written_date(_date(at, zone), today(zone), context, context.messages)


@lru_cache(maxsize=2_000)
def _written_date(date: dt.date, now: dt.date, *_locale: object) -> str:
    """Return the words of a date on the day `now`, in the locale context of the caller: a page with a table has hundreds."""
    day = calendar_day(date)
    if day.year == calendar_day(now).year:
        return _month_day(day)
    return _("%(day)s %(month)s %(year)s", day=number(day.day), month=month_name(day.month), year=digits(day.year))


def in_both_calendars(at: dt.datetime | dt.date, zone: Zone = None) -> tuple[str, str]:
    """Format a date with its year in the viewer's calendar, and in the other one."""
    day = _date(at, zone)
    solar = JalaliDate(day)
    texts = [
        _("%(day)s %(month)s %(year)s", day=number(each.day), month=months[each.month - 1], year=digits(each.year))
        for each, months in ((solar, SOLAR_MONTHS), (day, GREGORIAN_MONTHS))
    ]
    first, second = texts if i18n.calendar() == "solar" else reversed(texts)
    return first, second


def month_day(at: dt.datetime | dt.date, zone: Zone = None) -> str:
    """Format a date without its year: “27 November”."""
    return _month_day(calendar_day(_date(at, zone)))


def _month_day(day: Day) -> str:
    return _("%(day)s %(month)s", day=number(day.day), month=month_name(day.month))


def full_date(at: dt.datetime | dt.date, zone: Zone = None) -> str:
    """Format a date with its year, as on what is kept: “27 November 2026”."""
    day = calendar_day(_date(at, zone))
    return _("%(day)s %(month)s %(year)s", day=number(day.day), month=month_name(day.month), year=digits(day.year))


def long_date(at: dt.datetime | dt.date, zone: Zone = None) -> str:
    """Format a date with its weekday: “Friday, 27 November”, with the year unless it is the current one."""
    day = _date(at, zone)
    return _("%(weekday)s, %(date)s", weekday=weekday(day), date=date(day))


def clock(at: dt.datetime | dt.time, zone: Zone = None) -> str:
    """Format a time of day: “6:00”."""
    local = to_local(at, zone) if isinstance(at, dt.datetime) else at
    return digits(f"{local.hour}:{local.minute:02}")


def clock_in(at: dt.datetime, zone: Zone = None, *, always: bool = False) -> str:
    """Format a time of day, with its zone if the viewer's clock differs, or always: “6:00”, “6:00 (Berlin time)”."""
    if not always and _same_clock(at, zone):
        return clock(at, zone)
    return _("%(time)s (%(zone)s time)", time=clock(at, zone), zone=zone_name(zone))


def time_there(at: dt.datetime, zone: Zone) -> str:
    """Return “6:00 (Berlin time)” if the viewer's clock differs from that of `zone`, with another day named, else ""."""
    if _same_clock(at, zone):
        return ""
    local = to_local(at, zone)
    if local.date() == to_local(at).date():
        return clock_in(at, zone)
    time = _("%(weekday)s %(time)s", weekday=weekday(local), time=clock(at, zone))
    return _("%(time)s (%(zone)s time)", time=time, zone=zone_name(zone))


def viewer_time(at: dt.datetime, zone: Zone) -> str:
    """Return “5:30 your time” if the viewer's clock is known and differs from that of `zone`, else ""."""
    if not i18n.locale_context().is_timezone_known or _same_clock(at, zone):
        return ""
    local, viewer = to_local(at, zone), to_local(at)
    if local.date() == viewer.date():
        return _("%(time)s your time", time=clock(at))
    return _("%(weekday)s %(time)s your time", weekday=weekday(viewer), time=clock(at))


def ago(at: dt.datetime) -> str:
    """Format the time since (or until) a moment: “just now”, “5 min ago”, “in 2 h”, “3 days ago”, then the date."""
    seconds = (now_by.now() - at).total_seconds()
    past, minutes = seconds >= 0, round(abs(seconds) / 60)
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        if past:
            return ngettext("%(num)d min ago", "%(num)d min ago", minutes)
        return ngettext("in %(num)d min", "in %(num)d min", minutes)
    hours = round(minutes / 60)
    if hours < 24:
        if past:
            return ngettext("%(num)d h ago", "%(num)d h ago", hours)
        return ngettext("in %(num)d h", "in %(num)d h", hours)
    days = abs((today() - to_local(at).date()).days)
    if days == 1:
        return pgettext("when", "yesterday") if past else pgettext("when", "tomorrow")
    if days < 7:
        if past:
            return ngettext("%(num)d day ago", "%(num)d days ago", days)
        return ngettext("in %(num)d day", "in %(num)d days", days)
    return date(at)


def time_left(until: dt.datetime, zone: Zone = None) -> str:
    """Format the time that is left: “1 h 40 left”, or beyond three hours “until tomorrow 8:30”, on the clock of `zone`."""
    minutes = math.ceil((until - now_by.now()).total_seconds() / 60)
    if minutes > 180:
        return _("until %(when)s", when=when(until, zone))
    return _("%(time)s left", time=measures.duration(max(1, minutes)))


def _same_clock(at: dt.datetime, zone: Zone) -> bool:
    """Return whether the clocks of a zone and of the viewer show the same at a moment."""
    there, here = _zone(zone), i18n.timezone()
    return there is here or at.astimezone(there).utcoffset() == at.astimezone(here).utcoffset()


def _date(at: dt.datetime | dt.date, zone: Zone) -> dt.date:
    return to_local(at, zone).date() if isinstance(at, dt.datetime) else at


def _zone(zone: Zone) -> ZoneInfo:
    return zone if isinstance(zone, ZoneInfo) else i18n.find_zone(zone) or i18n.timezone()


def normalize(text: str) -> str:
    """Return a typed date or time with Latin digits, "" for text that can't be cleaned."""
    try:
        return to_latin_digits(clean_line(text))
    except ValueError:
        return ""


def day_begins(day: dt.date, zone: Zone = None) -> dt.datetime:
    """Return the midnight in `zone`, as a moment in UTC, with which a day begins. Raise DateError for one too far away."""
    try:
        return dt.datetime.combine(day, dt.time(), _zone(zone)).astimezone(dt.UTC)
    except OverflowError:
        raise DateError(_("This date is too far away.")) from None
