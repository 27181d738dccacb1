"""Time zones: under which names they are offered, and what is no name of one."""

from __future__ import annotations

import re
import weakref

import pytest

from hampa.platform.locale import dates, i18n, zones

TEHRAN = "Asia/Tehran"


def test_zones_are_offered_by_area_under_names_people_know() -> None:
    persian, english = zones.by_area("fa"), zones.by_area("en")
    assert (TEHRAN, "تهران") in persian["آسیا"]
    assert (TEHRAN, "Tehran") in english["Asia"]
    offered = [name for cities in english.values() for name, _city in cities]
    assert len(offered) == len(set(offered)) > 400
    assert all(i18n.find_zone(name) for name in offered)
    with i18n.use_locale("fa"):
        assert dates.zone_name(TEHRAN) == "تهران"
    cities = dict(zone for zones_of_area in persian.values() for zone in zones_of_area)
    assert cities["Asia/Kolkata"] == "کلکته"
    assert cities["Europe/Kyiv"] == "کیف"
    assert cities["America/Argentina/Buenos_Aires"] == "بوئنوس\u200cآیرس"
    assert [city for city in cities.values() if re.search("[A-Za-z]", city)] == ["جهانی (UTC)"]
    assert not [city for cities in english.values() for _name, city in cities if "/" in city or "_" in city]


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        (TEHRAN, TEHRAN),
        ("Iran", TEHRAN),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("Europe/Kiev", "Europe/Kyiv"),
        ("Europe/Oslo", "Europe/Oslo"),
        ("Etc/UTC", "UTC"),
        ("UTC", "UTC"),
        ("Mars/Olympus", None),
        ("", None),
        (None, None),
    ],
)
def test_old_names_of_zones_are_known(name: str | None, listed: str | None) -> None:
    assert zones.canonical_name(name) == listed


@pytest.mark.parametrize(
    "name", ["", "Asia", "../../etc/passwd", "/etc/passwd", "Asia/Tehran\x00", "\ud800", "A" * 10_000, "Nowhere/City"]
)
def test_no_zone_of_that_name(name: str) -> None:
    assert i18n.find_zone(name) is None


def test_a_text_that_is_too_long_for_a_zone_is_not_kept() -> None:
    """Browsers say their zone in a hidden field, so that anybody can send a megabyte there."""

    class Text(str):
        __slots__ = ("__weakref__",)

    text = Text("Asia/" + "x" * 10_000)
    kept = weakref.ref(text)
    assert zones.canonical_name(text) is None
    del text
    assert kept() is None


@pytest.mark.parametrize(
    ("country", "zone"),
    [("IR", TEHRAN), ("DE", "Europe/Berlin"), ("NL", "Europe/Amsterdam"), ("US", None), ("XX", None)],
)
def test_the_zone_of_a_country_with_one_clock(country: str, zone: str | None) -> None:
    assert zones.zone_in(country) == zone


def test_the_country_of_a_zone() -> None:
    assert [zones.country_of(name) for name in (TEHRAN, "Iran", "America/Chicago", "UTC", "")] == [
        "IR", "IR", "US", None, None,
    ]  # fmt: skip
