"""Towns of the world by name, in both scripts, and by place: where they are, how large, in which time zone.

The file (`data/towns.tsv.gz`, made by `make gazetteer`) is read when somebody first asks and kept as the two texts it
consists of, about 10 MB: the towns, the largest first, and the sorted names with the position of their town. Names are
found by halving the text; nothing is built of it.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from math import asin, ceil, cos, floor, radians, sin, sqrt
from pathlib import Path
from typing import Final

from babel import Locale

from hampa.platform.text import fold

FILE: Final = Path(__file__).parent / "data" / "towns.tsv.gz"
CREDIT: Final = "Towns: GeoNames (geonames.org), CC BY 4.0; cut and put into this form for Hampa"
EARTH_KM: Final = 6371.0088
"""The mean radius (IUGG)."""
CANDIDATES: Final = 400
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
    """The towns called so in either script, the largest first; those of `zone` count for more.

    Of towns that are called so besides, only one that comes first of all is found.
    """
    asked = key(name)
    found = _ranked(_named(asked), asked, zone) if asked else []
    return [town for number, town in enumerate(found) if not number or asked in town.keys][:most]


def suggest(beginning: str, zone: str | None = None, most: int = 8) -> list[Town]:
    """Towns that have a name which begins so, two letters at least."""
    asked = key(beginning)
    return _ranked(_begun(asked), asked, zone)[:most] if len(asked) >= 2 else []


def nearest(latitude: float, longitude: float, within_km: float = 40.0) -> Town | None:
    """The closest town; None when there is none within so many kilometres (100 at most)."""
    around = {
        cell(max(-90.0, min(90.0, latitude + north)), (longitude + east + 180) % 360 - 180)
        for north in (-1, 0, 1)
        for east in (-1, 0, 1)
    }
    here = [_town(at) for one in around for at in _named(one)]
    close = [(distance_km(latitude, longitude, town.latitude, town.longitude), town) for town in here]
    return min((pair for pair in close if pair[0] <= within_km), key=lambda pair: pair[0], default=(0.0, None))[1]


def largest_in(south: float, west: float, north: float, east: float, most: int) -> list[Town]:
    """The largest towns between these degrees."""
    found: list[Town] = []
    cells = (ceil(north) - floor(south)) * (ceil(east) - floor(west))
    positions: Iterator[int] | list[int] = _largest_first()
    if cells <= 100:
        span = [(y, x) for y in range(floor(south), ceil(north)) for x in range(floor(west), ceil(east))]
        positions = sorted(at for y, x in span for at in _named(f"#{y},{x}"))
    for at in positions:
        town = _town(at)
        if south <= town.latitude <= north and west <= town.longitude <= east:
            found.append(town)
            if len(found) == most:
                break
    return found


def distance_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Along the great circle, by the haversine formula."""
    north, east = radians(other_latitude - latitude), radians(other_longitude - longitude)
    across = cos(radians(latitude)) * cos(radians(other_latitude)) * sin(east / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(sin(north / 2) ** 2 + across)))


def cell(latitude: float, longitude: float) -> str:
    """The square of one degree in which a place lies, as the index names it."""
    return f"#{floor(latitude)},{floor(longitude)}"


@cache
def _texts() -> tuple[bytes, bytes]:
    """The towns, and the names with a line break before and after each."""
    whole = gzip.decompress(FILE.read_bytes())
    head = whole.index(b"\n") + 1
    towns, _, names = whole[head:].partition(b"\n\n")
    return towns + b"\n", b"\n" + names


def _largest_first(most: int = 20_000) -> Iterator[int]:
    towns, at = _texts()[0], 0
    for _ in range(most):
        yield at
        at = towns.index(b"\n", at) + 1
        if at >= len(towns):
            return


@lru_cache(maxsize=2000)
def _town(at: int) -> Town:
    towns = _texts()[0]
    name, persian, country, north, east, zone, population = towns[at : towns.index(b"\n", at)].decode().split("\t")
    return Town(name, persian, country, float(north), float(east), zone, int(population))


def _named(asked: str) -> list[int]:
    """Where the towns with exactly this name stand."""
    wanted = asked.encode()
    return _positions(wanted + b"\t", wanted + b"\n")


def _begun(asked: str) -> list[int]:
    """Where the towns with a name that begins so stand."""
    wanted = asked.encode()
    return _positions(wanted, wanted + b"\xff")


def _positions(first: bytes, beyond: bytes) -> list[int]:
    names = _texts()[1]
    lines = names[_line_from(first) : _line_from(beyond)].split(b"\n")
    return sorted({int(line.rpartition(b"\t")[2]) for line in lines if line})


def _line_from(wanted: bytes) -> int:
    """Where the first name that is not before `wanted` begins."""
    names = _texts()[1]
    low, high = 0, len(names) - 1
    while low < high:
        middle = (low + high) // 2
        begin = names.rfind(b"\n", 0, middle + 1)
        end = names.index(b"\n", begin + 1)
        if names[begin + 1 : end] < wanted:
            low = end
        else:
            high = begin
    return low + 1


def _ranked(positions: list[int], asked: str, zone: str | None) -> list[Town]:
    """The largest of these, by their weight: that of `zone` and that of the name itself count for more."""

    def weight(town: Town) -> float:
        own = any(name.startswith(asked) for name in town.keys)
        return town.population * (HOME_COUNTS if town.zone == zone else 1) / (1 if own else ALSO_CALLED)

    # Positions are in order of size: past these there is nothing that anybody means.
    return sorted((_town(at) for at in positions[:CANDIDATES]), key=weight, reverse=True)
