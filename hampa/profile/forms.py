"""Forms of one's own profile and settings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from hampa.people.models.person import CALENDARS, CIRCLES, FIRST_BIRTH_YEAR, GENDERS, LOCALES, UNITS
from hampa.platform.locale import zones
from hampa.platform.locale.i18n import get_locale_code, gettext as _, lazy_gettext as _l
from hampa.platform.texts.cleaning import to_latin_digits
from hampa.platform.web.fields import (
    BooleanField,
    EmailField,
    InputField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
    YearField,
)
from hampa.platform.web.forms import Form
from hampa.platform.web.uploads import PICTURES, UploadField

GENDER_WORDS = {"female": _l("Woman"), "male": _l("Man"), "other": _l("Other")}
LOCALE_WORDS = {"fa": "فارسی", "en": "English"}
CALENDAR_WORDS = {"solar": _l("Solar Hijri"), "gregorian": _l("Gregorian")}
UNIT_WORDS = {"km": _l("Kilometres"), "miles": _l("Miles")}
CIRCLE_WORDS = {
    "everyone": _l("Everyone"),
    "signed_in": _l("Who is signed in"),
    "companions": _l("My crews and companions"),
}
PICTURE_MEGABYTES = 5
YOUNGEST = 10
"""Years."""


def _zones() -> Mapping[str, Sequence[tuple[str, str]]]:
    return zones.by_area(get_locale_code())


def _circles() -> list[tuple[str, str]]:
    return [(value, str(CIRCLE_WORDS[value])) for value in CIRCLES]


class ProfileForm(Form):
    """Who one is."""

    name = StringField(_l("Name"), min=1, max=60, autocomplete="name")
    bio = TextAreaField(_l("A few words about you"), max=500, required=False)
    city = StringField(_l("City"), max=80, required=False, autocomplete="address-level2")
    gender = SelectField(
        _l("Gender"),
        lambda: [("", _("Rather not say")), *((value, str(GENDER_WORDS[value])) for value in GENDERS)],
        required=False,
    )


class SettingsForm(Form):
    """In which language, calendar, zone and units one is spoken to, and when one would rather not be."""

    locale = SelectField(_l("Language"), lambda: [(value, LOCALE_WORDS[value]) for value in LOCALES])
    calendar = SelectField(_l("Calendar"), lambda: [(value, str(CALENDAR_WORDS[value])) for value in CALENDARS])
    units = SelectField(_l("Distances"), lambda: [(value, str(UNIT_WORDS[value])) for value in UNITS])
    timezone = SelectField(_l("Time zone"), _zones)
    reminders = BooleanField(_l("Remind me of runs I go to"))
    quiet_from = TimeField(_l("Quiet from"), required=False)
    quiet_to = TimeField(_l("Quiet until"), required=False)


class HandleField(InputField):
    """A name of 3 to 20 small letters, digits and underscores; an @ before it does not count, nor does case."""

    attributes: ClassVar = {"dir": "ltr", "autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}

    def coerce(self, text: str) -> str:
        handle = to_latin_digits(text).lower().removeprefix("@")
        if not re.fullmatch(r"[a-z0-9_]{3,20}", handle):
            raise ValueError(_("3 to 20 characters: Latin letters, digits and the underscore."))
        return handle


class HandleForm(Form):
    """The name one is found by."""

    handle = HandleField(_l("User name"), required=False)


class PictureForm(Form):
    """A picture of oneself."""

    picture = UploadField(_l("Picture"), megabytes=PICTURE_MEGABYTES, accept=PICTURES)

    def validate(self, extra_validators: object = None) -> bool:
        """One is chosen."""
        fine = bool(super().validate(extra_validators))
        if fine and not self.picture.data:
            self.picture.errors = [_("Choose a picture first.")]
            return False
        return fine


class EmailForm(Form):
    """The address to verify."""

    email = EmailField(_l("Mail address"))


class AgeForm(Form):
    """The year one was born in, and whether the age band may be seen."""

    birth_year = YearField(_l("Year of birth"), min=FIRST_BIRTH_YEAR, years_ago=YOUNGEST, required=False)
    shows_age = BooleanField(_l("Show my age band"))


class PrivacyForm(Form):
    """Who sees what."""

    profile_visibility = SelectField(_l("Who sees my page"), _circles)
    message_visibility = SelectField(_l("Who may write to me"), _circles)
    shows_past_runs = BooleanField(_l("Show the runs I have been to"))
