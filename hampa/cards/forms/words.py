"""Words of what cards choose from."""

from __future__ import annotations

from typing import Any

from hampa.platform.locale import dates
from hampa.platform.locale.i18n import lazy_gettext as _l

LEVEL_WORDS = {"beginner": _l("Beginner"), "regular": _l("Regular"), "advanced": _l("Advanced")}
TIME_WORDS = {
    "dawn": _l("Dawn"),
    "morning": _l("Morning"),
    "noon": _l("Noon"),
    "afternoon": _l("Afternoon"),
    "evening": _l("Evening"),
    "night": _l("Night"),
}
PHONE_WORDS = {
    "hidden": _l("Hidden"),
    "accepted": _l("Shown to those I accepted"),
    "public": _l("Public"),
}
COMPANY_WORDS = {"anyone": _l("Anyone"), "women": _l("Women only")}
STATE_WORDS = {"active": _l("Active"), "resting": _l("Resting")}


def in_words(values: tuple[str, ...], words: dict[str, Any]) -> list[tuple[str, str]]:
    """Choices of a field: each value with its words."""
    return [(value, str(words[value])) for value in values]


def weekdays() -> list[tuple[str, str]]:
    """The days from the first of the viewer's week, by name."""
    return [(day, dates.weekday_name(day)) for day in dates.week()]
