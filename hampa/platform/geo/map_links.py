"""Points in links to maps and in pairs of numbers, read without the network."""

import re
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from hampa.platform.locale.i18n import gettext as _
from hampa.platform.texts.cleaning import to_latin_digits

Point = tuple[float, float]

DEGREES = r"(-?\d{1,3}(?:\.\d+)?)"
PAIR = rf"{DEGREES}\s*[,،;]\s*{DEGREES}"
EXACT = r"(-?\d{1,3}\.\d{3,})"
EXACT_PAIR = re.compile(rf"(?<![\d.,-]){EXACT}[,،;\s]+{EXACT}(?![\d.])")
"""Two numbers among words: so many decimals are no prices, times or distances."""
VALUE = re.compile(rf"(?:loc:|ll\.)?\s*{DEGREES}(?:\s*[,،;~]\s*|\s+){DEGREES}(?=$|[\s,;(])")
AFTER_NAME = re.compile(rf"[@:]{PAIR}$")
_ARC = r"(\d{1,3}(?:\.\d+)?)\s*°(?:\s*(\d{1,2}(?:\.\d+)?)\s*['′’])?(?:\s*(\d{1,2}(?:\.\d+)?)\s*(?:[\"″”]|''))?\s*"
ARCS = re.compile(rf"{_ARC}([NS])[\s,+،]*{_ARC}([EW])", re.IGNORECASE)
"""Degrees, minutes and seconds, as Google writes and copies them; or degrees alone, with a letter."""

LINK = re.compile(
    r"(?<![a-z0-9+.-])(?:(?:[a-z][a-z0-9+.-]*://|geo:|google\.navigation:)\S+|(?:[a-z0-9-]+\.)+[a-z]{2,}/\S*)",
    re.IGNORECASE,
)
ONE_KEY = (
    "q",
    "query",
    "daddr",
    "destination",
    "to",
    "ll",
    "latlng",
    "coordinate",
    "pin",
    "map",
    "cp",
    "center",
    "sll",
)
"""Names in a query whose value is a pair, the thing itself before the middle of the view."""
TWO_KEYS = (
    ("mlat", "mlon"),
    ("latitude", "longitude"),
    ("lat", "lng"),
    ("lat", "lon"),
    ("lat_to", "lon_to"),
    ("dlat", "dlon"),
)
EAST_FIRST_KEYS = ("whatshere[point]", "poi[point]", "pt", "ll", "m")
"""Names in a query of Yandex and 2GIS, which give the longitude first."""
PATHS = (
    rf"/(?:place|search|l|destination)/{PAIR}",  # Google, HERE, Neshan
    rf"#(?:map=)?\d{{1,2}}(?:\.\d+)?/{DEGREES}/{DEGREES}",  # OpenStreetMap, Balad
    rf"#c{DEGREES}-{DEGREES}-",  # Neshan
)
QUADTILED = {"osm.org", "openstreetmap.org"}
GE0_SCHEMES = {"om", "ge0", "cm"}
GE0 = r"[A-Za-z0-9_-]{4,10}"
CODED = {
    **dict.fromkeys(QUADTILED, r"/go/([A-Za-z0-9_~@]{3,20}-{0,3})/?"),
    **dict.fromkeys(("omaps.app", "ge0.me", "comaps.at"), rf"/({GE0})(?:/[^/]*)?/?"),
}
"""Short links of OpenStreetMap and of Organic Maps, whose code is the point itself."""
DIGITS_64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
VIEW = re.compile(rf"@{PAIR}")
"""The middle of the view of Google and Neshan."""
SHORTENED = {
    "goo.gl",
    "maps.app.goo.gl",
    "g.co",
    "nshn.ir",
    "osm.org",
    "apple.co",
    "maps.apple",
    "bit.ly",
    "tinyurl.com",
    "omaps.app",
    "ge0.me",
    "her.is",
    "go.2gis.com",
}


def point_in(text: str) -> Point | None:
    """Return latitude and longitude of a map's link, a `geo:` URI (RFC 5870) or two numbers, None for other text.

    There may be words around them. The point is that of the place or the destination where a link has several. It is in
    degrees, rounded to about 0.1 m.
    """
    text = to_latin_digits(text.strip()).replace("٫", ".")
    for link in LINK.findall(text):
        if (point := _in_link(link)) is not None:
            return point
    if LINK.search(text):
        return None
    words = unquote(text).replace("+", " ")
    whole = re.fullmatch(PAIR, words) or re.fullmatch(rf"{DEGREES}\s+{DEGREES}", words)
    match = whole or EXACT_PAIR.search(words)
    return _point(*match.groups()) if match else _from_arcs(words)


def swapped_point_in(text: str) -> Point | None:
    """Return the point of two numbers of which the first is too large for a latitude, read the other way round."""
    match = re.fullmatch(rf"{DEGREES}\s*[,،;\s]\s*{DEGREES}", to_latin_digits(text.strip()).replace("٫", "."))
    return _point(match[2], match[1]) if match and abs(float(match[1])) > 90 else None


def is_shortened(text: str) -> bool:
    """Return whether a text has a short link, which hides its point until it is opened."""
    return bool(short_links_in(text))


def short_links_in(text: str) -> list[str]:
    """Return the links in a text that hide their point until they are opened."""
    links = LINK.findall(text)
    return [link for link in links if (parts := _split(link)) is not None and _hides_place(parts)]


def is_nowhere(point: Point) -> bool:
    """Return whether a point is 0, 0: programs write it for a place that they do not know."""
    return abs(point[0]) < 0.001 and abs(point[1]) < 0.001


def nowhere_in_words() -> str:
    """Return the error for a pin at 0, 0."""
    return _("0, 0 lies in the ocean: the map did not say where. Copy the two numbers of the place from the map.")


def _hides_place(parts: SplitResult) -> bool:
    host = _host(parts)
    return host in SHORTENED or ("yandex." in host and "/-/" in parts.path) or parts.path.startswith("/ul/h")


def _in_link(link: str) -> Point | None:
    if re.match("geo:", link, re.IGNORECASE):
        return _in_geo_uri(link)
    parts = _split(link.replace("google.navigation:", "google.navigation://?"))
    if parts is None:
        return None
    query = {name: values[-1].strip() for name, values in parse_qs(parts.query).items()}
    host = _host(parts)
    if host in CODED and (code := re.fullmatch(CODED[host], parts.path)):
        return _of_quadtile(code[1]) if host in QUADTILED else _of_ge0(code[1])
    if parts.scheme in GE0_SCHEMES and (code := re.fullmatch(GE0, parts.netloc)):
        return _of_ge0(code[0])
    if "yandex" in host or "2gis" in host:
        return _of_yandex(query)
    if host == "balad.ir":  # which of two numbers comes first in its routes is not documented
        query.pop("destination", None)
    for north, east in TWO_KEYS:
        if north in query and east in query and (point := _point(query[north], query[east])):
            return point
    path = unquote(link.partition("?")[0] if parts.query else link).replace("+", " ")
    if "/dir/" in path or "/directions/" in path or "route" in query:
        return _destination(query, path)
    return _from_query(query) or _from_path(path + ("#" + parts.fragment if parts.query else ""))


def _in_geo_uri(link: str) -> Point | None:
    """Return the point of a `geo:` URI: that of `q`, which Android's programs add, before that of the path."""
    path, _mark, query = link[len("geo:") :].partition("?")
    asked = parse_qs(query).get("q", [""])[0]
    own = re.match(PAIR, unquote(path))
    point = _point(*own.groups()) if own else None
    return _in_value(asked) or (None if point and is_nowhere(point) and asked else point)


def _of_yandex(query: dict[str, str]) -> Point | None:
    if "rtext" in query:  # a route, the latitude first
        return _in_value(query["rtext"].rpartition("~")[2])
    if "lat_to" in query and "lon_to" in query:
        return _point(query["lat_to"], query["lon_to"])
    for name in EAST_FIRST_KEYS:
        if match := re.match(PAIR, query.get(name, "").rpartition("~")[2]):
            return _point(match[2], match[1])
    return None


def _destination(query: dict[str, str], path: str) -> Point | None:
    """Return the end of a route, never the middle of the view."""
    for name in ("destination", "daddr", "to"):
        if point := _in_value(query.get(name, "")):
            return point
    if "route" in query:  # OpenStreetMap
        return _in_value(query["route"].rpartition(";")[2])
    stops, _at, _view = path.partition("/@")
    stops = re.split(r"/data=|/am=", stops)[0].rstrip("/")
    if point := _in_value(stops.rpartition("/")[2]) or _from_arcs(stops.rpartition("/")[2]):
        return point
    # Google's data of a stop with a name: the longitude first.
    pairs: list[tuple[str, str]] = re.findall(rf"!1d{DEGREES}!2d{DEGREES}", path)
    return _point(pairs[-1][1], pairs[-1][0]) if pairs else None


def _from_query(query: dict[str, str]) -> Point | None:
    for name in ONE_KEY:
        if point := _in_value(query.get(name, "")):
            return point
    return None


def _from_path(path: str) -> Point | None:
    places: list[tuple[str, str]] = re.findall(rf"!3d{DEGREES}!4d{DEGREES}", path)
    if places:  # of several the last is the place itself
        return _point(*places[-1])
    for pattern in PATHS:
        if match := re.search(pattern, path):
            return _point(*match.groups())
    if point := _from_arcs(path):
        return point
    view = VIEW.search(path)
    return _point(*view.groups()) if view and "/search/" not in path else None


def _in_value(value: str) -> Point | None:
    """Return the point of a value such as `loc:35.7,51.3`, `35.7,51.3(Laleh)` or `Laleh@35.7,51.3`."""
    match = VALUE.match(value.strip()) or AFTER_NAME.search(value.strip())
    return _point(*match.groups()) if match else _from_arcs(value)


def _from_arcs(text: str) -> Point | None:
    match = ARCS.search(text)
    if match is None:
        return None
    north, south, east, west = _arc(*match.groups()[:3]), match[4].upper() == "S", _arc(*match.groups()[4:7]), match[8]
    return _point(str(-north if south else north), str(-east if west.upper() == "W" else east))


def _of_quadtile(code: str) -> Point | None:
    """Return the point of a short link of OpenStreetMap: three bits of each coordinate a letter, the longitude first."""
    east = north = bits = 0
    for letter in code.replace("@", "~").rstrip("-"):
        value = (DIGITS_64 + "_~").index(letter)
        for step in (5, 3, 1):
            east, north, bits = east << 1 | value >> step & 1, north << 1 | value >> step - 1 & 1, bits + 1
    return _point(str(north / 2**bits * 180 - 90), str(east / 2**bits * 360 - 180))


def _of_ge0(code: str) -> Point | None:
    """Return the point of a short link of Organic Maps: after the zoom, three bits of each a letter, latitude first."""
    north = east = 0
    letters = code[1:]
    for letter in letters:
        value = (DIGITS_64 + "-_").index(letter)
        for step in (5, 3, 1):
            north, east = north << 1 | value >> step & 1, east << 1 | value >> step - 1 & 1
    squares = 8 ** len(letters)
    return _point(str((north + 0.5) / squares * 180 - 90), str((east + 0.5) / squares * 360 - 180))


def _arc(degrees: str, minutes: str | None, seconds: str | None) -> float:
    return float(degrees) + float(minutes or 0) / 60 + float(seconds or 0) / 3600


def _split(link: str) -> SplitResult | None:
    try:
        parts = urlsplit(link if "://" in link else f"https://{link}")
        return parts if parts.hostname is not None or parts.query else None
    except ValueError:
        return None


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").removeprefix("www.")


def _point(north: str, east: str) -> Point | None:
    try:
        latitude, longitude = round(float(north), 6) + 0.0, round(float(east), 6) + 0.0
    except ValueError:
        return None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None
