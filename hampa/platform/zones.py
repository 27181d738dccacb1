"""Time zones by their IANA names, and the names that people know them by."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import get_timezone_location

from hampa.platform.text import sort_key

UTC: Final = ZoneInfo("UTC")


@cache
def find(name: str | None) -> ZoneInfo | None:
    """The zone of that name, or None when there is none. Any text may be asked for."""
    if not name or len(name) > 64:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


@cache
def city(name: str, locale: str) -> str:
    """The place the zone is named after, as the language writes it: “Tehran”, «تهران»."""
    return get_timezone_location(name, locale=Locale.parse(locale), return_city=True)


@cache
def by_area(locale: str) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Every zone in use today, under its area (`Asia`, `Europe` …), as (name, city) by city."""
    areas: dict[str, list[tuple[str, str]]] = {}
    for name in _in_use():
        areas.setdefault(name.split("/")[0], []).append((name, city(name, locale)))
    return {
        area: tuple(sorted(cities, key=lambda c: sort_key(c[1]))) for area, cities in sorted(areas.items())
    }


def _in_use() -> list[str]:
    """The zones of the time zone database's own table for choosing one."""
    table = files("tzdata").joinpath("zoneinfo", "zone1970.tab").read_text(encoding="utf-8")
    return [line.split("\t")[2] for line in table.splitlines() if not line.startswith("#")]
