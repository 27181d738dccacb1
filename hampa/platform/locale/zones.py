"""Time zones to choose from, by the names of their cities."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from babel import Locale
from babel.core import get_global

from hampa.platform import clock
from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import lazy_pgettext
from hampa.platform.texts.cleaning import sort_key

AREAS: Final = {
    "Africa": lazy_pgettext("area", "Africa"),
    "America": lazy_pgettext("area", "America"),
    "Antarctica": lazy_pgettext("area", "Antarctica"),
    "Arctic": lazy_pgettext("area", "Arctic"),
    "Asia": lazy_pgettext("area", "Asia"),
    "Atlantic": lazy_pgettext("area", "Atlantic"),
    "Australia": lazy_pgettext("area", "Australia"),
    "Europe": lazy_pgettext("area", "Europe"),
    "Indian": lazy_pgettext("area", "Indian Ocean"),
    "Pacific": lazy_pgettext("area", "Pacific"),
    "UTC": lazy_pgettext("area", "UTC"),
}
# What CLDR does not name yet in any language but English.
NEW_CITIES: Final = {"America/Coyhaique": lazy_pgettext("city", "Coyhaique"), "UTC": AREAS["UTC"]}


@lru_cache(maxsize=1000)
def zone_city(name: str, locale: str) -> str:
    """Return the place that a zone is named after, in a language: “Tehran”, «تهران»."""
    cities = Locale.parse(locale).time_zones
    for known_as in _names_of(name):
        if city := cities.get(known_as, {}).get("city"):
            return str(city)
    with i18n.use_locale(locale):
        return str(NEW_CITIES.get(name) or name.split("/")[-1].replace("_", " "))


def _names_of(name: str) -> list[str]:
    """Return all names of a zone: CLDR keeps the first one that a zone ever had (`Asia/Calcutta`)."""
    links: Mapping[str, str] = get_global("zone_aliases")
    newest = links.get(name, name)
    return [name, newest, *sorted(old for old, new in links.items() if new == newest)]


@cache
def by_area(locale: str) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Return every zone in use today as (name, city), sorted by city, under the name of its area."""
    areas: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(zone_names()):
        areas.setdefault(name.split("/")[0], []).append((name, zone_city(name, locale)))
    with i18n.use_locale(locale):
        return {str(AREAS[a]): tuple(sorted(areas[a], key=lambda zone: sort_key(zone[1]))) for a in areas}


def canonical_name(name: str | None) -> str | None:
    """Return the name under which a zone can be chosen, or None if there is no such zone.

    Browsers call some zones by names that the time zone database has given up (`Asia/Calcutta`).
    """
    if name is None or i18n.find_zone(name) is None:
        return None
    return name if name in zone_names() else _renamed(name)


@lru_cache(maxsize=1000)
def _renamed(name: str) -> str | None:
    links: dict[str, str] = dict(line.split()[:0:-1] for line in _table("tzdata.zi") if line.startswith("L "))
    target = links.get(name, name)
    same = [other for other in sorted(zone_names()) if target in (other, links.get(other))]
    return target if target in same else next(iter(same), None)


@lru_cache(maxsize=1000)
def country_of(zone: str) -> str | None:
    """Return the country of a zone, such as DE, or None if it is of none."""
    return _countries().get(canonical_name(zone) or "")


@lru_cache(maxsize=300)
def zone_in(country: str) -> str | None:
    """Return the zone of a country all of whose clocks show the same time, by its biggest place, else None."""
    names = [name for name, of_country in _countries().items() if of_country == country]
    year = clock.now().year
    clocks = {
        tuple(datetime(year, month, 1, tzinfo=i18n.find_zone(name)).utcoffset() for month in (1, 4, 7, 10))
        for name in names
    }
    return names[0] if len(clocks) == 1 else None


@cache
def _countries() -> Mapping[str, str]:
    """Return the countries of zones by name; of one country the zone where most people live comes first."""
    rows = (line.split("\t") for line in _table("zone.tab") if not line.startswith("#"))
    return {row[2]: row[0] for row in rows}


@cache
def zone_names() -> frozenset[str]:
    """Return the zones that the time zone database offers for choosing, one or more a country, and UTC."""
    return frozenset(line.split("\t")[2] for line in _table("zone.tab") if not line.startswith("#")) | {"UTC"}


def _table(name: str) -> list[str]:
    return files("tzdata").joinpath("zoneinfo", name).read_text(encoding="utf-8").splitlines()
