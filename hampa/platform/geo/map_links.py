"""The point that somebody means by a link from their map, or by two numbers. Nothing is asked over the network."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote, urlsplit

from hampa.platform.texts.cleaning import to_latin_digits

DEGREES = r"(-?\d{1,3}(?:\.\d+)?)"
PAIR = rf"{DEGREES}\s*[,،;]\s*{DEGREES}"

IN_PATH = (
    rf"!3d{DEGREES}!4d{DEGREES}",  # Google: the place itself, which wins over the middle of what is looked at
    rf"/(?:place|search|dir)/{PAIR}",
    rf"@{PAIR}",  # Google, Neshan: the middle
    rf"#(?:map=)?\d{{1,2}}(?:\.\d+)?/{DEGREES}/{DEGREES}",  # OpenStreetMap, Balad
)
ONE_KEY = ("q", "query", "ll", "sll", "daddr", "destination", "center", "coordinate", "pin")
TWO_KEYS = (("mlat", "mlon"), ("latitude", "longitude"), ("lat", "lng"), ("lat", "lon"))
SHORTENED = ("goo.gl", "maps.app.goo.gl", "g.co", "nshn.ir", "osm.org", "apple.co", "bit.ly")


def point_in(text: str) -> tuple[float, float] | None:
    """Latitude and longitude (degrees, to about 0.1 m) that a text says: a map's link, a `geo:` address (RFC 5870), or
    the two numbers. None when it says none, or one that is not on Earth.
    """
    written = unquote(to_latin_digits(text.strip())).replace("٫", ".").replace("+", " ")
    if re.fullmatch(r"[a-z]+://.*", written, re.IGNORECASE | re.DOTALL):
        return _in_link(written)
    found = re.fullmatch(rf"(?:geo:)?\s*{PAIR}(?:[;?].*)?", written) or re.fullmatch(rf"{DEGREES}\s+{DEGREES}", written)
    return _point(*found.groups()[:2]) if found else None


def is_shortened(text: str) -> bool:
    """Whether it is a short link, which hides the point from whoever does not open it."""
    return _host(text.strip()) in SHORTENED


def _in_link(link: str) -> tuple[float, float] | None:
    try:
        query = parse_qs(urlsplit(link).query)
    except ValueError:
        return None
    for north, east in TWO_KEYS:
        if north in query and east in query and (point := _point(query[north][0], query[east][0])):
            return point
    for key in ONE_KEY:
        for value in query.get(key, ()):
            if found := re.match(PAIR, value.strip()):
                return _point(*found.groups())
    for pattern in IN_PATH:
        if found := re.search(pattern, link):
            return _point(*found.groups())
    return None


def _point(north: str, east: str) -> tuple[float, float] | None:
    try:
        latitude, longitude = round(float(north), 6) + 0.0, round(float(east), 6) + 0.0
    except ValueError:
        return None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def _host(link: str) -> str:
    try:
        return (urlsplit(link).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
