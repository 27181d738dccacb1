"""Forms of one's own profile and settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hampa.people.models.person import CALENDARS, GENDERS, LOCALES, UNITS
from hampa.platform import zones
from hampa.platform.i18n import get_locale_code, gettext as _, lazy_gettext as _l
from hampa.platform.web.forms import BooleanField, ChoiceField, Form, LineField, TextField, TimeField

GENDER_WORDS = {"female": _l("Woman"), "male": _l("Man"), "other": _l("Other")}
LOCALE_WORDS = {"fa": "فارسی", "en": "English"}
CALENDAR_WORDS = {"solar": _l("Solar Hijri"), "gregorian": _l("Gregorian")}
UNIT_WORDS = {"km": _l("Kilometres"), "miles": _l("Miles")}


def _zones() -> Mapping[str, Sequence[tuple[str, str]]]:
    return zones.by_area(get_locale_code())


class ProfileForm(Form):
    """Who one is."""

    name = LineField(_l("Name"), min=1, max=60, autocomplete="name")
    bio = TextField(_l("A few words about you"), max=500, required=False)
    city = LineField(_l("City"), max=80, required=False, autocomplete="address-level2")
    gender = ChoiceField(
        _l("Gender"),
        lambda: [("", _("Rather not say")), *((value, str(GENDER_WORDS[value])) for value in GENDERS)],
        required=False,
    )


class SettingsForm(Form):
    """In which language, calendar, zone and units one is spoken to, and when one would rather not be."""

    locale = ChoiceField(_l("Language"), lambda: [(value, LOCALE_WORDS[value]) for value in LOCALES])
    calendar = ChoiceField(_l("Calendar"), lambda: [(value, str(CALENDAR_WORDS[value])) for value in CALENDARS])
    units = ChoiceField(_l("Distances"), lambda: [(value, str(UNIT_WORDS[value])) for value in UNITS])
    timezone = ChoiceField(_l("Time zone"), _zones)
    reminders = BooleanField(_l("Remind me of runs I go to"))
    quiet_from = TimeField(_l("Quiet from"), required=False)
    quiet_to = TimeField(_l("Quiet until"), required=False)
