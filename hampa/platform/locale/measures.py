"""Distances, paces, durations and race times: reading them, and writing them for the viewer.

Kept as kilometres (float), seconds a kilometre, minutes and seconds; miles exist only on screen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from math import ceil
from typing import Final

from hampa.platform.locale.i18n import digits, gettext as _, ngettext, number, units
from hampa.platform.texts.cleaning import to_latin_digits

KM_PER_MILE: Final = 1.609344
METRES_PER_FOOT: Final = 0.3048

WORLD_RECORDS: Final = {
    "5k": 12 * 60 + 35,
    "10k": 26 * 60 + 11,
    "half": 56 * 60 + 42,
    "marathon": 1 * 3600 + 59 * 60 + 30,
}
"""The fastest anybody has run, in seconds, as known in November 2026: nobody's own time is below it.

5k and 10k on the track, which is faster than the road: Joshua Cheptegei, 12:35.36 (Monaco, 14 August
2020) and 26:11.00 (Valencia, 7 October 2020). Half: Jacob Kiplimo, 56:42 (Barcelona, 16 February
2025), which World Athletics did not ratify in February 2026 because of the lead car, but somebody
ran it. Marathon: Sabastian Sawe, 1:59:30 (London, 26 April 2026).
"""


def miles_of_km(km: float) -> float:
    """Kilometres as miles."""
    return km / KM_PER_MILE


def distance(km: float | Decimal) -> str:
    """“14 km”, or “8.7 mi” for who chose miles."""
    if units() == "miles":
        return _("%(number)s mi", number=number(miles_of_km(float(km)), 1))
    return _("%(number)s km", number=number(km, 1))


def height(metres: float) -> str:
    """“120 m”, or “394 ft” for who chose miles."""
    if units() == "miles":
        return _("%(number)s ft", number=number(metres / METRES_PER_FOOT))
    return _("%(number)s m", number=number(metres))


def pace(seconds_per_km: float) -> str:
    """“5:40”, per kilometre or per mile as the viewer chose; `pace_unit` says which."""
    seconds = pace_per_mile(seconds_per_km) if units() == "miles" else round(seconds_per_km)
    return digits(f"{seconds // 60}:{seconds % 60:02}")


def paces(seconds_per_km: Sequence[float]) -> str:
    """“5:00–6:45”, from the quickest to the slowest of some, without the unit; “5:40” when they are one."""
    quickest, slowest = pace(min(seconds_per_km)), pace(max(seconds_per_km))
    return quickest if quickest == slowest else f"{quickest}–{slowest}"


def pace_unit() -> str:
    """“/km” or “/mi”."""
    return _("/mi") if units() == "miles" else _("/km")


def pace_apart(seconds: int) -> int:
    """So many seconds between two paces, in the viewer's unit, as seconds a kilometre."""
    return round(seconds / KM_PER_MILE) if units() == "miles" else seconds


def pace_per_mile(seconds_per_km: float) -> int:
    """The pace in seconds a mile: of those that mean this pace, the roundest.

    A whole second a kilometre is 1.6 s a mile, so 9:00 per mile is kept as 5:36 per kilometre,
    which would be read back as 9:01. Choosing the roundest gives 9:00 again.
    """
    least = (round(seconds_per_km) - 0.5) * KM_PER_MILE
    most = (round(seconds_per_km) + 0.5) * KM_PER_MILE
    meant = range(ceil(least), ceil(most))
    return max(meant, key=lambda s: (s % 30 == 0, s % 10 == 0, s % 5 == 0, -s))


def duration(minutes: float) -> str:
    """“40 min”, “2 h”, “1 h 20”."""
    hours, rest = divmod(round(minutes), 60)
    if not hours:
        return ngettext("%(num)d min", "%(num)d min", rest)
    if not rest:
        return ngettext("%(num)d h", "%(num)d h", hours)
    return _("%(hours)s h %(minutes)s", hours=number(hours), minutes=number(rest))


def race_time(seconds: float) -> str:
    """“25:00”, “1:45:30”."""
    hours, rest = divmod(round(seconds), 3600)
    minutes = f"{hours}:{rest // 60:02}" if hours else f"{rest // 60}"
    return digits(f"{minutes}:{rest % 60:02}")


def parse_pace(text: str) -> int:
    """Seconds a kilometre from `m:ss`, written per kilometre or per mile as the viewer chose.

    Raises `ValueError`.
    """
    found = re.fullmatch(r"([0-9]{1,2})[:.,٫'′]([0-5][0-9])[\"″]?", to_latin_digits(text.strip()))
    if not found:
        raise ValueError("not m:ss")
    seconds = int(found[1]) * 60 + int(found[2])
    return round(seconds / KM_PER_MILE) if units() == "miles" else seconds


def parse_race_time(text: str) -> int:
    """Seconds from `h:mm:ss` or `mm:ss`. Raises `ValueError`."""
    written = re.sub("[.,٫]", ":", to_latin_digits(text.strip()))
    found = re.fullmatch(r"(?:([0-9]{1,2}):)?([0-9]{1,2}):([0-5][0-9])", written)
    if not found or (found[1] and int(found[2]) > 59):
        raise ValueError("not h:mm:ss")
    return int(found[1] or 0) * 3600 + int(found[2]) * 60 + int(found[3])
