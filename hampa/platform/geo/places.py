"""Where a place is that somebody names: by its degrees, or as a town."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hampa.platform.geo import gazetteer
from hampa.platform.locale.i18n import number
from hampa.platform.texts.cleaning import to_latin_digits

SHORTEST = 3
"""Letters that a name must share with what was asked for."""
LONGEST_KEY = 60
OFFERED = 6

_DEGREES = r"([-−]?[0-9]{1,3}(?:[.٫][0-9]{1,15})?)"
_PAIR = rf"{_DEGREES}\s*[,،;\s]\s*{_DEGREES}"
_COORDINATES = re.compile(rf"()\s*{_PAIR}\s*|(.*?)\(\s*{_PAIR}\s*\)")


@dataclass(frozen=True, slots=True)
class Place:
    """A point with its name, and (of towns) the country it is in, both for the reader; `exact` when
    the name says which of several is meant."""

    name: str
    country: str
    latitude: float
    longitude: float
    exact: bool = False

    @property
    def written(self) -> str:
        """How to ask for just this one."""
        return f"{self.name} ({self.latitude:.3f}, {self.longitude:.3f})".strip()

    @property
    def shown(self) -> str:
        """Its name with the country."""
        return f"{self.name}, {self.country}" if self.country else self.name


def places_called(text: str, locale: str, zone: str) -> list[Place]:
    """What `text` may mean, the likeliest first: "lat,lon", or a town's name in either script."""
    point = coordinates(text, locale)
    if point is not None:
        return [point]
    return [_place(town, locale) for town in gazetteer.find(text, zone, OFFERED)]


def places_like(text: str, locale: str, zone: str) -> list[Place]:
    """Towns whose name begins like this one that nobody knows, with as many letters in common as there are."""
    asked = gazetteer.key(text)[:LONGEST_KEY]
    beginnings = (asked[:end] for end in range(len(asked), SHORTEST - 1, -1))
    found = next(filter(None, (gazetteer.suggest(beginning, zone, OFFERED) for beginning in beginnings)), [])
    return [_place(town, locale) for town in found]


def coordinates(text: str, locale: str) -> Place | None:
    """The point that "lat,lon" says, a name before it or not; named after the next town otherwise."""
    found = _COORDINATES.fullmatch(to_latin_digits(text))
    if found is None:
        return None
    said, *degrees = (part for part in found.groups() if part is not None)
    latitude, longitude = (float(part.replace("−", "-").replace("٫", ".")) for part in degrees)
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    town = gazetteer.nearest(latitude, longitude)
    name = said.strip(" ,،;") or (town.called(locale) if town else f"{number(latitude, 3)}, {number(longitude, 3)}")
    country = town.in_country(locale) if town else ""
    return Place(name, country, latitude, longitude, exact=True)


def spot_of(place: str, city: str, zone: str) -> tuple[float, float] | tuple[None, None]:
    """The town that a place names in one of its parts, or else the organiser's, in the run's own time zone."""
    for name in (*reversed(place.replace("،", ",").split(",")), city):
        for town in gazetteer.find(name, zone, most=1):
            if town.zone == zone:
                return town.latitude, town.longitude
    return None, None


def _place(town: gazetteer.Town, locale: str) -> Place:
    return Place(town.called(locale), town.in_country(locale), town.latitude, town.longitude)
