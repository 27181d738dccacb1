"""Where a place is that somebody names: a town, or a meeting point that was used here before."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select

from hampa.platform import gazetteer
from hampa.platform.db import db
from hampa.platform.i18n import number
from hampa.platform.text import to_latin_digits
from hampa.runs.models.finding import LONGEST_KEY
from hampa.runs.models.run import Run

SHORTEST = 3
"""Letters that a meeting point's name must share with what was asked for."""
SAME_KM = 2.0
LOOKED_AT = 60
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
    """What `text` may mean, the likeliest first: "lat,lon", a town's name in either script, the
    beginning of a meeting point's name.
    """
    point = coordinates(text, locale)
    if point is not None:
        return [point]
    towns = [_place(town, locale) for town in gazetteer.find(text, zone, OFFERED)]
    return towns or used_before(text)


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


def used_before(text: str) -> list[Place]:
    """Meeting points with a pin whose name begins so, each once, those used most first."""
    asked = gazetteer.key(text)[:LONGEST_KEY]
    if len(asked) < SHORTEST:
        return []
    rows = db.session.execute(
        select(Run.place, Run.latitude, Run.longitude)
        .where(Run.place_key.startswith(asked, autoescape=True), Run.visibility == "public", Run.latitude.is_not(None))
        .limit(LOOKED_AT)
    ).all()
    found: list[list[Place]] = []
    for row in rows:
        place = Place(row.place, "", row.latitude, row.longitude)
        for same in found:
            if _apart(same[0], place) <= SAME_KM:
                same.append(place)
                break
        else:
            found.append([place])
    return [same[0] for same in sorted(found, key=len, reverse=True)][:OFFERED]


def _apart(one: Place, other: Place) -> float:
    return gazetteer.distance_km(one.latitude, one.longitude, other.latitude, other.longitude)


def _place(town: gazetteer.Town, locale: str) -> Place:
    return Place(town.called(locale), town.in_country(locale), town.latitude, town.longitude)
