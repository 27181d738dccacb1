"""Towns of the world by name, in both scripts, and by place: where they are, how large, in which time zone.

The file (`data/towns.db`, made by `make gazetteer`) is an SQLite database: the towns, the largest first by their id, and
the names as they are compared with the ids of their towns.
"""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from functools import cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Final

from babel import Locale

from hampa.platform.texts.cleaning import fold

FILE: Final = Path(__file__).parent / "data" / "towns.db"
CREDIT: Final = "Towns: GeoNames (geonames.org), CC BY 4.0; cut and put into this form for Hampa"
EARTH_KM: Final = 6371.0088
"""The mean radius (IUGG)."""
CANDIDATES: Final = 400
"""By size: past these there is nothing that anybody means."""
LARGE: Final = 20_000
TOWNS: Final = "SELECT name, persian, country, latitude, longitude, zone, population FROM towns"
INSIDE: Final = "WHERE latitude BETWEEN ? AND ? AND longitude BETWEEN ? AND ?"
NAMED: Final = f"""{TOWNS} JOIN (
    SELECT DISTINCT town FROM names WHERE names.name >= ? AND names.name < ? ORDER BY town LIMIT {CANDIDATES}
) ON town = towns.id ORDER BY towns.id"""  # noqa: S608 - nothing of it comes from outside
HOME_COUNTS: Final = 50
"""A town in the asker's own time zone goes before others that are up to so many times as large."""
ALSO_CALLED: Final = 10
"""And a town with the name for its own before others that have it besides, unless they are so many times as large."""


@dataclass(frozen=True, slots=True)
class Town:
    """A town of 5,000 people or more. `persian` may be "", `zone` is an IANA name."""

    name: str
    persian: str
    country: str
    latitude: float
    longitude: float
    zone: str
    population: int

    @property
    def keys(self) -> tuple[str, str]:
        """What its two names are compared as."""
        return key(self.name), key(self.persian)

    def called(self, locale: str) -> str:
        """Its name as the language writes it, as far as it is known."""
        return (self.persian if locale == "fa" else "") or self.name

    def in_country(self, locale: str) -> str:
        """The country it is in, in words."""
        return str(Locale.parse(locale).territories.get(self.country, self.country))


def key(name: str) -> str:
    """The name as it is compared: folded, without spaces (half ones neither) or punctuation."""
    return re.sub(r"[\W_]+", "", fold(name))


def find(name: str, zone: str | None = None, most: int = 6) -> list[Town]:
    """Return the towns called so in either script, the largest first; those of `zone` count for more.

    Of towns that are called so besides, only one that comes first of all is found.
    """
    wanted = key(name)
    towns = _ranked(_towns(NAMED, wanted, wanted + "\0"), wanted, zone) if wanted else []
    return [town for number, town in enumerate(towns) if not number or wanted in town.keys][:most]


def suggest(beginning: str, zone: str | None = None, most: int = 8) -> list[Town]:
    """Return towns that have a name which begins so, two letters at least."""
    wanted = key(beginning)
    if len(wanted) < 2:
        return []
    return _ranked(_towns(NAMED, wanted, wanted + "\U0010ffff"), wanted, zone)[:most]


def nearest(latitude: float, longitude: float, within_km: float = 40.0) -> Town | None:
    """Return the closest town, or None when there is none within so many kilometres (100 at most)."""
    reach = min(180.0, 1 / max(cos(radians(min(89.0, abs(latitude) + 1))), 0.01))  # degrees east of one north
    spans = {(longitude + turn - reach, longitude + turn + reach) for turn in (-360, 0, 360)}
    near = [town for span in spans for town in _towns(f"{TOWNS} {INSIDE}", latitude - 1, latitude + 1, *span)]
    close = [(distance_km(latitude, longitude, town.latitude, town.longitude), town) for town in near]
    return min((pair for pair in close if pair[0] <= within_km), key=lambda pair: pair[0], default=(0.0, None))[1]


def largest_in(south: float, west: float, north: float, east: float, most: int) -> list[Town]:
    """Return the largest towns between these degrees."""
    small = (north - south) * (east - west) <= 100
    table = f"{TOWNS} {INSIDE}" if small else f"{TOWNS} NOT INDEXED {INSIDE} AND id <= {LARGE}"
    return _towns(f"{table} ORDER BY id LIMIT ?", south, north, west, east, most)


def distance_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Along the great circle, by the haversine formula."""
    north, east = radians(other_latitude - latitude), radians(other_longitude - longitude)
    across = cos(radians(latitude)) * cos(radians(other_latitude)) * sin(east / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(sin(north / 2) ** 2 + across)))


@cache
def _database() -> sqlite3.Connection:
    """Return the file, open for reading by all threads: SQLite takes its own lock."""
    return sqlite3.connect(f"{FILE.as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)


def _towns(query: str, *values: float | str) -> list[Town]:
    """Return the towns of a query by the columns of `towns` without the id."""
    return [Town(*row) for row in _database().execute(query, values).fetchall()]


def _ranked(towns: list[Town], asked: str, zone: str | None) -> list[Town]:
    """Return the towns by their weight: that of `zone` and that of the name itself count for more."""

    def weight(town: Town) -> float:
        own = any(name.startswith(asked) for name in town.keys)
        return town.population * (HOME_COUNTS if town.zone == zone else 1) / (1 if own else ALSO_CALLED)

    return sorted(towns, key=weight, reverse=True)
