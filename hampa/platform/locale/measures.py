"""Distances, paces, durations and race times: reading them, and formatting them for the viewer.

They are stored as kilometres (float), seconds a kilometre, minutes and seconds; miles exist only on screen.
"""

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
"""The fastest known times (November 2026), in seconds: the limit of a person's own times.

5k and 10k on the track: Joshua Cheptegei, 12:35.36 (Monaco, 14 August 2020) and 26:11.00 (Valencia, 7 October 2020).
Half: Jacob Kiplimo, 56:42 (Barcelona, 16 February 2025), run but not ratified, because of the lead car. Marathon:
Sabastian Sawe, 1:59:30 (London, 26 April 2026).
"""


def miles_of_km(km: float) -> float:
    """Return kilometres as miles."""
    return km / KM_PER_MILE


def distance(km: float | Decimal) -> str:
    """Format a distance: “14 km” or “8.7 mi”, as the viewer chose."""
    if units() == "miles":
        return _("%(number)s mi", number=number(miles_of_km(float(km)), 1))
    return _("%(number)s km", number=number(km, 1))


def height(metres: float) -> str:
    """Format a height: “120 m” or “394 ft”, as the viewer chose."""
    if units() == "miles":
        return _("%(number)s ft", number=number(metres / METRES_PER_FOOT))
    return _("%(number)s m", number=number(metres))


def pace(seconds_per_km: float) -> str:
    """Format a pace without its unit: “5:40”, per kilometre or per mile as the viewer chose."""
    seconds = pace_per_mile(seconds_per_km) if units() == "miles" else round(seconds_per_km)
    return digits(f"{seconds // 60}:{seconds % 60:02}")


def paces(seconds_per_km: Sequence[float]) -> str:
    """Format the range of some paces without the unit: “5:00–6:45”, or “5:40” if they are the same.

    In Persian a word stands between them: from right to left a dash would be read as from the slowest.
    """
    quickest, slowest = pace(min(seconds_per_km)), pace(max(seconds_per_km))
    if quickest == slowest:
        return quickest
    return _("%(quickest)s–%(slowest)s", quickest=quickest, slowest=slowest)


def pace_unit() -> str:
    """Return the viewer's unit of paces: “/km” or “/mi”."""
    return _("/mi") if units() == "miles" else _("/km")


def pace_difference(seconds: int) -> int:
    """Convert a difference of paces from seconds per unit of the viewer to seconds a kilometre."""
    return round(seconds / KM_PER_MILE) if units() == "miles" else seconds


def pace_per_mile(seconds_per_km: float) -> int:
    """Return the roundest pace in seconds a mile that is stored as this pace.

    A second a kilometre is 1.6 s a mile, so 9:00 per mile is stored as 5:36 per kilometre, which without rounding would
    be shown as 9:01.
    """
    low, high = ((round(seconds_per_km) + half) * KM_PER_MILE for half in (-0.5, 0.5))
    return max(range(ceil(low), ceil(high)), key=lambda s: (s % 30 == 0, s % 10 == 0, s % 5 == 0, -s))


def duration(minutes: float) -> str:
    """Format a duration: “40 min”, “2 h”, “1 h 20”; under a minute “25 s”."""
    if 0 < minutes < 1:
        seconds = max(1, round(minutes * 60))
        return ngettext("%(num)d s", "%(num)d s", seconds)
    hours, rest = divmod(round(minutes), 60)
    if not hours:
        return ngettext("%(num)d min", "%(num)d min", rest)
    if not rest:
        return ngettext("%(num)d h", "%(num)d h", hours)
    return _("%(hours)s h %(minutes)s", hours=number(hours), minutes=number(rest))


def race_time(seconds: float) -> str:
    """Format a race time: “25:00”, “1:45:30”."""
    hours, rest = divmod(round(seconds), 3600)
    minutes = f"{hours}:{rest // 60:02}" if hours else f"{rest // 60}"
    return digits(f"{minutes}:{rest % 60:02}")


def time_taken(seconds: float) -> str:
    """Format how long something took: “25:00”, “1:45:30”; under a minute “25 s”, which nobody reads as minutes."""
    return race_time(seconds) if round(seconds) >= 60 else duration(seconds / 60)


def full_time(seconds: float) -> str:
    """Format a length of time for a field: “0:00:25”, “1:45:30”; with hours, so that nobody reads seconds as minutes."""
    minutes, rest = divmod(round(seconds), 60)
    return digits(f"{minutes // 60}:{minutes % 60:02}:{rest:02}")


def parse_pace(text: str) -> int:
    """Read `m:ss` in the viewer's unit; return seconds a kilometre. Raise ValueError for other text."""
    match = re.fullmatch(r"([0-9]{1,2})[:.,٫'′]([0-5][0-9])[\"″]?", to_latin_digits(text.strip()))
    if not match:
        raise ValueError("not m:ss")
    seconds = int(match[1]) * 60 + int(match[2])
    return pace_difference(seconds)


def parse_race_time(text: str) -> int:
    """Read `h:mm:ss` or `mm:ss`; return seconds. Raise ValueError for other text."""
    text = re.sub("[.,٫]", ":", to_latin_digits(text.strip()))
    match = re.fullmatch(r"(?:([0-9]{1,2}):)?([0-9]{1,2}):([0-5][0-9])", text)
    if not match or (match[1] and int(match[2]) > 59):
        raise ValueError("not h:mm:ss")
    return int(match[1] or 0) * 3600 + int(match[2]) * 60 + int(match[3])


def waiting_time(seconds: int) -> str:
    """Return how long to wait in words, rounded up: “in 45 seconds”, “in 3 min”, “in 2 h”."""
    if seconds < 100:
        return ngettext("in %(num)d second", "in %(num)d seconds", seconds)
    minutes = ceil(seconds / 60)
    if minutes < 100:
        return ngettext("in %(num)d min", "in %(num)d min", minutes)
    return ngettext("in %(num)d h", "in %(num)d h", ceil(minutes / 60))
