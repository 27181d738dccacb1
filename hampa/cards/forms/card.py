"""The form of a card: shape, cleaning and wording of what comes in."""

from __future__ import annotations

from typing import Any

from hampa.cards.forms.words import (
    COMPANY_WORDS,
    LEVEL_WORDS,
    PHONE_WORDS,
    STATE_WORDS,
    TIME_WORDS,
    in_words,
    weekdays,
)
from hampa.cards.models.card import CARD_STATES, COMPANIES, LEVELS, PHONE_VISIBILITIES, TIMES_OF_DAY
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web.fields import (
    BooleanField,
    FloatField,
    LatitudeField,
    LongitudeField,
    PaceField,
    RaceTimeField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from hampa.platform.web.forms import Form
from hampa.platform.web.uploads import PICTURES, UploadField

MEGABYTES = 5
"""Of a picture."""

SLOWEST, QUICKEST = 900, 150
"""Paces that a card takes, seconds a kilometre: 15:00 and 2:30."""


class CardForm(Form):
    """A card, made or changed. Paces are seconds a kilometre, best times are seconds."""

    title = StringField(_l("Title"), min=3, max=80)
    description = TextAreaField(_l("About your running"), max=1000, required=False)
    place = StringField(_l("Where you run"), min=2, max=80)
    latitude = LatitudeField(_l("Latitude"), required=False)
    longitude = LongitudeField(_l("Longitude"), required=False)
    days = SelectMultipleField(_l("Days"), weekdays)
    time_of_day = SelectField(_l("Time of day"), lambda: in_words(TIMES_OF_DAY, TIME_WORDS))
    distance_km = FloatField(_l("Distance in kilometres"), min=1, max=200)
    pace = PaceField(_l("Pace"), min=QUICKEST, max=SLOWEST)
    level = SelectField(_l("Level"), lambda: in_words(LEVELS, LEVEL_WORDS))
    aim = StringField(_l("What you run for"), max=80, required=False)
    best_5k = RaceTimeField(_l("Best 5 km"), distance="5k", required=False)
    best_10k = RaceTimeField(_l("Best 10 km"), distance="10k", required=False)
    best_half = RaceTimeField(_l("Best half marathon"), distance="half", required=False)
    best_marathon = RaceTimeField(_l("Best marathon"), distance="marathon", required=False)
    image = UploadField(_l("Picture"), megabytes=MEGABYTES, accept=PICTURES)
    image_remove = BooleanField(_l("Show no picture"))
    phone_visibility = SelectField(
        _l("Your phone number"), lambda: in_words(PHONE_VISIBILITIES, PHONE_WORDS), default="hidden", required=False
    )
    company = SelectField(_l("Company"), lambda: in_words(COMPANIES, COMPANY_WORDS), default="anyone", required=False)
    state = SelectField(_l("State"), lambda: in_words(CARD_STATES, STATE_WORDS), default="active", required=False)

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
        return {
            name: value
            for name, value in self.data.items()
            if name not in {"csrf_token", "image", "image_remove", *left}
        }

    @property
    def unfolds(self) -> bool:
        """Whether the further questions stand open: something in them is filled in or refused."""
        further = (
            "description",
            "aim",
            "best_5k",
            "best_10k",
            "best_half",
            "best_marathon",
            "latitude",
            "longitude",
            "image",
        )
        return any(self[name].data or self[name].errors for name in further)
