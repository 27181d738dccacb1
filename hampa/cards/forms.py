"""Forms of cards and interests: shape, cleaning and wording of what comes in."""

from __future__ import annotations

from typing import Any

from hampa.cards.models import CARD_STATES, COMPANIES, LEVELS, PHONE_VISIBILITIES, TIMES_OF_DAY
from hampa.platform import dates
from hampa.platform.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.forms import (
    ChoiceField,
    Form,
    LatitudeField,
    LineField,
    LongitudeField,
    ManyField,
    NumberField,
    PaceField,
    QueryForm,
    RaceTimeField,
    TextField,
)

SLOWEST, QUICKEST = 900, 150
"""Paces that a card takes, seconds a kilometre: 15:00 and 2:30."""

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


class CardForm(Form):
    """A card, made or changed. Paces are seconds a kilometre, best times are seconds."""

    title = LineField(_l("Title"), min=3, max=80)
    description = TextField(_l("About your running"), max=1000, required=False)
    place = LineField(_l("Where you run"), min=2, max=80)
    latitude = LatitudeField(_l("Latitude"), required=False)
    longitude = LongitudeField(_l("Longitude"), required=False)
    days = ManyField(_l("Days"), weekdays)
    time_of_day = ChoiceField(_l("Time of day"), lambda: in_words(TIMES_OF_DAY, TIME_WORDS))
    distance_km = NumberField(_l("Distance in kilometres"), min=1, max=200, places=1)
    pace = PaceField(_l("Pace"), min=QUICKEST, max=SLOWEST)
    level = ChoiceField(_l("Level"), lambda: in_words(LEVELS, LEVEL_WORDS))
    aim = LineField(_l("What you run for"), max=80, required=False)
    best_5k = RaceTimeField(_l("Best 5 km"), distance="5k", required=False)
    best_10k = RaceTimeField(_l("Best 10 km"), distance="10k", required=False)
    best_half = RaceTimeField(_l("Best half marathon"), distance="half", required=False)
    best_marathon = RaceTimeField(_l("Best marathon"), distance="marathon", required=False)
    phone_visibility = ChoiceField(
        _l("Your phone number"), lambda: in_words(PHONE_VISIBILITIES, PHONE_WORDS), default="hidden", required=False
    )
    company = ChoiceField(_l("Company"), lambda: in_words(COMPANIES, COMPANY_WORDS), default="anyone", required=False)
    state = ChoiceField(_l("State"), lambda: in_words(CARD_STATES, STATE_WORDS), default="active", required=False)

    def validate(self, extra_validators: Any = None) -> bool:
        """A pin is both numbers or none."""
        fine = bool(super().validate(extra_validators))
        if not self.latitude.errors and not self.longitude.errors:
            missing = self.longitude if self.longitude.data is None else self.latitude
            if (self.latitude.data is None) != (self.longitude.data is None):
                missing.errors = [_("A pin needs both numbers, or none.")]
                return False
        return fine

    def fields(self) -> dict[str, Any]:
        """Columns of `Card`. Of choices that have a default, those that were not made are left out."""
        left = {name for name in ("phone_visibility", "company", "state") if self[name].data is None}
        return {name: value for name, value in self.data.items() if name not in {"csrf_token", *left}}

    @property
    def unfolds(self) -> bool:
        """Whether the further questions stand open: something in them is filled in or refused."""
        further = ("description", "aim", "best_5k", "best_10k", "best_half", "best_marathon", "latitude", "longitude")
        return any(self[name].data or self[name].errors for name in further)


class CardFilters(QueryForm):
    """What the list of cards is narrowed to, in the query string."""

    q = LineField(_l("Search"), max=80, required=False)
    day = ChoiceField(_l("Day"), lambda: [("", _("Any day")), *weekdays()], required=False)
    time_of_day = ChoiceField(
        _l("Time of day"),
        lambda: [("", _("Any time")), *in_words(TIMES_OF_DAY, TIME_WORDS)],
        required=False,
    )
    level = ChoiceField(_l("Level"), lambda: [("", _("Any level")), *in_words(LEVELS, LEVEL_WORDS)], required=False)


class InterestForm(Form):
    """The line that goes with an interest."""

    line = LineField(_l("A line for them"), max=200, required=False)


class DecisionForm(Form):
    """What becomes of an interest."""

    decision = ChoiceField(
        _l("Decision"),
        lambda: [("accept", _("Accept")), ("decline", _("Decline")), ("withdraw", _("Take back"))],
    )
