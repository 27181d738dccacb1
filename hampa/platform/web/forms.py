"""Forms, and fields that know what a date, a pace or a phone number is.

Everything takes Persian, Arabic-Indic and Latin digits alike, and says beside the field what is wrong.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from flask import Flask, g, request
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, FieldList, Form as PlainForm, FormField, ValidationError
from wtforms.meta import DefaultMeta
from wtforms.widgets import EmailInput, TelInput

from hampa.platform import dates, i18n, measures, phone
from hampa.platform.config import settings
from hampa.platform.errors import DomainError
from hampa.platform.i18n import digits, gettext as _, ngettext
from hampa.platform.mail import addresses
from hampa.platform.text import to_latin_digits
from hampa.platform.web.fields import (
    ChoiceField,
    HiddenField,
    Input,
    LatitudeField,
    LineField,
    LongitudeField,
    ManyField,
    NumberField,
    TextField,
    WholeField,
)

__all__ = [
    "BooleanField",
    "ChoiceField",
    "CodeField",
    "DateField",
    "EmailField",
    "FieldList",
    "Form",
    "FormField",
    "HiddenField",
    "IdField",
    "LatitudeField",
    "LineField",
    "LongitudeField",
    "ManyField",
    "NumberField",
    "OnceForm",
    "PaceField",
    "Part",
    "PhoneField",
    "QueryForm",
    "RaceTimeField",
    "TextField",
    "TimeField",
    "ValidationError",
    "WholeField",
    "YearField",
]

# A number pad with digits and a decimal sign, which therefore parts hours from minutes as well as a colon does.
DOTTED: Final = {"dir": "ltr", "autocomplete": "off", "inputmode": "decimal"}


EMPTY: Final[tuple[object, ...]] = (None, "", [])


class _Words:
    """The catalogue, for the few messages that WTForms itself has."""

    @staticmethod
    def gettext(message: str) -> str:
        return i18n.gettext(message)

    @staticmethod
    def ngettext(singular: str, plural: str, n: int) -> str:
        return i18n.ngettext(singular, plural, n)


def begins_here(field: Field) -> bool:
    """Whether this is the first field of the answer that something is wrong with; asked as the fields are drawn.

    It has the focus when the form comes back, so that what is wrong is in sight however long the form.
    """
    if not field.errors or g.get("first_wrong", field) is not field:
        return False
    g.first_wrong = field
    return True


class Form(FlaskForm):
    """A form that is posted; it carries a token."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, form: Any) -> _Words:
            return _Words()

        def render_field(self, field: Field, render_kw: Mapping[str, Any]) -> Any:
            if begins_here(field):
                render_kw = {**render_kw, "autofocus": True}
            return super().render_field(field, {k: v for k, v in render_kw.items() if v is not None})

    _error: DomainError | None = None

    @property
    def http_status(self) -> int:
        """The status of the page that shows the form: 200, 422 with errors, or that of the error of an action."""
        if self._error is not None:
            return self._error.status
        return 422 if self.errors else 200

    def refuse(self, error: DomainError) -> None:
        """Put the error of an action beside its field, or among the form's own errors when it names none."""
        self._error = error
        if error.field in self._fields:
            field = self._fields[error.field]
            field.errors = [*field.errors, error.message]
        else:
            self.form_errors.append(error.message)


def init_app(app: Flask) -> None:
    """Let templates that draw a field by hand ask what the others ask."""
    app.jinja_env.globals["begins_here"] = begins_here


class Part(PlainForm):
    """Some fields that stand several times in a form (`FieldList(FormField(…))`), whose token they share."""

    class Meta:
        def get_translations(self, form: Any) -> _Words:
            return _Words()

        def render_field(self, field: Field, render_kw: Mapping[str, Any]) -> Any:
            return DefaultMeta().render_field(field, {k: v for k, v in render_kw.items() if v is not None})


class OnceForm(Form):
    """A form that makes one thing, however often it is sent; `ui.submission` draws its hidden field."""

    submission = HiddenField(default=lambda: uuid.uuid4().hex)

    def submission_of(self, person_id: uuid.UUID) -> uuid.UUID:
        """Return the id of what the person has sent: the same for the same form with the same content.

        A form that is filled in anew after a step back in the browser is another submission.
        """
        content = sorted((name, value) for name, value in request.form.items(multi=True) if name != "csrf_token")
        return uuid.uuid5(person_id, json.dumps([self.submission.data or uuid.uuid4().hex, content]))


class QueryForm(Form):
    """Filters in the query string: no token, and what can't be understood filters nothing."""

    class Meta(Form.Meta):
        csrf = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(formdata=request.args, **kwargs)

    def chosen(self) -> dict[str, Any]:
        """The filters that are set, by name, without those that are wrong."""
        self.validate()
        return {
            name: field.data
            for name, field in self._fields.items()
            if not field.errors and field.data not in EMPTY and field.data is not False
        }


class DateField(Input):
    """A day, typed in either calendar and shown in the viewer's."""

    attributes: ClassVar = DOTTED

    def read(self, typed: str) -> dt.date:
        return dates.parse_date(typed)

    def show(self, value: dt.date) -> str:
        return dates.input_date(value)


class TimeField(Input):
    """A time of day, HH:MM."""

    attributes: ClassVar = DOTTED

    def read(self, typed: str) -> dt.time:
        return dates.parse_time(typed)

    def show(self, value: dt.time) -> str:
        return dates.input_time(value)


class PaceField(Input):
    """A pace from `min` to `max` seconds a kilometre, typed as m:ss in the viewer's unit."""

    attributes: ClassVar = DOTTED

    def __init__(self, label: str | None = None, *, min: int, max: int, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.min, self.max = min, max

    def read(self, typed: str) -> int:
        try:
            seconds = measures.parse_pace(typed)
        except ValueError:
            seconds = 0
        if not self.min <= seconds <= self.max:
            raise ValueError(
                _(
                    "Write the pace in minutes and seconds, from %(min)s to %(max)s %(unit)s.",
                    unit=measures.pace_unit(),
                    min=measures.pace(self.min),
                    max=measures.pace(self.max),
                )
            )
        return seconds

    def show(self, value: float) -> str:
        return measures.pace(value)


class RaceTimeField(Input):
    """A time over `distance` (a key of `WORLD_RECORDS`) in seconds, typed as h:mm:ss or mm:ss."""

    attributes: ClassVar = DOTTED

    def __init__(self, label: str | None = None, *, distance: str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.record = measures.WORLD_RECORDS[distance]

    def read(self, typed: str) -> int:
        try:
            seconds = measures.parse_race_time(typed)
        except ValueError:
            raise ValueError(
                _("Write hours, minutes and seconds, such as %(example)s.", example=digits("1:45:30"))
            ) from None
        if seconds < self.record:
            raise ValueError(
                _(
                    "Faster than the world record (%(time)s)? Check the digits.",
                    time=measures.race_time(self.record),
                )
            )
        return seconds

    def show(self, value: int) -> str:
        return measures.race_time(value)


class PhoneField(Input):
    """A mobile number, kept as E.164; by default of a country that the operator sends SMS to.

    `to_call` takes any number of any country: nothing is ever sent to it.
    """

    widget = TelInput()
    attributes: ClassVar = {"dir": "ltr", "autocomplete": "tel", "inputmode": "tel"}

    REFUSALS: Final = {
        "invalid": i18n.lazy_gettext("This is not a phone number. Check the digits."),
        "not_mobile": i18n.lazy_gettext("This number can't receive an SMS. Give a mobile number."),
        "country_not_allowed": i18n.lazy_gettext("We can't send SMS to this country."),
    }

    def __init__(self, label: str | None = None, *, to_call: bool = False, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.to_call = to_call

    def clean(self, typed: str) -> str:
        return phone.clean(typed)

    def read(self, typed: str) -> str:
        known = settings()
        countries = None if self.to_call else known.sms_countries
        try:
            return phone.parse(typed, known.phone_region, countries, any_line=self.to_call)
        except phone.PhoneError as refused:
            raise ValueError(str(self.REFUSALS[refused.reason])) from None

    def show(self, value: str) -> str:
        return digits(phone.show(value, settings().phone_region))


class IdField(Input):
    """The id of something; whether this person may choose it, the action asks. `wrong` says what to do instead."""

    def __init__(self, label: str | None = None, *, wrong: str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.wrong = wrong

    def read(self, typed: str) -> uuid.UUID:
        try:
            return uuid.UUID(typed)
        except ValueError:
            raise ValueError(str(self.wrong)) from None


class CodeField(Input):
    """A code of `length` digits from an SMS; spaces and dashes between them do not count."""

    attributes: ClassVar = {"dir": "ltr", "autocomplete": "one-time-code", "inputmode": "numeric"}

    def __init__(self, label: str | None = None, *, length: int = 6, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.length = length

    def read(self, typed: str) -> str:
        written = re.sub("[ -]", "", to_latin_digits(typed))
        if not re.fullmatch(f"[0-9]{{{self.length}}}", written):
            raise ValueError(ngettext("The code has %(num)d digit.", "The code has %(num)d digits.", self.length))
        return written


class EmailField(Input):
    """A mail address, kept with its domain in small ASCII letters."""

    widget = EmailInput()
    attributes: ClassVar = {"dir": "ltr", "autocomplete": "email", "inputmode": "email"}

    def read(self, typed: str) -> str:
        try:
            return addresses.parse(typed)
        except ValueError:
            raise ValueError(_("This is not a mail address. Check what stands before and after the @.")) from None


class YearField(Input):
    """A year from `first` to so many `years_ago` (both Gregorian), typed in either calendar and shown in the viewer's."""

    attributes: ClassVar = {"dir": "ltr", "autocomplete": "off", "inputmode": "numeric"}

    def __init__(self, label: str | None = None, *, first: int, years_ago: int, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.first, self.years_ago = first, years_ago

    def read(self, typed: str) -> int:
        last = dates.today().year - self.years_ago
        try:
            year = dates.parse_year(typed)
        except dates.DateError:
            year = 0
        if self.first <= year <= last:
            return year
        raise ValueError(
            _(
                "Write the year with four digits, from %(first)s to %(last)s.",
                first=self.show(self.first),
                last=self.show(last),
            )
        )

    def show(self, value: int) -> str:
        return dates.input_year(value)
