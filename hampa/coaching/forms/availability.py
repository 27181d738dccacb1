"""Forms of when an athlete has time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hampa.coaching.models.availability import LONGEST_AVAILABILITY_NOTE, MINUTES
from hampa.platform.locale import dates, measures
from hampa.platform.locale.i18n import gettext as _, lazy_gettext as _l, pgettext
from hampa.platform.web.fields import DateField, SelectField, StringField
from hampa.platform.web.forms import Form, OnceForm

ANY = "any"


def time_words(minutes: int | None, *, own: bool = False) -> str:
    """Return so much time in words, which the athlete reads of themselves, or others of them."""
    if minutes is None:
        return pgettext("availability", "any time")
    if minutes:
        return measures.duration(minutes)
    return pgettext("of oneself", "no time") if own else _("no time")


def _times() -> list[tuple[str, str]]:
    return [(ANY, time_words(None)), *((str(one), time_words(one, own=True)) for one in MINUTES)]


class AvailabilityForm(Form):
    """How much time one usually has on each weekday."""

    mon = SelectField("", _times, default=ANY)
    tue = SelectField("", _times, default=ANY)
    wed = SelectField("", _times, default=ANY)
    thu = SelectField("", _times, default=ANY)
    fri = SelectField("", _times, default=ANY)
    sat = SelectField("", _times, default=ANY)
    sun = SelectField("", _times, default=ANY)

    @classmethod
    def of(cls, days: Sequence[int | None]) -> AvailabilityForm:
        """Return the form of what is said."""
        values: dict[str, Any] = {code: _name_of(one) for code, one in zip(dates.CODES, days, strict=True)}
        return cls(**values)

    @property
    def days(self) -> list[int | None]:
        """Return the minutes from Monday to Sunday."""
        return [minutes_of(self[code].data) for code in dates.CODES]


class ExceptionForm(OnceForm):
    """On which days one has other time than usual."""

    first = DateField(_l("From"))
    last = DateField(_l("To, if it is more than a day"), required=False)
    minutes = SelectField(_l("How much time"), _times, default="0")
    note = StringField(_l("Why"), max=LONGEST_AVAILABILITY_NOTE, required=False)


def minutes_of(name: str) -> int | None:
    """Return the minutes of a choice."""
    return None if name == ANY else int(name)


def _name_of(minutes: int | None) -> str:
    return str(minutes) if minutes in MINUTES else ANY
