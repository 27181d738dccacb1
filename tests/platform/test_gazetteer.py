"""Towns by name and by place."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from zoneinfo import available_timezones

import pytest

from hampa.platform.geo import gazetteer
from hampa.platform.geo.gazetteer import find, largest_in, nearest, suggest
from tests.house import geonames

TEHRAN = "Asia/Tehran"


def test_the_file_says_whose_data_it_is():
    [(credit,)] = gazetteer._database().execute("SELECT credit FROM about").fetchall()
    assert credit.startswith("Towns: GeoNames (geonames.org), CC BY 4.0")


@pytest.mark.parametrize(
    ("asked", "name", "persian", "country"),
    [
        ("Tehran", "Tehran", "تهران", "IR"),
        ("تهران", "Tehran", "تهران", "IR"),
        ("طهران", "Tehran", "تهران", "IR"),
        ("TEHRAN ", "Tehran", "تهران", "IR"),
        ("خرم‌آباد", "Khorramabad", "خرم‌آباد", "IR"),
        ("خرم آباد", "Khorramabad", "خرم‌آباد", "IR"),
        ("خرماباد", "Khorramabad", "خرم‌آباد", "IR"),
        ("كرج", "Karaj", "کرج", "IR"),
        ("بندرعباس", "Bandar Abbas", "بندر عباس", "IR"),
        ("Munchen", "Munich", "مونیخ", "DE"),
        ("cologne", "Köln", "کلن", "DE"),
        ("قاهره", "Cairo", "قاهره", "EG"),
        ("Varamin", "Varamin", "ورامین", "IR"),
    ],
)
def test_a_town_is_found_by_either_script_however_it_is_typed(asked, name, persian, country):
    town = find(asked)[0]
    assert (town.name, town.persian, town.country) == (name, persian, country)


@pytest.mark.parametrize("asked", ["", " ", "‌", "no such town", "teh", "#35,51", "\t", "tehran\n", "\ud800"])
def test_what_is_no_town_is_nothing(asked):
    assert [town.name for town in find(asked)] in ([], ["Tehran"] if asked == "tehran\n" else [])


def test_of_towns_with_one_name_the_largest_comes_first_unless_one_is_nearer_home():
    assert find("Berlin")[0].country == "DE"
    assert find("London")[0].country == "GB"
    assert find("London", "America/Toronto")[0].country == "CA"
    assert len(find("Berlin")) > 3


def test_what_else_a_town_is_called_counts_less():
    assert [town.name for town in find("کرج")] == ["Karaj"]
    assert find("Bombay")[0].name == "Mumbai"


def test_suggestions_begin_like_it_and_those_near_home_come_first():
    assert suggest("tehr", TEHRAN)[0].name == "Tehran"
    assert suggest("بند", TEHRAN)[0].persian == "بندر عباس"
    assert all(town.zone == TEHRAN for town in suggest("sab", TEHRAN)[:1])
    assert suggest("t", TEHRAN) == []
    assert suggest("", TEHRAN) == []


def test_the_next_town_is_told_and_none_in_the_middle_of_the_sea():
    found = nearest(35.70, 51.42)
    assert found is not None and found.name == "Tehran"
    assert nearest(0, -140) is None
    for corner in ((90, 180), (-90, -180), (0, 180), (51.5, 179.99)):
        nearest(*corner)


def test_the_largest_in_a_part_of_the_world():
    assert [town.name for town in largest_in(35, 50.5, 36.2, 52, 3)] == ["Tehran", "Karaj", "Eslamshahr"]
    assert largest_in(-90, -180, 90, 180, 1)[0].name == "Shanghai"
    assert largest_in(-1, -141, 1, -139, 5) == []


def test_every_town_can_be_read_and_lies_where_towns_can():
    found = gazetteer._towns(gazetteer.TOWNS)
    zones = available_timezones()
    assert len(found) > 60_000
    for town in found:
        assert town.name and len(town.country) == 2 and town.zone in zones, town
        assert -90 <= town.latitude <= 90 and -180 <= town.longitude <= 180 and town.population >= 0
    [(names,)] = gazetteer._database().execute("SELECT count(*) FROM names").fetchall()
    assert names > len(found)


def test_threads_ask_at_once():
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: nearest(35.70, 51.42 + number / 1e6), range(200)))
    assert {town.name for town in found if town} == {"Tehran"}


def test_a_distance_is_that_of_the_globe():
    assert gazetteer.distance_km(35.6944, 51.4215, 52.5244, 13.4105) == pytest.approx(3511, abs=10)
    assert gazetteer.distance_km(0, 179.95, 0, -179.95) == pytest.approx(11.12, abs=0.01)


TOWN = {
    "geonameid": 1,
    "name": "Tehrān",
    "latitude": 35.7,
    "longitude": 51.4,
    "countrycode": "IR",
    "population": 20_000,
    "timezone": TEHRAN,
    "alternatenames": ["THR", "de hei lan", "Téhéran", "طهران", "تهران", "Тегеран"],
}


def test_the_file_is_made_of_the_towns_and_the_names_that_people_type(tmp_path, monkeypatch):
    other = TOWN | {"geonameid": 2, "name": "Karaj", "latitude": 35.9, "population": 900_000, "alternatenames": []}
    file = tmp_path / "towns.db"
    file.write_bytes(geonames.build_database([TOWN, TOWN | {"geonameid": 3}, other]))
    monkeypatch.setattr(gazetteer, "FILE", file)
    gazetteer._database.cache_clear()
    try:
        assert [town.name for town in largest_in(35, 51, 36, 52, 9)] == ["Karaj", "Tehran"]
        assert find("Teheran")[0].persian == "تهران"
        assert find("طهران")
        assert not find("THR") and not find("deheilan")
    finally:
        gazetteer._database.cache_clear()


def test_towns_are_offered_while_somebody_types(page):
    towns_of = lambda answer: [town["name"] for town in answer.json["towns"]]  # noqa: E731
    assert towns_of(page.get("/towns?q=tehr", 200))[0] == "Tehran"
    assert towns_of(page.speaking("fa").get("/towns?q=tehr", 200))[0] == "تهران"
    assert towns_of(page.get("/towns", 200)) == []
    assert towns_of(page.get("/towns?q=" + "a" * 500, 200)) == []


@pytest.mark.parametrize("path", ["/me/profile", "/welcome"])
def test_the_city_of_a_person_is_suggested_and_stays_free(page, stranger, path):
    form = page.as_(stranger).get(path).one("input", name="city")
    assert form.get("data-suggest") == "/towns"
    assert form.get("list") is None
