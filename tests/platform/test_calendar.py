"""The Solar Hijri calendar, held against its definition.

The year begins on the day of the March equinox when that comes before noon of Iran's standard time (UTC+3:30), else on
the day after. The equinox by Jean Meeus, "Astronomical Algorithms", chapter 27.
"""

from __future__ import annotations

import datetime as dt
import math
import random

from hampa.platform.locale import date_parsing, dates, i18n

PERIODIC = (
    (485, 324.96, 1934.136), (203, 337.23, 32964.467), (199, 342.08, 20.186), (182, 27.85, 445267.112),
    (156, 73.14, 45036.886), (136, 171.52, 22518.443), (77, 222.54, 65928.934), (74, 296.72, 3034.906),
    (70, 243.58, 9037.513), (58, 119.81, 33718.147), (52, 297.17, 150.678), (50, 21.02, 2281.226),
    (45, 247.54, 29929.562), (44, 325.15, 31555.956), (29, 60.93, 4443.417), (18, 155.12, 67555.328),
    (17, 288.79, 4562.452), (16, 198.04, 62894.029), (14, 199.76, 31436.921), (12, 95.39, 14577.848),
    (12, 287.11, 31931.756), (12, 320.81, 34777.259), (9, 227.73, 1222.114), (8, 15.45, 16859.074),
)  # fmt: skip
DELTA_T_SECONDS = 65  # dynamical minus universal time, near enough for the years asked here


def equinox(gregorian_year: int) -> dt.datetime:
    """Return the March equinox in universal time, to about a minute."""
    y = (gregorian_year - 2000) / 1000
    mean = 2451623.80984 + 365242.37404 * y + 0.05169 * y**2 - 0.00411 * y**3 - 0.00057 * y**4
    t = (mean - 2451545.0) / 36525
    w = math.radians(35999.373 * t - 2.47)
    wobble = 1 + 0.0334 * math.cos(w) + 0.0007 * math.cos(2 * w)
    s = sum(a * math.cos(math.radians(b + c * t)) for a, b, c in PERIODIC)
    julian_day = mean + 0.00001 * s / wobble
    return dt.datetime(2000, 1, 1, 12, tzinfo=dt.UTC) + dt.timedelta(
        days=julian_day - 2451545.0, seconds=-DELTA_T_SECONDS
    )


def new_year(solar_year: int) -> dt.date:
    """1 Farvardin of a Solar Hijri year."""
    in_iran = equinox(solar_year + 621) + dt.timedelta(hours=3, minutes=30)
    return in_iran.date() + dt.timedelta(days=0 if in_iran.hour < 12 else 1)


def solar_of(day: dt.date) -> tuple[int, int, int]:
    """Return the Solar Hijri date: six months of 31 days, five of 30, and the remaining days."""
    year = day.year - 621 if day >= new_year(day.year - 621) else day.year - 622
    passed = (day - new_year(year)).days
    month = passed // 31 if passed < 186 else 6 + (passed - 186) // 30
    return year, month + 1, passed - (31 * month if month <= 6 else 186 + 30 * (month - 6)) + 1


def test_every_day_of_ten_years_in_both_directions() -> None:
    day = dt.date(2021, 1, 1)
    with i18n.use_locale("en", calendar="solar"):
        while day < dt.date(2031, 1, 1):
            year, month, number = solar_of(day)
            assert date_parsing.parse_date(f"{year}/{month}/{number}") == day
            assert dates.calendar_day(day) == (year, month, number)
            day += dt.timedelta(days=1)


def test_every_new_year_of_a_lifetime() -> None:
    for year in range(1330, 1450):
        assert date_parsing.parse_date(f"{year}-01-01") == new_year(year), year


def test_what_a_field_shows_it_reads_again() -> None:
    chance = random.Random(1405)
    for locale in i18n.LOCALES:
        for calendar in i18n.CALENDARS:
            with i18n.use_locale(locale, calendar=calendar):
                for _ in range(300):
                    day = dt.date.fromordinal(
                        chance.randrange(dt.date(1850, 1, 1).toordinal(), dt.date(2300, 1, 1).toordinal())
                    )
                    assert date_parsing.parse_date(dates.input_date(day)) == day
                    time = dt.time(chance.randrange(24), chance.randrange(60))
                    assert dates.parse_time(dates.input_time(time)) == time
                    assert dates.parse_time(dates.clock(time)) == time
