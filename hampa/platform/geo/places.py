"""Places by their degrees or as names of towns."""

import re
from dataclasses import dataclass

from hampa.platform.geo import gazetteer
from hampa.platform.locale.i18n import number
from hampa.platform.texts.cleaning import to_latin_digits

SHORTEST = 3
"""The least number of letters that a suggested name shares with the given one."""
LONGEST_KEY = 60
OFFERED = 6
LEAST_SHARE = 1 / 25
"""The share of the likeliest town that another of its name counts for at least, to be offered beside it."""

_DEGREES = r"([-−]?[0-9]{1,3}(?:[.٫][0-9]{1,15})?)"
_PAIR = rf"{_DEGREES}\s*[,،;\s]\s*{_DEGREES}"
_COORDINATES = re.compile(rf"()\s*{_PAIR}\s*|(.*?)\(\s*{_PAIR}\s*\)")


@dataclass(frozen=True, slots=True)
class Place:
    """A point with its name and, of a town, its country, in the viewer's language; `exact` if given by degrees.

    One that is not `named` was given by degrees alone and has the name of the nearest town.
    """

    name: str
    country: str
    latitude: float
    longitude: float
    exact: bool = False
    named: bool = True

    @property
    def query(self) -> str:
        """Return the text that names exactly this place."""
        point = f"{self.latitude:.3f}, {self.longitude:.3f}"
        return f"{self.name} ({point})".strip() if self.named else point

    @property
    def shown(self) -> str:
        """Return the name with the country."""
        return f"{self.name}, {self.country}" if self.country else self.name


def places_called(text: str, locale: str, zone: str) -> list[Place]:
    """Return the places of "lat,lon" or of a town's name in either script, the likeliest first."""
    if point := coordinates(text, locale):
        return [point]
    return [_place(town, locale) for town in gazetteer.find(text, zone, OFFERED, LEAST_SHARE)]


def places_like(text: str, locale: str, zone: str) -> list[Place]:
    """Return towns whose names begin like an unknown name, with as many letters in common as possible."""
    key = gazetteer.name_key(text)[:LONGEST_KEY]
    beginnings = (key[:end] for end in range(len(key), SHORTEST - 1, -1))
    towns = next(filter(None, (gazetteer.suggest(beginning, zone, OFFERED) for beginning in beginnings)), [])
    return [_place(town, locale) for town in towns]


def coordinates(text: str, locale: str) -> Place | None:
    """Return the point of "lat,lon", with the name before it or else that of the nearest town."""
    match = _COORDINATES.fullmatch(to_latin_digits(text))
    if match is None:
        return None
    written, *degrees = (part for part in match.groups() if part is not None)
    latitude, longitude = (float(part.replace("−", "-").replace("٫", ".")) for part in degrees)
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    town = gazetteer.nearest(latitude, longitude)
    named = written.strip(" ,،;")
    name = named or (town.called(locale) if town else f"{number(latitude, 3)}, {number(longitude, 3)}")
    return Place(name, town.in_country(locale) if town else "", latitude, longitude, exact=True, named=bool(named))


def locate_town(place: str, city: str, zone: str) -> tuple[float, float] | tuple[None, None]:
    """Return the point of the town that a part of a place names, or else the organiser's, in the run's time zone."""
    for name in (*reversed(place.replace("،", ",").split(",")), city):
        for town in gazetteer.find(name, zone, most=1):
            if town.zone == zone:
                return town.latitude, town.longitude
    return None, None


def _place(town: gazetteer.Town, locale: str) -> Place:
    return Place(town.called(locale), town.in_country(locale), town.latitude, town.longitude)
