"""Runs near a place: by coordinates, by a town's name in either script, by a meeting point's."""

from __future__ import annotations

from math import cos, radians
from random import Random
from urllib.parse import quote

import pytest

from hampa.platform.geo import gazetteer
from hampa.platform.geo.squares import CELLS, cell_of, squares_around
from hampa.run_lists.queries.rows import PAGE
from tests.factories.people import make_person
from tests.factories.runs import in_days, make_run
from tests.html import words
from tests.runs.test_browse import listed

AZADI = (35.6997, 51.3380)
CHITGAR = (35.7433, 51.2090)
KARAJ = (35.8355, 50.9915)


def at(point, **given):
    return make_run(latitude=point[0], longitude=point[1], **given)


@pytest.fixture
def some_runs(db_session):
    at(AZADI, title="Azadi", starts_local=in_days(3))
    at(CHITGAR, title="Chitgar", place="Chitgar, north gate", starts_local=in_days(1))
    at(KARAJ, title="Karaj", starts_local=in_days(2))
    at((52.52, 13.40), title="Berlin", timezone="Europe/Berlin", starts_local=in_days(4))
    make_run(make_person(city=""), title="No pin", place="Somewhere", starts_local=in_days(1))


def near(page, place, radius=""):
    return listed(page.get(f"/runs?near={quote(place)}&radius_km={radius}", 200))


@pytest.mark.usefixtures("some_runs")
@pytest.mark.parametrize(
    ("place", "radius", "found"),
    [
        ("35.70,51.34", "", ["Azadi"]),
        ("35.70,51.34", "1", ["Azadi"]),
        ("35.70,51.34", "15", ["Chitgar", "Azadi"]),
        ("35.70,51.34", "40", ["Chitgar", "Karaj", "Azadi"]),
        ("35.70,51.34", "200", ["Chitgar", "Karaj", "Azadi"]),
        ("۳۵٫۷۰، ۵۱٫۳۴", "", ["Azadi"]),
        ("somewhere nice (35.70, 51.34)", "", ["Azadi"]),
        ("تهران", "12", ["Azadi"]),
        ("Tehran", "12", ["Azadi"]),
        ("طهران", "", ["Azadi"]),
        ("كرج", "", ["Karaj"]),
        ("Berlin", "", ["Berlin"]),
        ("برلین", "", ["Berlin"]),
        ("chitgar", "2", ["Chitgar"]),
        ("Chitgar, North", "", ["Chitgar"]),
        ("0,0", "", []),
        ("-90,0", "200", []),
        ("90,180", "200", []),
    ],
)
def test_a_place_is_named_by_coordinates_a_town_or_a_meeting_point(page, place, radius, found):
    assert near(page, place, radius) == found


@pytest.mark.usefixtures("some_runs")
def test_signed_in_sees_the_same(page, stranger):
    for _ in range(2):
        assert near(page.as_(stranger), "Tehran", "60") == ["Chitgar", "Karaj", "Azadi"]


@pytest.mark.usefixtures("some_runs")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=chit", ["Chitgar"]),
        ("q=berlin", []),
        ("level=beginner", ["Chitgar", "Karaj", "Azadi"]),
        ("terrain=trail", []),
    ],
)
def test_near_goes_with_other_filters(page, query, found):
    assert listed(page.get(f"/runs?near=Tehran&radius_km=60&{query}", 200)) == found


@pytest.mark.usefixtures("some_runs")
@pytest.mark.parametrize("place", ["Xyzzyville", "95,10", "10,190", "()", "ab", "\u200c\u200c"])
def test_a_place_that_nobody_knows_says_so_and_the_list_stands(page, place):
    seen = page.get(f"/runs?near={quote(place)}&level=beginner", 200)
    if place.strip("\u200c"):
        assert "don't know this place" in seen.error_of("near")
    assert len(listed(seen)) == 5


@pytest.mark.parametrize("radius", ["0", "201", "far", "-3", "1.5"])
def test_a_radius_that_cant_be_says_so_and_ten_are_taken(page, radius):
    at(AZADI, title="Azadi")
    at(KARAJ, title="Karaj")
    seen = page.get(f"/runs?near=Tehran&radius_km={radius}", 200)
    assert seen.error_of("radius_km")
    assert listed(seen) == ["Azadi"]


def test_a_name_that_begins_like_no_town_is_met_with_those_it_may_mean(page):
    at(AZADI, title="Azadi")
    seen = page.get("/runs?near=Tehrran", 200)
    assert "Do you mean" in seen.error_of("near")
    chips = {words(chip): chip.get("href") for chip in seen.all("a", class_="chip")}
    assert listed(page.get(chips["Tehran, Iran"], 200)) == ["Azadi"]


def test_other_towns_of_the_name_are_one_tap_away(page):
    at((44.47, -71.19), title="New Hampshire", timezone="America/New_York")
    at((52.52, 13.40), title="Berlin proper", timezone="Europe/Berlin")
    reader = page.as_(make_person(timezone="America/New_York"))
    seen = reader.get("/runs?near=Berlin&level=beginner", 200)
    assert listed(seen) == ["Berlin proper"]
    assert "10 km around Berlin" in seen.words
    others = [chip.get("href") for chip in seen.all("a", class_="chip") if words(chip) == "Berlin, United States"]
    assert len(others) > 2
    assert ["New Hampshire"] in [listed(reader.get(href)) for href in others]
    assert all("level=beginner" in href for href in others)


@pytest.mark.parametrize("zone", ["Asia/Tehran", "Europe/Berlin"])
def test_villages_far_away_that_have_the_name_of_a_city_are_not_offered(page, zone):
    reader = page.as_(make_person(timezone=zone))
    seen = reader.get("/runs?near=Berlin", 200)
    assert not [chip for chip in seen.all("a", class_="chip") if words(chip).startswith("Berlin,")]
    assert "open" not in seen.all("details", class_="list-fold")[0].attrib, "nothing asks to be seen in the filters"
    offered = [words(chip) for chip in reader.get("/runs?near=Birmingham", 200).all("a", class_="chip")]
    assert offered.count("Birmingham, United States") == 1


def test_a_run_without_a_pin_is_where_its_place_or_its_organiser_says_in_its_own_zone(page):
    make_run(title="By place", place="تهران، پارک لاله")
    make_run(make_person(city="Tehran"), title="By organiser", place="The usual bench")
    make_run(make_person(city="Tehran"), title="Elsewhere", place="The bench", timezone="Europe/Berlin")
    assert sorted(near(page, "Tehran")) == ["By organiser", "By place"]


def test_meeting_points_of_runs_by_link_stay_unknown(page):
    at(CHITGAR, title="Hidden", place="Behind my house", visibility="link")
    assert page.get("/runs?near=behind+my+house", 200).error_of("near")


def test_a_run_leaves_the_place_it_was_moved_from(page, owner):
    run = at(AZADI, organiser=owner, title="Moving")
    assert near(page, "35.7,51.34") == ["Moving"]
    form = page.as_(owner).get(f"/runs/{run.id}/edit").form()
    form.fill(latitude=str(KARAJ[0]), longitude=str(KARAJ[1])).submit()
    assert near(page, "35.7,51.34") == []
    assert near(page, "Karaj") == ["Moving"]


def test_pages_near_a_place_follow_each_other(page):
    made = sorted(str(at(AZADI, starts_local=in_days(4)).id) for _ in range(45))
    url, seen = "/runs?near=Tehran", []
    while url:
        answer = page.get(url)
        seen += [link.removeprefix("/runs/") for link in answer.links if link.startswith("/runs/0")]
        pager = answer.all(id="pager")
        url = pager[0].find("a").get("href") if pager else None
    assert seen == made


def test_near_costs_one_statement_more_at_most(page, statements):
    for rows in (2, 20):
        while len(near(page, "Tehran")) < rows:
            at(AZADI)
        with statements() as seen:
            page.get("/runs?near=35.7,51.34")
        assert len(seen) == 1


def test_a_field_for_the_place_can_be_filled_from_where_the_browser_is(page):
    button = page.get("/runs").one("button", data_locate="near")
    assert button.get("data-locate") == "near"
    assert button.get("aria-label") == "Near me"


def test_squares_around_a_circle_hold_every_point_of_it_and_are_few():
    dice = Random(7)
    for _ in range(3000):
        latitude, longitude = dice.uniform(-80, 80), dice.uniform(-180, 180)
        radius = dice.choice((1, 5, 10, 25, 50, 120, 200))
        squares = squares_around(latitude, longitude, radius)
        north = dice.uniform(-1, 1) * radius / 111.2
        other = (latitude + north, longitude + dice.uniform(-1, 1) * radius / 111.2 / cos(radians(latitude + north)))
        if gazetteer.distance_km(latitude, longitude, *other) <= radius:
            wrapped = (other[1] + 180) % 360 - 180
            cell = cell_of(other[0], wrapped, CELLS[squares.column])
            assert cell in (*squares.inside, *squares.touched), (latitude, longitude, radius, other)
        else:
            wrapped = (other[1] + 180) % 360 - 180
            assert cell_of(other[0], wrapped, CELLS[squares.column]) not in squares.inside
        assert len(squares.inside) + len(squares.touched) <= 128


@pytest.mark.usefixtures("some_runs")
def test_who_has_a_town_sees_what_is_near_it_and_everything_with_one_tap(page):
    reader = page.as_(make_person(city="Berlin", timezone="Europe/Berlin"))
    seen = reader.get("/runs", 200)
    assert listed(seen) == ["Berlin"]
    assert seen.form("/runs").values["near"] == "Berlin"
    chip = next(chip for chip in seen.all("a", class_="chip-set") if "50 km around Berlin" in words(chip))
    assert "Berlin" in listed(reader.get(chip.get("href"), 200)) and len(listed(reader.get(chip.get("href")))) == 5
    assert "close by" in seen.words or "1 km away" in seen.words
    assert listed(reader.get("/runs?q=Karaj")) == ["Karaj"], "words are looked for everywhere"
    assert listed(reader.get("/runs?near=Karaj")) == ["Karaj"]
    assert len(listed(page.get("/runs", 200))) == 5, "a visitor has no town"


@pytest.mark.usefixtures("some_runs")
def test_where_nobody_runs_yet_the_list_says_so_and_shows_what_is_further_away(page):
    seen = page.as_(make_person(city="Shiraz")).get("/runs", 200)
    assert "No run near Shiraz yet" in seen.words
    assert len(listed(seen)) == 5
    assert "km away" in seen.words


def test_a_chosen_point_goes_with_its_name_until_another_is_typed(page):
    at(AZADI, title="Azadi")
    at(KARAJ, title="Karaj")
    point = quote("35.70,51.34")
    for query in (f"at={point}", f"near=&at={point}", f"near=Azadi&at={quote('Azadi (35.70, 51.34)')}"):
        assert listed(page.get(f"/runs?{query}", 200)) == ["Azadi"], query
    assert listed(page.get(f"/runs?near=Karaj&at={quote('Azadi (35.70, 51.34)')}")) == ["Karaj"]
    assert len(listed(page.get("/runs?at=nonsense", 200))) == 2
    named = page.get(f"/runs?near={quote('Azadi (35.70, 51.34)')}").form("/runs").values
    assert (named["near"], named["at"]) == ("Azadi", "Azadi (35.700, 51.340)")


def test_the_map_beside_the_list_has_the_pins_of_its_runs(page):
    run = at(AZADI, title="Azadi")
    make_run(title="No pin")
    seen = page.get("/runs", 200)
    assert [mark.get("href") for mark in seen.all(class_="map-mark")] == [f"/runs/{run.id}"]
    assert not page.get("/runs?q=pin", 200).all(class_="map-mark")


@pytest.mark.usefixtures("some_runs")
@pytest.mark.parametrize("view", ["", "map", "calendar"])
def test_where_nobody_runs_near_every_view_shows_what_is_further_away_and_says_so(page, view):
    answer = page.as_(make_person(city="Shiraz")).get(f"/runs?view={view}", 200)
    assert "No run near Shiraz yet" in answer.words
    assert "Azadi" in answer.words or "Chitgar" in answer.words
    if view != "map":
        assert "km away" in answer.words
    near = page.as_(make_person(city="Berlin")).get(f"/runs?view={view}", 200)
    assert "No run near" not in near.words
    assert "Chitgar" not in near.words
    assert "Runs further away, too" in near.words


@pytest.mark.usefixtures("remembering")
@pytest.mark.parametrize("view", ["", "map", "calendar"])
def test_who_sees_nobody_near_because_of_a_block_shares_no_list_with_who_sees_a_run_there(page, view):
    blocked, open_minded, runner = make_person(), make_person(city="Shiraz"), make_person(city="Shiraz")
    at((29.59, 52.58), organiser=blocked, title="In Shiraz", timezone="Asia/Tehran", starts_local=in_days(2))
    for _ in range(PAGE + 1):
        at(AZADI, title="Azadi", starts_local=in_days(1))
    page.as_(runner).post(f"/people/{blocked.id}/block")
    for _ in range(2):
        assert "In Shiraz" in page.as_(open_minded).get(f"/runs?view={view}", 200).words
        seen = page.as_(runner).get(f"/runs?view={view}", 200).words
        assert "No run near Shiraz yet" in seen
        assert "In Shiraz" not in seen


def test_the_circle_that_was_offered_stays_when_another_filter_is_set(page, stranger):
    stranger.city = "Tehran"
    make_run(title="Karaj", latitude=35.83, longitude=50.97)  # 39 km away
    make_run(title="Karaj for beginners", latitude=35.83, longitude=50.97, level="beginner")
    browser = page.as_(stranger)
    [form] = [form for form in browser.get("/runs", 200).forms if "radius_km" in form.names]
    assert (form.values["near"], form.values["radius_km"]) == ("Tehran", "50")
    narrowed = form.fill(level="beginner").submit(status=200)
    assert len(listed(narrowed)) == 2
    assert "Runs further away, too" in narrowed.words
    [form] = [form for form in narrowed.forms if "radius_km" in form.names]
    assert form.values["radius_km"] == "50"
    assert listed(form.fill(radius_km="5").submit(status=200)) == []


def test_an_empty_month_or_day_of_ones_town_is_not_nobody_near(page):
    at((29.59, 52.58), title="In Shiraz", timezone="Asia/Tehran", starts_local=in_days(200))
    at(AZADI, title="Azadi", starts_local=in_days(1))
    answer = page.as_(make_person(city="Shiraz")).get("/runs?view=calendar", 200)
    assert "No run near" not in answer.words
    assert "Azadi" not in answer.words


@pytest.mark.parametrize("view", ["", "map", "calendar"])
def test_a_list_is_subscribed_to_beside_its_filters(page, view):
    top = page.get(f"/runs?level=beginner&view={view}", 200).one(class_="list-top")
    address = next(element.get("value") for element in top.iter("input") if element.get("id") == "feed-address")
    assert "/runs.ics?level=beginner" in address
