"""Runs on a map: drawn by us, and with tiles where a service is set."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from hampa.platform import clock, config
from hampa.platform.geo.squares import Near
from hampa.platform.web import map_drawing
from hampa.platform.web.headers import POLICY
from hampa.routes.models import RunRoute
from hampa.run_search.queries.listing import MAX_PINS
from tests.factories.base import made
from tests.factories.people import make_person
from tests.factories.runs import in_days, make_run
from tests.html import words
from tests.runs.test_browse import listed

AZADI, CHITGAR = (35.6997, 51.3380), (35.7433, 51.2090)
TILES = "https://{s}.tiles.example/{z}/{x}/{y}.png"


def at(point, **given):
    return make_run(latitude=point[0], longitude=point[1], **given)


def marks(answer):
    return [mark.get("aria-label") for mark in answer.all(class_="map-mark")]


@pytest.mark.parametrize("viewer", ["visitor", "stranger", "companion", "owner", "operator"])
def test_the_map_has_the_pins_of_the_runs_that_the_list_has(page, viewer, owner, request):
    at(AZADI, organiser=owner, title="Azadi", starts_local=in_days(1))
    run = at(CHITGAR, organiser=owner, title="Chitgar", starts_local=in_days(2))
    at(CHITGAR, organiser=owner, title="By link", visibility="link")
    make_run(owner, title="No pin", starts_local=in_days(3))
    seen = page.as_(request.getfixturevalue(viewer)).get("/runs?view=map", 200)
    assert [mark.split(",")[0] for mark in marks(seen)] == ["Azadi", "Chitgar"]
    assert listed(seen) == ["Azadi", "Chitgar", "No pin"]
    assert f"/runs/{run.id}" in [mark.get("href") for mark in seen.all(class_="map-mark")]


def test_the_map_begins_with_the_viewers_own_time_zone_and_a_week_is_the_one_of_their_calendar(page, owner):
    for title in ("Azadi", "Park"):
        at(AZADI, title=title, starts_local=in_days(1))
    at((52.47, 13.4), title="Berlin", timezone="Europe/Berlin", starts_local=in_days(1))
    owner.timezone, owner.city = "Asia/Tehran", ""
    browser = page.as_(owner)
    assert marks(browser.get("/runs?view=map", 200)) == ["2 runs here"]
    assert "1 more run elsewhere" in browser.get("/runs").words
    assert len(marks(browser.get("/runs?view=map&whole=1"))) == 2
    assert len(marks(browser.get("/runs?view=map&q=berlin"))) == 1
    owner.timezone = "Europe/Berlin"
    assert [one.split(",")[0] for one in marks(browser.get("/runs?view=map"))] == ["Berlin"]
    owner.timezone = "Europe/London"  # has none: there where most are
    assert marks(browser.get("/runs?view=map")) == ["2 runs here"]
    with clock.frozen(datetime(2026, 11, 26, 9, tzinfo=UTC)):  # a Thursday
        assert "from=2026-11-26&amp;to=2026-11-29" in browser.get("/runs").text
        owner.locale = "fa"
        assert "to=2026-11-27" in browser.get("/runs").text


def test_filters_narrow_the_map_and_its_tab_keeps_them(page):
    at(AZADI, title="Azadi", terrain="road")
    at(CHITGAR, title="Chitgar", terrain="trail")
    seen = page.get("/runs?terrain=trail", 200)
    tabs = {words(tab): tab.get("href") for tab in seen.one("nav", class_="tabs")}
    assert [mark.split(",")[0] for mark in marks(page.get(tabs["Map"], 200))] == ["Chitgar"]
    on_map = page.get("/runs?view=map&terrain=trail")
    assert on_map.form("/runs").values["view"] == "map"
    assert [mark.split(",")[0] for mark in marks(page.get("/runs?view=map&near=35.7,51.34&radius_km=2"))] == ["Azadi"]


def test_pins_close_together_are_one_mark_that_leads_to_their_list(page):
    for n in range(3):
        at((AZADI[0] + n / 10_000, AZADI[1]), title=f"Azadi {n}")
    at(CHITGAR, title="Chitgar")
    seen = page.get("/runs?view=map", 200)
    assert sorted(mark.split(",")[0] for mark in marks(seen)) == ["3 runs here", "Chitgar"]
    many = seen.one(class_="map-many")
    around = page.get(many.get("href"), 200)
    assert "1 km around the point you chose" in around.words
    assert around.one("input", name="near").get("value") == "", "nobody reads degrees"
    assert sorted(listed(page.get(many.get("href"), 200))) == ["Azadi 0", "Azadi 1", "Azadi 2"]


def test_a_map_of_nothing_says_so(page):
    make_run(title="No pin")
    seen = page.get("/runs?view=map", 200)
    assert not seen.all("svg", class_="map-drawn")
    assert "No run here has a pin" in seen.words


def test_towns_are_named_in_the_readers_language(page):
    at((35.2, 50.9), title="South")
    at((35.95, 51.9), title="North")
    assert "Tehran" in page.get("/runs?view=map").words
    assert "تهران" in page.speaking("fa").get("/runs?view=map").words


def test_without_a_tile_service_nothing_comes_from_elsewhere(page):
    at(AZADI)
    seen = page.get("/runs?view=map", 200)
    assert seen.response.headers["Content-Security-Policy"] == POLICY
    assert "data-map" not in seen.one(class_="map-frame").attrib


@pytest.mark.parametrize("viewer", ["visitor", "stranger"])
def test_with_a_tile_service_pages_with_a_map_alone_may_show_its_pictures(app, page, viewer, request, monkeypatch):
    at(AZADI)
    monkeypatch.setitem(
        app.extensions,
        "hampa.settings",
        config.settings().model_copy(update={"tile_url": TILES, "tile_credit": "© Us"}),
    )
    browser = page.as_(request.getfixturevalue(viewer))
    for _ in range(2):
        seen = browser.get("/runs?view=map", 200)
        frame = seen.one(class_="map-frame")
        assert frame.get("data-map") == TILES
        assert frame.get("data-map-credit") == "© Us"
        policy = seen.response.headers["Content-Security-Policy"]
        assert "img-src 'self' https://*.tiles.example data:" in policy
        assert policy.replace(" https://*.tiles.example", "") == POLICY
    assert "tiles.example" in browser.get("/runs", 200).response.headers["Content-Security-Policy"]
    assert browser.get("/runs?view=calendar", 200).response.headers["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize("path", ["/runs/new", "/cards/new"])
def test_a_pin_is_chosen_on_a_map_where_there_are_tiles(app, page, owner, path, monkeypatch):
    browser = page.as_(owner)
    without = browser.get(path, 200)
    assert without.response.headers["Content-Security-Policy"] == POLICY
    assert not without.all(class_="map-to-pin")
    assert "Choose on the map" not in without.words
    monkeypatch.setitem(app.extensions, "hampa.settings", config.settings().model_copy(update={"tile_url": TILES}))
    owner.city, owner.timezone = "Isfahan", "Asia/Tehran"
    seen = browser.get(path, 200)
    assert "https://*.tiles.example" in seen.response.headers["Content-Security-Policy"]
    latitude, longitude = map(float, seen.one(class_="map-to-pin").get("data-pin-start").split(","))
    assert (round(latitude), round(longitude)) == (33, 52)
    owner.city = ""
    latitude, longitude = map(float, browser.get(path).one(class_="map-to-pin").get("data-pin-start").split(","))
    assert (round(latitude, 1), round(longitude, 1)) == (35.7, 51.4), "the town of the time zone"


@pytest.mark.parametrize(
    "url", ["http://tiles.example/{z}/{x}/{y}.png", "https://tiles.example/", "nonsense", "https://a b; x/{z}/{x}/{y}"]
)
def test_a_tile_service_is_https_and_says_where_its_tiles_are(url):
    with pytest.raises(config.SettingsError, match="HAMPA_TILE_URL"):
        config.load({"HAMPA_TILE_URL": url})


@pytest.mark.parametrize("viewer", ["visitor", "stranger"])
def test_twenty_pins_cost_as_many_statements_as_two(page, viewer, request, statements):
    browser = page.as_(request.getfixturevalue(viewer))
    costs = []
    for rows in (2, 18):
        for n in range(rows):
            at((AZADI[0] + n / 50, AZADI[1] - n / 50), organiser=make_person())
        with statements() as seen:
            browser.get("/runs?view=map")
        costs.append(len(seen))
    assert costs[0] == costs[1]


def pins_at(*points):
    run = make_run()
    place = {"id": run.id, "title": run.title, "starts_at": run.starts_at, "timezone": run.timezone}
    return [SimpleNamespace(**place, latitude=latitude, longitude=longitude) for latitude, longitude in points]


def test_marks_are_few_however_many_pins_there_are(db_session):
    points = [(35 + n % 20 / 20, 51 + n // 20 / 20) for n in range(MAX_PINS)]
    drawing = map_drawing.draw(pins_at(*points), None, MAX_PINS)
    assert drawing is not None and len(drawing.marks) <= 100
    assert sum(len(mark.pins) for mark in drawing.marks) == MAX_PINS
    assert not drawing.whole


@pytest.mark.parametrize(
    "points",
    [
        [(0.0, 0.0)],
        [(89.9, 10.0), (-89.9, 10.0)],
        [(10.0, -180.0), (10.0, 180.0)],
        [(35.7, 51.4), (35.7, 51.4)],
        [(52.5, 13.4), (35.7, 51.4), (-33.9, 151.2)],
    ],
)
def test_every_pin_stands_on_the_drawing(db_session, points):
    drawing = map_drawing.draw(pins_at(*points), None, MAX_PINS)
    assert drawing is not None
    for mark in drawing.marks:
        assert 0 < mark.x < map_drawing.WIDTH and 0 <= mark.y <= map_drawing.HEIGHT
    assert 2 <= len(drawing.across) <= 20 and len(drawing.along) <= 20


def test_the_circle_that_is_asked_for_fits_on_the_drawing(db_session):
    drawing = map_drawing.draw([], Near(35.7, 51.4, 10), MAX_PINS)
    assert drawing is not None
    south, west, north, east = drawing.bounds
    assert south < 35.61 < 35.79 < north and west < 51.29 < 51.51 < east
    assert map_drawing.draw([], None, MAX_PINS) is None


def test_who_moves_a_map_of_tiles_is_offered_to_look_there(app, page, monkeypatch):
    make_run(latitude=35.7, longitude=51.4)
    assert not page.get("/runs?view=map", 200).all("button", class_="map-here")
    monkeypatch.setitem(app.extensions, "hampa.settings", config.settings().model_copy(update={"tile_url": TILES}))
    seen = page.get("/runs?view=map", 200)
    assert "hidden" in seen.one("button", class_="map-here").attrib  # until it is moved, which needs a script
    assert {"near", "radius_km"} <= set(seen.form("/runs").names)


@pytest.mark.parametrize("language", ["en", "fa"])
def test_no_word_on_the_map_runs_into_another_or_lies_under_a_mark(app, language):
    spots = [(35.70 + row * 0.09, 51.30 + column * 0.11) for row in range(2) for column in range(3)]
    pins = [SimpleNamespace(latitude=latitude, longitude=longitude) for latitude, longitude in spots]
    with app.test_request_context(headers={"Accept-Language": language}):
        drawing = map_drawing.draw(pins, None, MAX_PINS)
        wide = map_drawing.draw(pins[:1], Near(52.5, 13.4, 200), MAX_PINS)
    for drawn in (drawing, wide):
        boxes = [
            (town.x - town.width / 2, town.line - 16, town.x + town.width / 2, town.line + 4) for town in drawn.towns
        ]
        boxes += [(mark.x - 17, mark.y - 46, mark.x + 17, mark.y + 22) for mark in drawn.marks]
        towns = len(drawn.towns)
        assert towns or drawn is drawing
        for first, (left, top, right, bottom) in enumerate(boxes[:towns]):
            for other_left, other_top, other_right, other_bottom in boxes[first + 1 :]:
                apart = right <= other_left or other_right <= left or bottom <= other_top or other_bottom <= top
                assert apart, drawn.towns[first].text


@pytest.mark.parametrize("viewer", ["visitor", "stranger", "owner"])
def test_the_page_of_a_run_shows_tiles_where_it_has_a_route(app, page, owner, viewer, request, monkeypatch):
    run = at(AZADI, organiser=owner)
    bare = at(AZADI, organiser=owner)
    line = [[[35.7, 51.4], [35.71, 51.4], [35.72, 51.41]]]
    given = {"gpx": "runs/x.gpx", "distance_m": 2500, "whole": {"line": line, "profile": []}}
    made(RunRoute, run_id=run.id, **given)
    with_tiles = config.settings().model_copy(update={"tile_url": TILES, "tile_credit": "© Us"})
    monkeypatch.setitem(app.extensions, "hampa.settings", with_tiles)
    browser = page.as_(request.getfixturevalue(viewer))
    for _ in range(2):
        shown = browser.get(f"/runs/{run.id}", 200)
        assert shown.one(class_="route-frame").get("data-map") == TILES
        assert "https://*.tiles.example" in shown.response.headers["Content-Security-Policy"]
    assert browser.get(f"/runs/{bare.id}", 200).response.headers["Content-Security-Policy"] == POLICY
