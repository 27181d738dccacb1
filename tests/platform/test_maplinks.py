"""What maps and people write when they mean a point."""

from __future__ import annotations

import pytest

from hampa.platform.geo.map_links import is_shortened, point_in

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
    ],
)
def test_the_point_is_found(text):
    assert point_in(text) == LAKE


def test_south_and_west_are_minus():
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
    ],
)
def test_what_says_no_point_says_none(text):
    assert point_in(text) is None


@pytest.mark.parametrize(
    ("link", "short"),
    [
        ("https://maps.app.goo.gl/AbCdEf123", True),
        ("https://nshn.ir/abc", True),
        ("https://www.google.com/maps/place/Chitgar", False),
        ("by the lake", False),
        ("https://[::1", False),
    ],
)
def test_short_links_are_told_apart(link, short):
    assert is_shortened(link) is short
