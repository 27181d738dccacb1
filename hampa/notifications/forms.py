"""The form of the settings of notifications."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from flask import request

from hampa.notifications.queries.choices import rows
from hampa.people.models import Person
from hampa.platform.locale.dates import CODES, parse_time
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l
from hampa.platform.web import fields
from hampa.platform.web.forms import Form
from hampa.platform.web.moments import TimeField


class NightField(TimeField):
    """The beginning or the end of the quiet hours of one weekday, empty where they are the usual ones."""


class SettingsForm(Form):
    """Quiet hours, those of days that differ, the weekly summary, and what goes by which channel."""

    quiet_from = TimeField(_l("Quiet from"), required=False)
    quiet_to = TimeField(_l("Quiet until"), required=False)
    day_mon_from, day_mon_to = NightField(required=False), NightField(required=False)
    day_tue_from, day_tue_to = NightField(required=False), NightField(required=False)
    day_wed_from, day_wed_to = NightField(required=False), NightField(required=False)
    day_thu_from, day_thu_to = NightField(required=False), NightField(required=False)
    day_fri_from, day_fri_to = NightField(required=False), NightField(required=False)
    day_sat_from, day_sat_to = NightField(required=False), NightField(required=False)
    day_sun_from, day_sun_to = NightField(required=False), NightField(required=False)
    weekly_summary = fields.BooleanField(_l("A summary each week, by email"))

    @classmethod
    def of(cls, person: Person, *, weekly_summary: bool) -> "SettingsForm":
        """Return the form with what the person has."""
        return cls(obj=person, data=cls.stored(person, weekly_summary=weekly_summary))

    @staticmethod
    def stored(person: Person, *, weekly_summary: bool) -> dict[str, Any]:
        """Return what the person has of the fields that are no columns of theirs."""
        nights: dict[str, time] = {}
        for number, (begins, ends) in (person.quiet_days or {}).items():
            weekday = CODES[int(number) - 1]
            nights |= {f"day_{weekday}_from": parse_time(begins), f"day_{weekday}_to": parse_time(ends)}
        return {**nights, "weekly_summary": weekly_summary}

    def night(self, weekday: str) -> tuple[Any, Any]:
        """Return the two fields of a weekday (mon … sun)."""
        return self[f"day_{weekday}_from"], self[f"day_{weekday}_to"]

    @property
    def has_nights(self) -> bool:
        """Return whether any weekday has hours of its own, or an error in them."""
        both = [self.night(weekday) for weekday in CODES]
        return any(field.data is not None or field.errors for pair in both for field in pair)

    def validate(self, extra_validators: Any = None) -> bool:
        """Return whether all is valid; a weekday has both times or none."""
        valid = bool(super().validate(extra_validators))
        for weekday in CODES:
            begins, ends = self.night(weekday)
            if not begins.errors and not ends.errors and (begins.data is None) != (ends.data is None):
                missing = begins if begins.data is None else ends
                missing.errors = [_("Enter both times, or leave both empty.")]
                valid = False
        return valid

    def quiet_hours(self) -> dict[str, Any]:
        """Return the columns of `Person`; times that were left empty stay as they are."""
        days = {
            str(number): [f"{begins.data:%H:%M}", f"{ends.data:%H:%M}"]
            for number, weekday in enumerate(CODES, start=1)
            for begins, ends in [self.night(weekday)]
            if begins.data is not None and ends.data is not None
        }
        usual = {"quiet_from": self.quiet_from.data, "quiet_to": self.quiet_to.data}
        return {name: value for name, value in usual.items() if value is not None} | {"quiet_days": days or None}

    @staticmethod
    def channels() -> Mapping[str, list[str]]:
        """Return the channels that were chosen, by the name of the row."""
        return {row: request.form.getlist(f"row_{row}") for row in rows()}
