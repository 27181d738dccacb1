"""Points in links to maps and in pairs of numbers, read without the network."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

from hampa.platform.texts.cleaning import to_latin_digits

DEGREES = r"(-?\d{1,3}(?:\.\d+)?)"
PAIR = rf"{DEGREES}\s*[,،;]\s*{DEGREES}"

IN_PATH = (
    rf"!3d{DEGREES}!4d{DEGREES}",  # Google: the place itself, which wins over the middle of the map
    rf"/(?:place|search|dir)/{PAIR}",
    rf"@{PAIR}",  # Google, Neshan: the middle
    rf"#(?:map=)?\d{{1,2}}(?:\.\d+)?/{DEGREES}/{DEGREES}",  # OpenStreetMap, Balad
)
ONE_KEY = ("q", "query", "ll", "sll", "daddr", "destination", "center", "coordinate", "pin")
TWO_KEYS = (("mlat", "mlon"), ("latitude", "longitude"), ("lat", "lng"), ("lat", "lon"))
SHORTENED = ("goo.gl", "maps.app.goo.gl", "g.co", "nshn.ir", "osm.org", "apple.co", "bit.ly")


def point_in(text: str) -> tuple[float, float] | None:
    """Return latitude and longitude of a map's link, a `geo:` URI (RFC 5870) or two numbers, None for other text.

    They are in degrees, rounded to about 0.1 m.
    """
    text = unquote(to_latin_digits(text.strip())).replace("٫", ".").replace("+", " ")
    if re.fullmatch(r"[a-z]+://.*", text, re.IGNORECASE | re.DOTALL):
        return _in_link(text)
    match = re.fullmatch(rf"(?:geo:)?\s*{PAIR}(?:[;?].*)?", text) or re.fullmatch(rf"{DEGREES}\s+{DEGREES}", text)
    return _point(*match.groups()[:2]) if match else None


def is_shortened(text: str) -> bool:
    """Return whether a text is a short link, which hides its point until it is opened."""
    try:
        return (urlsplit(text.strip()).hostname or "").removeprefix("www.") in SHORTENED
    except ValueError:
        return False


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
            if match := re.match(PAIR, value.strip()):
                return _point(*match.groups())
    for pattern in IN_PATH:
        if match := re.search(pattern, link):
            return _point(*match.groups())
    return None


def _point(north: str, east: str) -> tuple[float, float] | None:
    try:
        latitude, longitude = round(float(north), 6) + 0.0, round(float(east), 6) + 0.0
    except ValueError:
        return None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None
