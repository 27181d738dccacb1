"""Days as people type them: in either calendar, in numbers or in words of either language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from hampa.platform import clock
from hampa.platform.locale import date_parsing, dates, i18n

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
    "typed",
    [
        "2026-11-27",
        "2026/11/27",
        "2026.11.27",
        "20261127",
        " 2026-11-27 ",
        "۲۰۲۶-۱۱-۲۷",
        "٢٠٢٦/١١/٢٧",
        "1405-09-06",
        "1405/9/6",
        "1405.09.6",
        "۱۴۰۵/۰۹/۰۶",
        "۱۴۰۵/۹/۶",
        "١٤٠٥-٩-٦",
        "۱۴۰۵۰۹۰۶",
        "۱۴۰۵٫۹٫۶",
        "\u200e۱۴۰۵/۹/۶",
    ],
)
def test_one_day_in_many_hands(typed: str) -> None:
    assert date_parsing.parse_date(typed) == dt.date(2026, 11, 27)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "next tomorrow",
        "26-11-27",
        "27/11/2026",
        "2026-11",
        "2026-11-27T06:00",
        "2026-11/27",
        "2026--11-27",
        "-2026-11-27",
        "0000-01-01",
        "0999-01-01",
        "99999-01-01",
        "2026-1e1-1",
        "NaN",
        "\x00",
        "\ud800",
        "9" * 400,
        "2026-²-1",
        "二〇二六-一一-二七",
        "2026-00-10",
        "2026-13-10",
        "2026-11-00",
        "2026-11-31",
        "2026-02-29",
        "2100-02-29",
        "1405-07-31",
        "1405-12-30",
        "1405-01-32",
    ],
)
def test_what_is_no_date_is_refused_with_a_reason(typed: str) -> None:
    for locale in i18n.LOCALES:
        with i18n.use_locale(locale), pytest.raises(dates.DateError) as refused:
            date_parsing.parse_date(typed)
        assert refused.value.message
        assert refused.value.message == str(refused.value)


# Today is Thursday 26 November 2026, 5 Azar 1405.
@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("today", (2026, 11, 26)),
        ("Tonight", (2026, 11, 26)),
        ("امروز", (2026, 11, 26)),
        ("tomorrow", (2026, 11, 27)),
        ("فردا", (2026, 11, 27)),
        ("پس‌فردا", (2026, 11, 28)),
        ("پس فردا", (2026, 11, 28)),
        ("the day after tomorrow", (2026, 11, 28)),
        ("yesterday", (2026, 11, 25)),
        ("fri", (2026, 11, 27)),
        ("Friday", (2026, 11, 27)),
        ("next friday", (2026, 11, 27)),
        ("on sat.", (2026, 11, 28)),
        ("thursday", (2026, 12, 3)),
        ("جمعه", (2026, 11, 27)),
        ("جمعهٔ بعد", (2026, 11, 27)),
        ("جمعه‌ی آینده", (2026, 11, 27)),
        ("این شنبه", (2026, 11, 28)),
        ("یک‌شنبه", (2026, 11, 29)),
        ("يكشنبه", (2026, 11, 29)),
        ("سه شنبه", (2026, 12, 1)),
        ("۵ شنبه", (2026, 12, 3)),
        ("پنج‌شنبه", (2026, 12, 3)),
        ("10 Dec", (2026, 12, 10)),
        ("dec 10th", (2026, 12, 10)),
        ("10th of December, 2027", (2027, 12, 10)),
        ("26 november", (2026, 11, 26)),
        ("25 november", (2027, 11, 25)),
        ("29 feb", (2028, 2, 29)),
        ("fri 4 december", (2026, 12, 4)),
        ("۱۰ آذر", (2026, 12, 1)),
        ("10 azar 1405", (2026, 12, 1)),
        ("۴ آذر", (2027, 11, 25)),
        ("۳۰ اسفند", (2030, 3, 20)),
        ("جمعه ۱۳ آذر ۱۴۰۵", (2026, 12, 4)),
        ("۱۰ دسامبر", (2026, 12, 10)),
        ("۱۰ام دی‌ماه", (2026, 12, 31)),
    ],
)
def test_days_are_read_in_words_of_either_language_in_both(typed: str, day: tuple[int, int, int]) -> None:
    for locale in i18n.LOCALES:
        with i18n.use_locale(locale):
            assert date_parsing.parse_date(typed) == dt.date(*day)


@pytest.mark.parametrize(
    "typed", ["30 feb", "31 azar 1405", "۳۲ فروردین", "0 dec", "thu 4 december", "10 decembre", "fridays", "10", "روز"]
)
def test_words_for_no_day_are_refused_in_both_languages(typed: str) -> None:
    for locale in i18n.LOCALES:
        with i18n.use_locale(locale), pytest.raises(dates.DateError):
            date_parsing.parse_date(typed)


def test_every_day_of_a_year_is_read_as_it_is_shown() -> None:
    for locale in i18n.LOCALES:
        for calendar in ("solar", "gregorian"):
            with i18n.use_locale(locale, calendar=calendar):
                for ahead in range(0, 365, 5):
                    day = dates.today() + dt.timedelta(days=ahead)
                    shown = (dates.month_day(day), dates.long_date(day), dates.date(day), dates.input_date(day))
                    assert {date_parsing.parse_date(text) for text in shown} == {day}, shown


@pytest.mark.parametrize(
    ("typed", "day", "time"),
    [
        ("sat 7:00", (2026, 11, 28), (7, 0)),
        ("sat at 7.30", (2026, 11, 28), (7, 30)),
        ("جمعه ساعت ۷:۰۰", (2026, 11, 27), (7, 0)),
        ("فردا، ۶:۰۵", (2026, 11, 27), (6, 5)),
        ("10 dec 2026", (2026, 12, 10), None),
        ("10 dec 2026 18:30", (2026, 12, 10), (18, 30)),
        ("10 dec 1830", (2026, 12, 10), (18, 30)),
        ("2026-11-27T06:00", (2026, 11, 27), (6, 0)),
        ("20261127", (2026, 11, 27), None),
        ("18:30", None, (18, 30)),
        ("sat 7 pm", (2026, 11, 28), (19, 0)),
        ("فردا ساعت ۸ شب", (2026, 11, 27), (20, 0)),
        ("10 dec 6:30 am", (2026, 12, 10), (6, 30)),
        ("۷ عصر", None, (19, 0)),
    ],
)
def test_a_time_may_stand_after_the_day(
    typed: str, day: tuple[int, int, int] | None, time: tuple[int, int] | None
) -> None:
    assert date_parsing.parse_day_and_time(typed) == (day and dt.date(*day), time and dt.time(*time))


def test_the_day_is_that_of_the_viewers_zone() -> None:
    with clock.frozen(at(26, 23)), i18n.use_locale("en", TEHRAN):
        assert date_parsing.parse_date("today") == dt.date(2026, 11, 26)
    with clock.frozen(at(26, 23)), i18n.use_locale("en", "Pacific/Auckland"):
        assert date_parsing.parse_date("today") == dt.date(2026, 11, 27)


def test_the_last_days_there_are() -> None:
    assert date_parsing.parse_date("1403/12/30") == dt.date(2025, 3, 20)
    assert date_parsing.parse_date("2028-02-29") == dt.date(2028, 2, 29)
    assert date_parsing.parse_date("9999-12-31") == dt.date.max
    assert date_parsing.parse_date("1699-12-29") == dt.date(2321, 3, 20)
    assert date_parsing.parse_date("1700-01-01") == dt.date(1700, 1, 1)


def test_an_impossible_day_is_told_by_its_month() -> None:
    with i18n.use_locale("en"), pytest.raises(dates.DateError, match=r"^Esfand 1405 has 29 days\.$"):
        date_parsing.parse_date("1405/12/30")
    with i18n.use_locale("en"), pytest.raises(dates.DateError, match=r"^February 2026 has 28 days\.$"):
        date_parsing.parse_date("2026-02-29")
    with i18n.use_locale("fa"), pytest.raises(dates.DateError, match=r"اسفند.*۱۴۰۵.*۲۹"):
        date_parsing.parse_date("1405/12/30")


@pytest.mark.parametrize("typed", ["1405-09-06", "1405-09-06 07:00", "1000-01-01", "1699-06-30"])
def test_where_years_are_gregorian_small_ones_are_too(typed):
    read = date_parsing.parse_day_and_time
    with i18n.use_locale("fa", TEHRAN):
        solar, at_time = read(typed)
        with date_parsing.gregorian_years():
            assert read(typed) == (dt.date.fromisoformat(typed[:10]), at_time)
        assert read(typed) == (solar, at_time)
        assert solar is not None and solar.year > 1600
