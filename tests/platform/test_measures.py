"""Distances, paces, durations and race times."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hampa.platform.locale import i18n, measures


@pytest.mark.parametrize(
    ("km", "english", "persian", "miles", "persian_miles"),
    [
        (14.0, "14 km", "۱۴ کیلومتر", "8.7 mi", "۸٫۷ مایل"),
        (8.5, "8.5 km", "۸٫۵ کیلومتر", "5.3 mi", "۵٫۳ مایل"),
        (0.0, "0 km", "۰ کیلومتر", "0 mi", "۰ مایل"),
        (42.195, "42.2 km", "۴۲٫۲ کیلومتر", "26.2 mi", "۲۶٫۲ مایل"),
        (1234.5, "1,234.5 km", "۱٬۲۳۴٫۵ کیلومتر", "767.1 mi", "۷۶۷٫۱ مایل"),
    ],
)
def test_distances(km: float, english: str, persian: str, miles: str, persian_miles: str) -> None:
    with i18n.use_locale("en"):
        assert measures.distance(km) == english
    with i18n.use_locale("fa"):
        assert measures.distance(km) == persian
    with i18n.use_locale("en", units="miles"):
        assert measures.distance(km) == miles
    with i18n.use_locale("fa", units="miles"):
        assert measures.distance(km) == persian_miles


def test_exact_decimals_are_distances_too() -> None:
    with i18n.use_locale("en", units="miles"):
        assert measures.distance(Decimal("14.0")) == "8.7 mi"
    with i18n.use_locale("fa"):
        assert measures.distance(Decimal("10.0")) == "۱۰ کیلومتر"


def test_kilometres_in_miles() -> None:
    assert measures.miles_of_km(42.195) == pytest.approx(26.219, abs=0.001)


def test_pace_in_both_units_and_languages() -> None:
    with i18n.use_locale("en"):
        assert (measures.pace(340), measures.pace_unit()) == ("5:40", "/km")
    with i18n.use_locale("fa"):
        assert (measures.pace(340), measures.pace_unit()) == ("۵:۴۰", "در کیلومتر")
    with i18n.use_locale("en", units="miles"):
        assert measures.pace_unit() == "/mi"
        assert measures.pace(336) == "9:00"


def test_a_pace_typed_per_mile_is_shown_again_as_it_was_typed() -> None:
    with i18n.use_locale("en", units="miles"):
        for seconds in range(240, 1450, 5):
            typed = f"{seconds // 60}:{seconds % 60:02}"
            assert measures.pace(measures.parse_pace(typed)) == typed


@pytest.mark.parametrize("units", ["km", "miles"])
def test_saving_a_form_unchanged_never_changes_a_pace(units: str) -> None:
    with i18n.use_locale("fa", units=units):
        for seconds in range(150, 901):
            assert measures.parse_pace(measures.pace(seconds)) == seconds


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("5:40", 340),
        ("۵:۴۰", 340),
        ("٥:٤٠", 340),
        ("05:40", 340),
        (" 5:40 ", 340),
        ("5.40", 340),
        ("5'40\"", 340),
        ("5′40″", 340),
        ("۵٫۴۰", 340),
    ],
)
def test_paces_are_read(typed: str, seconds: int) -> None:
    assert measures.parse_pace(typed) == seconds


NOT_NUMBERS = [
    "",
    "5",
    "5:4",
    "5:60",
    "5:400",
    ":40",
    "-5:40",
    "5:40 min",
    "5:40:00:00",
    "NaN",
    "Infinity",
    "1e5",
    "\x00",
    "\ud800",
    "9" * 400 + ":00",
]


@pytest.mark.parametrize("typed", NOT_NUMBERS)
def test_what_is_no_pace_is_refused(typed: str) -> None:
    with pytest.raises(ValueError):
        measures.parse_pace(typed)


@pytest.mark.parametrize(
    ("typed", "seconds", "shown"),
    [
        ("25:00", 1500, "25:00"),
        ("۱:۴۵:۳۰", 6330, "1:45:30"),
        ("1.45.30", 6330, "1:45:30"),
        ("90:00", 5400, "1:30:00"),
        ("0:59:59", 3599, "59:59"),
        ("3:05:09", 11109, "3:05:09"),
    ],
)
def test_race_times(typed: str, seconds: int, shown: str) -> None:
    assert measures.parse_race_time(typed) == seconds
    with i18n.use_locale("en"):
        assert measures.race_time(seconds) == shown
    with i18n.use_locale("fa"):
        assert measures.parse_race_time(measures.race_time(seconds)) == seconds


@pytest.mark.parametrize("typed", ["", "5", "1:60:00", "1:5", "100:00:00:00", "-1:00:00", "NaN", "9" * 400])
def test_what_is_no_race_time_is_refused(typed: str) -> None:
    with pytest.raises(ValueError):
        measures.parse_race_time(typed)


@pytest.mark.parametrize(
    ("minutes", "english", "persian"),
    [
        (40, "40 min", "۴۰ دقیقه"),
        (60, "1 h", "۱ ساعت"),
        (80, "1 h 20", "۱ ساعت و ۲۰ دقیقه"),
        (120, "2 h", "۲ ساعت"),
        (2880, "48 h", "۴۸ ساعت"),
        (1, "1 min", "۱ دقیقه"),
    ],
)
def test_durations(minutes: int, english: str, persian: str) -> None:
    with i18n.use_locale("en"):
        assert measures.duration(minutes) == english
    with i18n.use_locale("fa"):
        assert measures.duration(minutes) == persian


def test_world_records_grow_with_the_distance_and_are_quicker_than_anybody_jogs() -> None:
    kilometres = {"5k": 5, "10k": 10, "half": 21.0975, "marathon": 42.195}
    paces = [measures.WORLD_RECORDS[race] / km for race, km in kilometres.items()]
    assert paces == sorted(paces)
    assert paces[0] > 150
    assert paces[-1] < 171


def test_seconds_are_not_read_as_minutes() -> None:
    with i18n.use_locale("fa"):
        assert measures.time_taken(25) == "۲۵ ثانیه" and measures.time_taken(85) == "۱:۲۵"
        assert measures.full_time(25) == "۰:۰۰:۲۵" and measures.full_time(3_925) == "۱:۰۵:۲۵"
    with i18n.use_locale("en"):
        assert (measures.duration(25 / 60), measures.duration(0)) == ("25 s", "0 min")
