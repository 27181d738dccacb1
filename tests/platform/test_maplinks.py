"""What maps and people write when they mean a point."""

from __future__ import annotations

import pytest

from hampa.platform.geo.map_links import is_nowhere, is_shortened, point_in

LAKE = (35.7448, 51.2114)


@pytest.mark.parametrize(
    "text",
    [
        "35.7448, 51.2114",
        "35.7448,51.2114",
        "35.7448 51.2114",
        "۳۵٫۷۴۴۸، ۵۱٫۲۱۱۴",
        "geo:35.7448,51.2114",
        "geo:35.7448,51.2114?z=17",
        "geo:35.7448,51.2114;u=35",
        "https://www.openstreetmap.org/?mlat=35.7448&mlon=51.2114#map=17/35.7000/51.2000",
        "https://www.openstreetmap.org/#map=17/35.7448/51.2114",
        "https://www.google.com/maps/@35.7448,51.2114,17z",
        "https://www.google.com/maps/place/Chitgar/@35.70,51.20,15z/data=!3m1!4b1!4m6!3m5!1s0x3f8d!8m2!3d35.7448!4d51.2114",
        "https://www.google.com/maps/search/?api=1&query=35.7448%2C51.2114",
        "https://maps.google.com/?q=35.7448,51.2114",
        "https://www.google.com/maps/dir/?api=1&destination=35.7448,51.2114",
        "https://www.google.com/maps/place/35.7448,51.2114",
        "https://www.google.com/maps/search/35.7448,+51.2114?entry=tts",
        "https://maps.apple.com/?ll=35.7448,51.2114&q=Lake",
        "https://maps.apple.com/place?coordinate=35.7448,51.2114&name=Lake",
        "https://neshan.org/maps/@35.7448,51.2114,16z,0p",
        "https://balad.ir/location?latitude=35.7448&longitude=51.2114&zoom=16",
        "https://balad.ir/#15/35.7448/51.2114",
        "https://waze.com/ul?ll=35.7448,51.2114&navigate=yes",
        "  https://maps.google.com/?q=35.7448,51.2114  ",
        # as phones share them
        "geo:0,0?q=35.7448,51.2114(Laleh)",
        "geo:0,0?q=35.7448%2C51.2114%20(Laleh)",
        "geo:35.70,51.20?q=35.7448,51.2114",
        "geo:35.7448,51.2114?q=Chitgar",
        "google.navigation:q=35.7448,51.2114",
        "comgooglemaps://?q=35.7448,51.2114&center=35.70,51.20",
        # the longitude first
        "https://yandex.com/maps/?ll=51.2114,35.7448&z=16",
        "https://yandex.com/maps/?ll=51.20,35.70&pt=51.2114,35.7448&z=16",
        "https://yandex.ru/maps/213/moscow/?ll=51.20%2C35.70&whatshere%5Bpoint%5D=51.2114%2C35.7448",
        "https://yandex.com/maps/?rtext=35.70,51.20~35.7448,51.2114&rtt=pd",
        "yandexmaps://maps.yandex.ru/?pt=51.2114,35.7448&z=12",
        "yandexnavi://build_route_on_map?lat_to=35.7448&lon_to=51.2114",
        "https://2gis.ae/dubai?m=51.2114%2C35.7448%2F16",
        # the place, not the view or another thing on the way
        "https://www.google.com/maps/place/A/@35.70,51.20,17z/data=!4m9!3m8!8m2!3d35.7440!4d51.2100!9m1!1b1!3d35.7448!4d51.2114",
        # the destination
        "https://google.com/maps/dir//35.7448,51.2114/@35.75,51.42,13z",
        "https://www.google.com/maps/dir/35.70,51.20/35.7448,51.2114/@35.75,51.42,13z/data=!3m1!4b1",
        "https://www.google.com/maps/dir/Home/Chitgar/@35.75,51.42,13z/data=!4m9!4m8!1m0!1m5!2m2!1d51.20!2d35.70!1m5!2m2!1d51.2114!2d35.7448",
        "https://maps.google.com/maps?saddr=35.70,51.20&daddr=35.7448,51.2114",
        "https://maps.apple.com/directions?source=35.70,51.20&destination=35.7448,51.2114",
        "https://www.openstreetmap.org/directions?engine=x&route=35.70,51.20;35.7448,51.2114#map=13/35.75/51.42",
        "https://www.waze.com/live-map/directions?to=ll.35.7448%2C51.2114",
        "https://neshan.org/maps/routing/car/origin/35.70,51.20/destination/35.7448,51.2114",
        # other forms
        "https://maps.google.com/maps?q=loc:35.7448,51.2114",
        "https://maps.google.com/maps?q=loc:35.7448+51.2114",
        "https://maps.google.com/maps?q=35.7448,51.2114+(Laleh)",
        "https://maps.google.com/maps?q=Laleh@35.7448,51.2114",
        "maps.google.com/?q=35.7448,51.2114",
        "www.google.com/maps/@35.7448,51.2114,17z",
        "Tomorrow here: https://maps.google.com/?q=35.7448,51.2114 and bring water",
        "Chitgar (35.7448, 51.2114), by the gate",
        "https://neshan.org/maps/#c35.7448-51.2114-16z-0p",
        "https://share.here.com/l/35.7448,51.2114,Chitgar?z=16",
        "https://wego.here.com/?map=35.7448,51.2114,16,normal",
        "https://wego.here.com/directions/mix//Chitgar:35.7448,51.2114",
        "https://osmand.net/map?pin=35.7448,51.2114#15/35.70/51.20",
        "https://osmand.net/go?lat=35.7448&lon=51.2114&z=16",
        "om://map?v=1&ll=35.7448,51.2114&n=Chitgar",
        "https://www.bing.com/maps?cp=35.7448~51.2114&lvl=16",
    ],
)
def test_the_point_is_found(text):
    assert point_in(text) == LAKE


@pytest.mark.parametrize(
    "text",
    [
        """35°44'41.3"N 51°12'41.0"E""",
        """35°44′41.3″N, 51°12′41.0″E""",
        "۳۵°۴۴'۴۱٫۳\"N ۵۱°۱۲'۴۱٫۰\"E",
        "https://www.google.com/maps/place/35%C2%B044'41.3%22N+51%C2%B012'41.0%22E/@35.70,51.20,17z",
        "https://maps.google.com/?q=35%C2%B044'41.3%22N+51%C2%B012'41.0%22E",
        "35°44.6883'N 51°12.6833'E",
        "35.744805° N, 51.211389° E",
    ],
)
def test_degrees_minutes_and_seconds_are_read(text):
    assert point_in(text) == pytest.approx((35.744805, 51.211389), abs=0.00001)


@pytest.mark.parametrize(
    ("link", "point"),
    [
        # the examples of their makers
        ("https://osm.org/go/0EEQjEEb", (51.510998, 0.054996)),
        ("http://osm.org/go/0EEQjE--?m", (51.510773, 0.054932)),
        ("osm.org/go/0EEQjEEb", (51.510998, 0.054996)),
        ("https://www.openstreetmap.org/go/0OP4tXGMB", (51.87695, 19.57922)),
        ("https://osm.org/go/ecetE--", (64.127, -31.113)),
        ("om://o4B4pYZsRs", (47.38593, 8.57666)),
        ("ge0://o4B4pYZsRs", (47.38593, 8.57666)),
        ("https://omaps.app/o4B4pYZsRs/Zoo_Zürich", (47.38593, 8.57666)),
        ("Here: https://ge0.me/o4B4pYZsRs", (47.38593, 8.57666)),
    ],
)
def test_codes_that_are_the_point_need_no_request(link, point):
    assert point_in(link) == pytest.approx(point, abs=0.001 if "--" in link else 0.00005)


def test_south_and_west_are_minus():
    assert point_in("""33°51'24.5"S 70°38'54.7"W""") == pytest.approx((-33.856806, -70.648528), abs=0.00001)
    assert point_in("https://www.google.com/maps/@-33.8568,-70.6483,15z") == (-33.8568, -70.6483)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "by the lake",
        "35.7448",
        "91,51",
        "35.7,181",
        "https://maps.app.goo.gl/AbCdEf123",
        "https://www.google.com/maps/place/Chitgar",
        "https://evil.example/?q=<script>",
        "https://[::1",
        "javascript:35.7,51.2",
        "1" * 5000,
        "https://maps.google.com/?q=" + "a," * 5000,
        "geo:0,0?q=Chitgar",
        "https://www.google.com/maps/dir/Home/Chitgar/@35.75,51.42,13z",
        "https://www.google.com/maps/search/coffee/@35.75,51.42,13z",
        "https://balad.ir/directions/driving?destination=51.2114,35.7448",
        "at 6.30, 5.00 in the purse",
        "°" * 5000,
        "1°" * 5000,
    ],
)
def test_what_says_no_point_says_none(text):
    assert point_in(text) is None


@pytest.mark.parametrize(
    ("link", "short"),
    [
        ("https://maps.app.goo.gl/AbCdEf123", True),
        ("https://nshn.ir/abc", True),
        ("Meet here: maps.app.goo.gl/AbCdEf123 at six", True),
        ("https://yandex.com/maps/-/CDabc", True),
        ("https://omaps.app/abc/Chitgar", True),
        ("https://osm.org/way/123", True),
        ("https://maps.apple/p/abc", True),
        ("https://www.google.com/maps/place/Chitgar", False),
        ("by the lake", False),
        ("https://[::1", False),
    ],
)
def test_short_links_are_told_apart(link, short):
    assert is_shortened(link) is short


def test_the_place_that_programs_write_for_none_is_told_apart():
    assert is_nowhere((0.0, 0.0))
    assert not is_nowhere((0.0, 51.2114))


@pytest.mark.parametrize("filler", [" ", "+", "%20", ",", "\t", "1 ", "1°", "a.", "@1,"])
def test_a_text_without_end_is_read_at_once(filler: str) -> None:
    """A pattern that takes the square of the length of a text would be at this for hours."""
    assert point_in("1.000" + filler * 100_000) is None
