"""Times of day that people write: 6:05, 0605, 6, "7 pm", «۷ شب»; and what is asked when an hour alone may be either."""

import datetime as dt
import re
from typing import Final

from hampa.platform.locale.i18n import digits, gettext as _

MORNING: Final = ("in the morning", "morning", "a.m.", "am", "صبح", "بامداد", "سحر")
NOON: Final = ("at noon", "noon", "ظهر")
EVENING: Final = (
    *("in the afternoon", "in the evening", "afternoon", "evening", "p.m.", "pm"),
    *("بعد از ظهر", "بعدازظهر", "عصر", "غروب"),
)
NIGHT: Final = ("at night", "tonight", "night", "شب")
SMALL_HOURS: Final = 5
"""Before it, an hour that is said with “night” is one after midnight."""

PART: Final = "|".join(re.escape(word).replace(r"\ ", r"[\s\u200c]*") for word in (*MORNING, *NOON, *EVENING, *NIGHT))
"""The pattern of the words for parts of the day."""
_TIME: Final = re.compile(
    rf"(?P<hour>[01]?[0-9]|2[0-3])(?:[:.,٫]?(?P<minute>[0-5][0-9]))?(?:\s*(?P<part>{PART}))?", re.IGNORECASE
)
_AMBIGUOUS: Final = re.compile("[1-9]|1[01]")
"""An hour of the morning that somebody who writes no minutes may mean for the evening."""


def read(text: str) -> dt.time | None:
    """Return the time that a text with Latin digits names, None for other text."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hour = _hour(int(match["hour"]), re.sub(r"[\s\u200c]+", " ", match["part"] or "").lower())
    return None if hour is None else dt.time(hour, int(match["minute"] or 0))


def _hour(hour: int, part: str) -> int | None:
    """Return the hour of a day of 24 hours, None for one that this part of the day does not have."""
    if part in MORNING:
        return hour % 12 if hour <= 12 else None
    if part in NOON:
        return {11: 11, 12: 12, 1: 13, 2: 14, 3: 15}.get(hour)
    if part in NIGHT:
        return hour % 12 + (12 if hour % 12 >= SMALL_HOURS else 0) if hour <= 12 else hour
    if part:
        return hour % 12 + 12 if 0 < hour <= 12 else hour or None
    return hour


def question_about(text: str, at: dt.time) -> str | None:
    """Return what is asked about a time that was written as an hour alone, None if only one can be meant."""
    if not _AMBIGUOUS.fullmatch(text):
        return None
    times = {"time": digits(f"{at:%H:%M}"), "later": digits(f"{at.hour + 12}:00")}
    if at.hour < SMALL_HOURS:
        return _("That is %(time)s, at night. Send it again if you mean that; if not, write %(later)s.", **times)
    return _("That is %(time)s, in the morning. Send it again if you mean that; if not, write %(later)s.", **times)
