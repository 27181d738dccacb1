"""Towns of the world, by name in both scripts and by place.

The file (`data/towns.db`, made by `make gazetteer`) is an SQLite database: the towns, numbered from the largest, and the
names as `name_key` returns them with the ids of their towns.
"""

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
"""The largest towns with a name, among which the best are chosen."""
LARGE: Final = 20_000
TOWNS: Final = "SELECT name, persian, country, latitude, longitude, zone, population FROM towns"
INSIDE: Final = "WHERE latitude BETWEEN ? AND ? AND longitude BETWEEN ? AND ?"
NAMED: Final = f"""{TOWNS} JOIN (
    SELECT DISTINCT town FROM names WHERE names.name >= ? AND names.name < ? ORDER BY town LIMIT {CANDIDATES}
) ON town = towns.id ORDER BY towns.id"""  # noqa: S608 - nothing of it comes from outside
HOME_COUNTS: Final = 50
"""The factor by which a town in the viewer's time zone counts for more."""
ALSO_CALLED: Final = 10
"""The factor by which a town counts for less if it has the name only as a by-name."""


@dataclass(frozen=True, slots=True)
class Town:
    """A town of 5,000 people or more; `persian` may be "", `zone` is an IANA name."""

    name: str
    persian: str
    country: str
    latitude: float
    longitude: float
    zone: str
    population: int

    @property
    def keys(self) -> tuple[str, str]:
        """Return the keys of its two names."""
        return name_key(self.name), name_key(self.persian)

    def called(self, locale: str) -> str:
        """Return its name in a language, as far as it is known."""
        return (self.persian if locale == "fa" else "") or self.name

    def in_country(self, locale: str) -> str:
        """Return the name of its country."""
        return str(Locale.parse(locale).territories.get(self.country, self.country))


def name_key(name: str) -> str:
    """Return a name for comparison: folded, without spaces, half-spaces or punctuation."""
    return re.sub(r"[\W_]+", "", fold(name))


def find(name: str, zone: str | None = None, most: int = 6, least_share: float = 0) -> list[Town]:
    """Return the towns of a name in either script, the largest first; those of `zone` count for more.

    A town that has it only as a by-name is returned only if it comes first, and one that counts for less than
    `least_share` of the first is left out.
    """
    wanted = name_key(name)
    towns = _ranked(_towns(NAMED, wanted, wanted + "\0"), wanted, zone) if wanted else []
    least = least_share * _weight(towns[0], wanted, zone) if towns else 0
    return [
        town
        for number, town in enumerate(towns)
        if not number or (wanted in town.keys and _weight(town, wanted, zone) >= least)
    ][:most]


def suggest(beginning: str, zone: str | None = None, most: int = 8) -> list[Town]:
    """Return towns with a name that begins with at least two given letters."""
    wanted = name_key(beginning)
    return _ranked(_towns(NAMED, wanted, wanted + "\U0010ffff"), wanted, zone)[:most] if len(wanted) > 1 else []


def nearest(latitude: float, longitude: float, within_km: float = 40.0) -> Town | None:
    """Return the closest town within some kilometres (100 at most)."""
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
    """Return the distance along the great circle, by the haversine formula."""
    north, east = radians(other_latitude - latitude), radians(other_longitude - longitude)
    across = cos(radians(latitude)) * cos(radians(other_latitude)) * sin(east / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(sin(north / 2) ** 2 + across)))


@cache
def _database() -> sqlite3.Connection:
    """Return a connection that all threads share: SQLite takes its own lock."""
    return sqlite3.connect(f"{FILE.as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)


def _towns(query: str, *values: float | str) -> list[Town]:
    return [Town(*row) for row in _database().execute(query, values).fetchall()]


def _ranked(towns: list[Town], key: str, zone: str | None) -> list[Town]:
    return sorted(towns, key=lambda town: _weight(town, key, zone), reverse=True)


def _weight(town: Town, key: str, zone: str | None) -> float:
    by_name = not any(name.startswith(key) for name in town.keys)
    return town.population * (HOME_COUNTS if town.zone == zone else 1) / (ALSO_CALLED if by_name else 1)
