"""Maps of tiles, in a real browser; the tiles themselves are painted here, as nothing is fetched from elsewhere."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from hampa.platform import clock
from tests.browser.conftest import TILES
from tests.browser.runner import Ways
from tests.factories.people import phone

ID = "[0-9a-f-]{36}"


@pytest.fixture(scope="module")
def tile():
    """Any tile."""
    painted = BytesIO()
    Image.new("RGB", (256, 256), "#dde6dc").save(painted, "PNG")
    return painted.getvalue()


@pytest.fixture
def sara(arrive, tile):
    """Somebody who organises, and whose browser gets tiles; which ones it asked for."""
    one = arrive("Sara Karimi", phone().replace("+98", "0"), Ways(language="en"))
    one.asked = []

    def paint(route):
        one.asked.append(route.request.url)
        route.fulfill(body=tile, content_type="image/png")

    one.page.route(f"{TILES}**", paint)
    one.sign_in()
    return one


def point(page):
    """Latitude and longitude as the form has them."""
    return tuple(float(page.locator(f"[name={name}]").input_value()) for name in ("latitude", "longitude"))


def test_a_pin_is_set_by_a_tap_and_by_the_keyboard_and_stands_on_the_map_of_runs(arrive, sara):
    page = sara.page
    start = clock.now().astimezone(ZoneInfo("Asia/Tehran")) + timedelta(days=1)
    sara.visit("/runs/new")
    page.get_by_role("button", name="Choose on the map").click()
    page.get_by_text("Tap the place.").wait_for()
    assert sara.asked, "the map is made of tiles"
    shown = page.locator(".map-to-pin")
    shown.scroll_into_view_if_needed()
    shown.tap(position={"x": 150, "y": 60})
    page.get_by_text("The pin is set.").wait_for()
    first = point(page)
    assert abs(first[0] - 35.69) < 0.3 and abs(first[1] - 51.39) < 0.3, "it begins at the town of the time zone"
    assert page.locator("[name=pin]").input_value() == f"{first[0]:.5f}, {first[1]:.5f}"
    shown.tap(position={"x": 150, "y": 200})
    assert point(page)[0] < first[0], "a second tap moves it, and south is down"

    page.locator(".leaflet-container").focus()
    page.keyboard.press("Enter")
    middle = point(page)
    assert middle not in (first, (0.0, 0.0))
    assert page.url.endswith("/runs/new"), "Enter on the map does not send the form"
    sara.look()
    sara.send(
        "/runs/new", button="button.button-dawn", lands=f"/runs/{ID}",
        title="Lake loop", place="North gate", starts_on=start.date().isoformat(), starts_at="06:00",
    )  # fmt: skip
    run = page.url.removeprefix(sara.site.url)

    sara.visit(f"{run}/edit")
    page.get_by_role("button", name="Choose on the map").click()
    assert page.locator(".map-to-pin .leaflet-marker-icon").get_attribute("title") == "The pin"
    assert point(page) == middle

    sara.visit("/runs?view=map")
    page.locator(".map-frame .leaflet-marker-icon").first.wait_for()
    page.locator(".map-frame .leaflet-marker-icon[title^='Lake loop']").click()
    sara.landed(run)


def test_without_the_tile_service_the_form_says_so_and_can_be_sent(sara):
    page = sara.page
    page.route("**/vendor/leaflet*.js*", lambda route: route.abort())
    sara.visit("/runs/new")
    page.get_by_role("button", name="Choose on the map").click()
    page.get_by_text("The map can't be reached right now.").wait_for()
