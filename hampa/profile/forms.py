"""Forms of the person's profile and settings."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from hampa.people.models import CALENDARS, CIRCLES, FIRST_BIRTH_YEAR, GENDERS, LOCALES, UNITS
from hampa.platform.locale import zones
from hampa.platform.locale.i18n import get_locale_code, gettext as _, lazy_gettext as _l
from hampa.platform.texts.cleaning import to_latin_digits
from hampa.platform.web import fields
from hampa.platform.web.forms import Form, OnceForm

GENDER_WORDS = {"female": _l("Woman"), "male": _l("Man"), "other": _l("Other")}
LOCALE_WORDS = {"fa": "فارسی", "en": "English"}
CALENDAR_WORDS = {"solar": _l("Solar Hijri"), "gregorian": _l("Gregorian")}
UNIT_WORDS = {"km": _l("Kilometres"), "miles": _l("Miles")}
CIRCLE_WORDS = {
    "everyone": _l("Everyone"),
    "signed_in": _l("Anyone with an account"),
    "companions": _l("My crews and companions"),
}
WRITER_WORDS = {
    "everyone": _l("Everybody with an account"),
    "companions": _l("Companions, and people of my runs and crews; others ask first"),
    "companions_only": _l("Companions"),
    "nobody": _l("Nobody"),
}
YOUNGEST_YEARS = 10


def _choices(values: Sequence[str], words: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(value, str(words[value])) for value in values]


class _SettingsForm(Form):
    def settings(self) -> dict[str, Any]:
        """Return the columns of `Person`; fields without a value are left out."""
        return {name: value for name, value in self.data.items() if name != "csrf_token" and value is not None}


class ProfileForm(Form):
    """Name, bio, city and gender."""

    name = fields.StringField(_l("Name"), min=1, max=60, autocomplete="name")
    bio = fields.TextAreaField(_l("A few words about you"), max=500, required=False)
    city = fields.StringField(_l("City"), max=80, required=False, autocomplete="address-level2")
    gender = fields.SelectField(
        _l("Gender"), lambda: [("", _("Rather not say")), *_choices(GENDERS, GENDER_WORDS)], required=False
    )


class NameForm(Form):
    """The name of a person who has given none, beside the fields of what they are about to do."""

    own_name = fields.StringField(_l("Your name"), min=1, max=60, autocomplete="name")


class GenderForm(Form):
    """Whether the person is a woman, beside the fields of something that is for women only."""

    is_woman = fields.BooleanField(_l("I'm a woman"))


class SettingsForm(_SettingsForm):
    """Language, calendar, distances and zone."""

    locale = fields.SelectField(_l("Language"), lambda: _choices(LOCALES, LOCALE_WORDS))
    calendar = fields.SelectField(_l("Calendar"), lambda: _choices(CALENDARS, CALENDAR_WORDS))
    units = fields.SelectField(_l("Distances"), lambda: _choices(UNITS, UNIT_WORDS))
    timezone = fields.SelectField(_l("Time zone"), lambda: zones.by_area(get_locale_code()))


class HandleField(fields.InputField):
    """A user name of 3 to 20 small letters, digits and underscores; case and an @ before it are ignored."""

    attributes: ClassVar = {"dir": "ltr", "autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}

    def coerce(self, text: str) -> str:
        """Return the user name, or raise ValueError."""
        handle = to_latin_digits(text).lower().removeprefix("@")
        if not re.fullmatch(r"[a-z0-9_]{3,20}", handle):
            raise ValueError(_("3 to 20 characters: Latin letters, digits and the underscore."))
        return handle


class HandleForm(Form):
    """The user name."""

    handle = HandleField(_l("User name"), required=False)


class EmailForm(OnceForm):
    """The address to verify."""

    email = fields.EmailField(_l("Email address"))


class AgeForm(Form):
    """The year of birth, and whether others may see the age band."""

    birth_year = fields.YearField(_l("Year of birth"), min=FIRST_BIRTH_YEAR, years_ago=YOUNGEST_YEARS, required=False)
    shows_age = fields.BooleanField(_l("Show my age band"))


class WritersField(fields.SelectField):
    """Who may write: of the stored settings two mean the same."""

    def process_data(self, value: Any) -> None:
        """Show "everyone" for who chose "signed_in": nobody writes without an account."""
        super().process_data("everyone" if value == "signed_in" else value)


class PrivacyForm(_SettingsForm):
    """Who sees the page, and who may write."""

    profile_visibility = fields.SelectField(_l("Who sees my page"), lambda: _choices(CIRCLES, CIRCLE_WORDS))
    message_visibility = WritersField(_l("Who may write to me"), lambda: _choices(tuple(WRITER_WORDS), WRITER_WORDS))
    shares_reading = fields.BooleanField(_l("Show that I have read and that I type"))
    shows_past_runs = fields.BooleanField(_l("Show the runs I have been to"))
    shows_online = fields.BooleanField(_l("Show when I'm here"))
