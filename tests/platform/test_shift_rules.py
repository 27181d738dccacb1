"""Starts of shifts over ten years in five zones, against a walk over the days that knows no library."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule as dateutil_rrule

from hampa.platform.locale.i18n import use_locale
from hampa.platform.locale.shift_rules import ShiftRule, read_cron
from hampa.platform.locale.shift_words import describe_shifts

FIRST, LAST = dt.date(2026, 1, 1), dt.date(2035, 12, 31)
ZONES = "Asia/Tehran", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "America/New_York"
SUMMER, WINTER = "0 0,2 * 11-12,1-4 6,0,1", "0 1,3 * 5-10 6,0,1"
EXPRESSIONS = (
    SUMMER,
    WINTER,
    "30 2 * * 0",
    "15,45 1-3 * * 7",
    "0 */6 1-7 * SUN",
    "5 4 */10 jan,MAR-may mon",
    "0 12 13 * 5",
    "0 0 29 2 *",
    "10-50/20 23 * * 1-5/2",
)
NAMES = {
    name: number
    for names in ("SUN MON TUE WED THU FRI SAT", "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC")
    for number, name in enumerate(names.split(), 0 if names.startswith("SUN") else 1)
}


def values(field: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for term in field.upper().split(","):
        span, _slash, step = term.partition("/")
        first, _dash, last = span.partition("-")
        if span == "*":
            begin, end = low, high
        else:
            begin = int(NAMES.get(first, first))
            end = int(NAMES.get(last, last)) if last else (high if step else begin)
        found |= set(range(begin, end + 1, int(step or 1)))
    return found


def moment(wall: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return the first moment at which clocks show a time, or as long after the jump as one that they skip would be."""
    before = wall.replace(tzinfo=zone, fold=0)
    naive = wall - before.utcoffset()
    for offset in sorted({before.utcoffset(), before.replace(fold=1).utcoffset()}, reverse=True):
        candidate = (wall - offset).replace(tzinfo=dt.UTC)
        if candidate.astimezone(zone).replace(tzinfo=None) == wall:
            return candidate
    return naive.replace(tzinfo=dt.UTC)


def walked(expression: str, zone_name: str) -> list[dt.datetime]:
    minute, hour, day, month, weekday = expression.split()
    minutes, hours, days = values(minute, 0, 59), values(hour, 0, 23), values(day, 1, 31)
    months, weekdays = values(month, 1, 12), {one % 7 for one in values(weekday, 0, 7)}
    both = day.startswith("*") or weekday.startswith("*")
    zone, found, on = ZoneInfo(zone_name), set(), FIRST
    while on <= LAST:
        suits_day, suits_weekday = on.day in days, on.isoweekday() % 7 in weekdays
        suits = (suits_day and suits_weekday) if both else (suits_day or suits_weekday)
        if on.month in months and suits:
            found |= {moment(dt.datetime.combine(on, dt.time(one, two)), zone) for one in hours for two in minutes}
        on += dt.timedelta(days=1)
    return sorted(found)


BEGIN, END = dt.datetime(2025, 12, 1, tzinfo=dt.UTC), dt.datetime(2036, 2, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize("zone", ZONES)
def test_cron_over_ten_years(zone):
    for expression in EXPRESSIONS:
        rule = ShiftRule(expression, None, zone, FIRST, LAST)
        assert rule.starts_between(BEGIN, END) == walked(expression, zone), expression


@pytest.mark.parametrize("zone", ZONES)
def test_rrule_over_ten_years(zone):
    for text, at in (
        ("FREQ=WEEKLY;INTERVAL=1;BYDAY=SA,SU;WKST=MO", dt.time(2, 30)),
        ("FREQ=WEEKLY;INTERVAL=3;BYDAY=FR;COUNT=40;WKST=SA", dt.time(6)),
        ("FREQ=MONTHLY;INTERVAL=1;BYDAY=-1SU;WKST=MO", dt.time(2, 15)),
    ):
        start = dt.datetime.combine(FIRST, at)
        walls = dateutil_rrule.rrulestr(text, dtstart=start).between(
            start - dt.timedelta(days=1), dt.datetime.combine(LAST, dt.time.max)
        )
        expected = [moment(wall, ZoneInfo(zone)) for wall in walls]
        assert ShiftRule(text, at, zone, FIRST, LAST).starts_between(BEGIN, END) == expected, text


def test_a_skipped_hour_comes_later_and_a_doubled_one_is_the_first():
    rule = ShiftRule("30 2 * * *", None, "Europe/Berlin", FIRST, None)
    for day, hours in (("2026-03-29", [1]), ("2026-10-25", [0]), ("2026-06-01", [0])):
        since = dt.datetime.fromisoformat(f"{day}T00:00:00+00:00")
        assert [start.hour for start in rule.starts_between(since, since + dt.timedelta(hours=20))] == hours


def test_what_can_not_be_read_is_refused():
    for text in (
        "",
        "* * * *",
        "0 0 * * 8",
        "60 0 * * *",
        "0 0 L * *",
        "0 0 * * MON#2",
        "@daily",
        "0 0 * * 6-1",
        "0 0 */0 * *",
    ):
        with pytest.raises(ValueError):
            read_cron(text)
    for rule in ("0 0 30 2 *", "* * * * *", "0 0 31 4 *"):
        with pytest.raises(ValueError):
            ShiftRule(rule, None, "UTC", FIRST, LAST).check()
    with pytest.raises(ValueError):
        ShiftRule("0 6 * 7 *", None, "UTC", FIRST, dt.date(2026, 2, 1)).check()
    assert read_cron("0 0 * * 7").weekdays == read_cron("0 0 * * SUN").weekdays == (0,)


def test_rules_in_words(app):
    def words(text: str, at: dt.time | None = None) -> str:
        return describe_shifts(ShiftRule(text, at, "Asia/Tehran", FIRST, None))

    with app.test_request_context(), use_locale("en"):
        assert words(SUMMER) == "Every Monday, Saturday and Sunday at 0:00 and 2:00, in November to April"
        assert words("0 6 * * *") == "Every day at 6:00"
        assert words("0 6 1,15 * 5") == "Every Friday, and on day 1 and 15 of the month at 6:00"
        assert words("FREQ=WEEKLY;INTERVAL=1;BYDAY=FR;WKST=MO", dt.time(6)) == "Every Friday at 6:00"
    with app.test_request_context(), use_locale("fa"):
        assert words(WINTER) == "هر شنبه، یکشنبه و دوشنبه، ساعت ۱:۰۰ و ۳:۰۰، در مه تا اکتبر"
