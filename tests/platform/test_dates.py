"""Dates and times in two calendars, two languages, and zones whose clocks jump."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress

import pytest

from hampa.platform import clock
from hampa.platform.locale import dates, i18n

UTC = dt.UTC
TEHRAN = "Asia/Tehran"
NOON = dt.datetime(2026, 11, 26, 9, 0, tzinfo=UTC)  # a Thursday, 5 Azar 1405, 12:30 in Tehran


@pytest.fixture(autouse=True)
def _one_noon() -> Iterator[None]:
    with clock.frozen(NOON):
        yield


def at(day: int, hour: int, minute: int = 0, month: int = 11, year: int = 2026) -> dt.datetime:
    """Return a moment by Tehran's clock (UTC+3:30, no summer time)."""
    return dt.datetime(year, month, day, hour, minute, tzinfo=UTC) - dt.timedelta(hours=3, minutes=30)


@pytest.mark.parametrize(
    ("typed", "time"),
    [
        ("6:05", (6, 5)),
        ("06:05", (6, 5)),
        ("۶:۰۵", (6, 5)),
        ("٠٦:٠٥", (6, 5)),
        ("6.05", (6, 5)),
        ("۶٫۰۵", (6, 5)),
        ("0605", (6, 5)),
        ("605", (6, 5)),
        ("۷", (7, 0)),
        ("18", (18, 0)),
        ("23:59", (23, 59)),
        ("0:00", (0, 0)),
        (" 18:30 ", (18, 30)),
        ("7 am", (7, 0)),
        ("7:30 PM", (19, 30)),
        ("12 pm", (12, 0)),
        ("12 a.m.", (0, 0)),
        ("7 in the evening", (19, 0)),
        ("2 at night", (2, 0)),
        ("11 at night", (23, 0)),
        ("19 in the evening", (19, 0)),
        ("۷ صبح", (7, 0)),
        ("۶:۳۰ بعد از ظهر", (18, 30)),
        ("۶ بعدازظهر", (18, 0)),
        ("۷ غروب", (19, 0)),
        ("۸ شب", (20, 0)),
        ("۱ شب", (1, 0)),
        ("۱۲ شب", (0, 0)),
        ("۱۲ ظهر", (12, 0)),
        ("۲ ظهر", (14, 0)),
    ],
)
def test_one_time_in_many_hands(typed: str, time: tuple[int, int]) -> None:
    assert dates.parse_time(typed) == dt.time(*time)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "24",
        "24:00",
        "12:60",
        "6:5",
        "-6:00",
        "6:05:00",
        "6 px",
        "13 am",
        "0 pm",
        "6 noon",
        "noon",
        "NaN",
        "1e2",
        "\x00",
        "\ud800",
        "9" * 400,
    ],
)
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(dates.DateError):
        dates.parse_time(typed)


# --- clocks that jump ------------------------------------------------------------------------------


def test_wall_time_becomes_a_moment() -> None:
    assert dates.to_utc(dt.date(2026, 11, 27), dt.time(6), TEHRAN) == dt.datetime(2026, 11, 27, 2, 30, tzinfo=UTC)
    assert dates.to_utc(dt.date(2026, 7, 1), dt.time(6), "Europe/Berlin").hour == 4
    assert dates.to_utc(dt.date(2026, 12, 1), dt.time(6), "Europe/Berlin").hour == 5


def test_a_time_that_clocks_skip_is_refused() -> None:
    with i18n.use_locale("en"), pytest.raises(dates.DateError, match=r"02:30 is skipped in Berlin"):
        dates.to_utc(dt.date(2026, 3, 29), dt.time(2, 30), "Europe/Berlin")
    assert dates.to_utc(dt.date(2026, 3, 29), dt.time(1, 59), "Europe/Berlin").hour == 0
    assert dates.to_utc(dt.date(2026, 3, 29), dt.time(3, 0), "Europe/Berlin").hour == 1


def test_a_day_that_a_zone_skipped_is_refused() -> None:
    with pytest.raises(dates.DateError):
        dates.to_utc(dt.date(2011, 12, 30), dt.time(6), "Pacific/Apia")


def test_of_a_time_that_comes_twice_the_first_is_meant() -> None:
    assert dates.to_utc(dt.date(2026, 10, 25), dt.time(2, 30), "Europe/Berlin") == dt.datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )


@pytest.mark.parametrize("day", [dt.date.min, dt.date.max])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_ends_of_time_raise_nothing_else(day: dt.date, zone: str) -> None:
    for time in (dt.time.min, dt.time(23, 59)):
        with suppress(dates.DateError):
            assert dates.to_utc(day, time, zone).tzinfo is UTC


@pytest.mark.parametrize(
    "name", ["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", TEHRAN, "Africa/Casablanca"]
)
def test_every_half_hour_of_a_year_is_shown_as_typed_or_refused(name: str) -> None:
    zone = i18n.find_zone(name)
    wall = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - what a clock on the wall shows
    refused = 0
    while wall.year == 2026:
        try:
            found = dates.to_utc(wall.date(), wall.time(), name)
        except dates.DateError:
            refused += 1
        else:
            assert found.astimezone(zone).replace(tzinfo=None) == wall
        wall += dt.timedelta(minutes=30)
    assert refused <= 2


# --- saying ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "english", "persian"),
    [
        (at(26, 6), "today 6:00", "امروز ۶:۰۰"),
        (at(26, 18, 5), "today 18:05", "امروز ۱۸:۰۵"),
        (at(27, 6), "tomorrow, Friday 6:00", "فردا جمعه ۶:۰۰"),
        (at(25, 6), "yesterday 6:00", "دیروز ۶:۰۰"),
        (at(28, 6, 15), "Saturday 6:15", "شنبه ۶:۱۵"),
        (at(2, 6, month=12), "Wednesday 6:00", "چهارشنبه ۶:۰۰"),
        (at(3, 6, month=12), "Thursday 3 December, 6:00", "پنجشنبه ۱۲ آذر، ۶:۰۰"),
        (at(24, 6), "Tuesday 24 November, 6:00", "سه‌شنبه ۳ آذر، ۶:۰۰"),
        (at(1, 7, month=1, year=2027), "Friday 1 January 2027, 7:00", "جمعه ۱۱ دی، ۷:۰۰"),
        (at(22, 7, month=3, year=2027), "Monday 22 March 2027, 7:00", "دوشنبه ۲ فروردین ۱۴۰۶، ۷:۰۰"),
    ],
)
def test_when(moment: dt.datetime, english: str, persian: str) -> None:
    with i18n.use_locale("en", "Asia/Tehran"):
        assert dates.when(moment, TEHRAN) == english
    with i18n.use_locale("fa", "Asia/Tehran"):
        assert dates.when(moment, TEHRAN) == persian


def test_when_names_a_clock_that_is_not_the_viewers() -> None:
    moment = at(27, 6)
    with i18n.use_locale("en", "Europe/Berlin"):
        assert dates.when(moment, TEHRAN).endswith("6:00 (Tehran time)")
        assert dates.when(moment, TEHRAN, named=False).endswith("6:00")
        assert dates.clock_in(moment, TEHRAN) == "6:00 (Tehran time)"
        assert dates.clock_in(moment) == "3:30"
        assert dates.clock_in(moment, always=True) == "3:30 (Berlin time)"
        assert dates.time_there(moment, TEHRAN) == "6:00 (Tehran time)"
        assert dates.time_there(moment, "Pacific/Auckland") == "15:30 (Auckland time)"
        assert dates.time_there(at(27, 22), "Pacific/Auckland") == "Saturday 7:30 (Auckland time)"
        assert dates.time_there(moment, "Europe/Paris") == ""
    with i18n.use_locale("fa", "Europe/Berlin"):
        assert dates.clock_in(moment, TEHRAN) == "۶:۰۰ به وقت تهران"


def test_today_is_that_of_the_zone_not_of_the_server() -> None:
    before_midnight_utc = dt.datetime(2026, 11, 26, 21, 0, tzinfo=UTC)
    with clock.frozen(before_midnight_utc), i18n.use_locale("en", "Asia/Tehran"):
        assert dates.when(before_midnight_utc, TEHRAN) == "today 0:30"
        assert dates.today(TEHRAN) == dt.date(2026, 11, 27)
        assert dates.today("UTC") == dt.date(2026, 11, 26)


@pytest.mark.parametrize(
    ("locale", "calendar", "date", "long", "other_year"),
    [
        ("en", "gregorian", "27 November", "Friday, 27 November", "27 November 2027"),
        ("en", "solar", "6 Azar", "Friday, 6 Azar", "6 Azar 1406"),
        ("fa", "solar", "۶ آذر", "جمعه ۶ آذر", "۶ آذر ۱۴۰۶"),
        ("fa", "gregorian", "۲۷ نوامبر", "جمعه ۲۷ نوامبر", "۲۷ نوامبر ۲۰۲۷"),
    ],
)
def test_dates_in_both_calendars_and_languages(
    locale: str, calendar: str, date: str, long: str, other_year: str
) -> None:
    with i18n.use_locale(locale, calendar=calendar):
        assert dates.date(at(27, 6), TEHRAN) == date
        assert dates.date(dt.date(2026, 11, 27)) == date
        assert dates.month_day(at(27, 6, year=2027), TEHRAN) == date
        assert dates.long_date(at(27, 6), TEHRAN) == long
        assert dates.date(at(27, 6, year=2027), TEHRAN) == other_year


def test_the_calendar_follows_the_language_when_nothing_else_is_said() -> None:
    with i18n.use_locale("fa"):
        assert dates.input_date(dt.date(2026, 11, 27)) == "۱۴۰۵/۰۹/۰۶"
    with i18n.use_locale("en"):
        assert dates.input_date(dt.date(2026, 11, 27)) == "2026-11-27"
    with i18n.use_locale("fa", calendar="gregorian"):
        assert dates.input_date(dt.date(2026, 11, 27)) == "۲۰۲۶-۱۱-۲۷"


def test_headings_of_days() -> None:
    with i18n.use_locale("en"):
        assert [dates.day(at(day, 6), TEHRAN) for day in (25, 26, 27, 28)] == [
            "Yesterday",
            "Today",
            "Tomorrow",
            "Saturday",
        ]
    with i18n.use_locale("fa"):
        assert [dates.day(at(day, 6), TEHRAN) for day in (25, 26, 27, 28)] == ["دیروز", "امروز", "فردا", "شنبه"]


def test_days_of_a_list_are_weekdays_within_a_week_and_dates_beyond() -> None:
    days = [at(27, 6), at(2, 6, month=12), at(3, 6, month=12), at(20, 6), at(19, 6)]
    with i18n.use_locale("en"):
        assert [dates.near_day(day, TEHRAN) for day in days] == [
            "Tomorrow",
            "Wednesday",
            "3 December",
            "Friday",
            "19 November",
        ]
    with i18n.use_locale("fa"):
        assert dates.near_day(at(3, 6, month=12), TEHRAN) == "۱۲ آذر"


def test_the_week_begins_where_it_does() -> None:
    with i18n.use_locale("fa"):
        assert [dates.weekday_name(day, "letter") for day in dates.week()] == list("شیدسچپج")
        assert dates.weekday_name("thu") == "پنجشنبه"
    with i18n.use_locale("en"):
        assert [dates.weekday_name(day, "short") for day in dates.week()] == [
            "Mon",
            "Tue",
            "Wed",
            "Thu",
            "Fri",
            "Sat",
            "Sun",
        ]
        assert dates.weekday(at(27, 6), TEHRAN) == "Friday"
        assert dates.weekday(at(27, 6), TEHRAN, "letter") == "F"


def test_a_weekday_is_that_of_the_zone() -> None:
    late = dt.datetime(2026, 11, 26, 21, 0, tzinfo=UTC)
    with i18n.use_locale("en", "UTC"):
        assert dates.weekday(late, TEHRAN) == "Friday"
        assert dates.weekday(late) == "Thursday"


@pytest.mark.parametrize(
    ("seconds", "english", "persian"),
    [
        (0, "just now", "همین حالا"),
        (29, "just now", "همین حالا"),
        (-20, "just now", "همین حالا"),
        (60, "1 min ago", "۱ دقیقه پیش"),
        (5 * 60, "5 min ago", "۵ دقیقه پیش"),
        (59 * 60, "59 min ago", "۵۹ دقیقه پیش"),
        (2 * 3600, "2 h ago", "۲ ساعت پیش"),
        (23 * 3600, "23 h ago", "۲۳ ساعت پیش"),
        (24 * 3600, "yesterday", "دیروز"),
        (3 * 86400, "3 days ago", "۳ روز پیش"),
        (8 * 86400, "18 November", "۲۷ آبان"),
        (-5 * 60, "in 5 min", "۵ دقیقهٔ دیگر"),
        (-3600, "in 1 h", "۱ ساعت دیگر"),
        (-24 * 3600, "tomorrow", "فردا"),
        (-3 * 86400, "in 3 days", "۳ روز دیگر"),
    ],
)
def test_ago(seconds: int, english: str, persian: str) -> None:
    moment = NOON - dt.timedelta(seconds=seconds)
    with i18n.use_locale("en", TEHRAN):
        assert dates.ago(moment) == english
    with i18n.use_locale("fa", TEHRAN):
        assert dates.ago(moment) == persian


def test_the_viewers_own_time_is_said_only_where_it_differs() -> None:
    with i18n.use_locale("en", TEHRAN):
        assert dates.viewer_time(at(27, 6), TEHRAN) == ""
        assert dates.viewer_time(at(27, 6), "Asia/Dubai") == "6:00 your time"
    with i18n.use_locale("en", "America/New_York"):
        assert dates.viewer_time(at(27, 6), TEHRAN) == "Thursday 21:30 your time"
