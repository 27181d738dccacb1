"""Forms: fields that take what people type, in any digits, and say beside the field what is wrong.

Nothing typed raises, and nothing typed is lost: a field that refuses shows again what was in it.
`data` is the clean value; "" for text and None for everything else when a field may be left empty.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final

from flask import request
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput, HiddenInput, RadioInput, TelInput, TextArea, TextInput

from hampa.platform import dates, i18n, measures, phone
from hampa.platform.config import settings
from hampa.platform.errors import Refused
from hampa.platform.i18n import digits, gettext as _, ngettext, number
from hampa.platform.text import (
    UncleanText,
    clean_line,
    clean_text,
    to_latin_digits,
    without_surrogates,
)

Choices = Sequence[tuple[str, str]] | Mapping[str, Sequence[tuple[str, str]]]


class _Words:
    """The catalogue, for the few messages that WTForms itself has."""

    @staticmethod
    def gettext(message: str) -> str:
        return i18n.gettext(message)

    @staticmethod
    def ngettext(singular: str, plural: str, n: int) -> str:
        return i18n.ngettext(singular, plural, n)


class Form(FlaskForm):
    """A form that is posted; it carries a token."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, form: Any) -> _Words:
            return _Words()

    def refuse(self, refusal: Refused) -> None:
        """Put what an action refused beside its field, or above the form when it names none."""
        if refusal.field in self._fields:
            field = self._fields[refusal.field]
            field.errors = [*field.errors, refusal.message]
        else:
            self.form_errors.append(refusal.message)


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
            if not field.errors and field.data not in (None, "", [], False)
        }


class _Input(Field):
    """One line typed by somebody: cleaned, read, shown again as it was typed."""

    widget = TextInput()
    attributes: ClassVar[dict[str, str]] = {"dir": "ltr", "autocomplete": "off"}
    empty: ClassVar[Any] = None

    def __init__(
        self,
        label: str | None = None,
        *,
        required: bool = True,
        autocomplete: str | None = None,
        render_kw: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        attributes = {**self.attributes, **(render_kw or {})}
        if autocomplete:
            attributes["autocomplete"] = autocomplete
        super().__init__(label, render_kw=attributes, **kwargs)
        self.flags.required = required

    def process_formdata(self, values: Sequence[Any]) -> None:
        self.data = self.empty
        try:
            typed = self.clean(_as_text(values))
        except UncleanText:
            raise ValueError(_("There are characters in this that can't be used.")) from None
        if typed:
            self.data = self.read(typed)
        elif self.flags.required:
            raise ValueError(_("This can't be empty."))

    def pre_validate(self, form: Any) -> None:
        if self.process_errors:
            raise StopValidation

    def clean(self, typed: str) -> str:
        """The text without what does not count, or raise `UncleanText`."""
        return clean_line(typed)

    def read(self, typed: str) -> Any:
        """The value that the text means, or raise `ValueError` with what to do instead."""
        return typed

    def show(self, value: Any) -> str:
        """The value as it stands in the field."""
        return str(value)

    def _value(self) -> str:
        if self.raw_data is not None:
            return without_surrogates(_as_text(self.raw_data))
        return "" if self.data is None else self.show(self.data)


class LineField(_Input):
    """One line of text of `min` to `max` characters."""

    attributes: ClassVar = {"dir": "auto", "autocomplete": "off"}
    empty: ClassVar = ""

    def __init__(
        self, label: str | None = None, *, max: int, min: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(label, **kwargs)
        self.min, self.max = min, max

    def read(self, typed: str) -> str:
        if len(typed) < self.min:
            raise ValueError(
                ngettext(
                    "Write at least %(num)d character.",
                    "Write at least %(num)d characters.",
                    self.min,
                )
            )
        if len(typed) > self.max:
            raise ValueError(
                ngettext(
                    "At most %(num)d character fits here; this has %(count)s.",
                    "At most %(num)d characters fit here; this has %(count)s.",
                    self.max,
                    count=number(len(typed)),
                )
            )
        return typed


class HiddenField(LineField):
    """A line that the page carries along, such as where to go next."""

    widget = HiddenInput()
    attributes: ClassVar = {}


class TextField(LineField):
    """Several lines of text."""

    widget = TextArea()

    def clean(self, typed: str) -> str:
        return clean_text(typed)


class NumberField(_Input):
    """A number from `min` to `max`, rounded to `places`; comma, point and ٫ are the same."""

    attributes: ClassVar = {"dir": "ltr", "autocomplete": "off", "inputmode": "decimal"}

    def __init__(
        self, label: str | None = None, *, min: float, max: float, places: int = 1, **kwargs: Any
    ) -> None:
        super().__init__(label, **kwargs)
        self.min, self.max, self.places = min, max, places

    def read(self, typed: str) -> float | int:
        written = re.sub("[,٫]", ".", to_latin_digits(typed)).replace("−", "-")
        sign = "-?" if self.min < 0 else ""
        if not re.fullmatch(rf"{sign}[0-9]{{1,9}}(\.[0-9]{{1,20}})?", written):
            raise ValueError(self.refusal())
        value = round(float(written), self.places) + 0.0
        if not self.min <= value <= self.max:
            raise ValueError(self.refusal())
        return value

    def refusal(self) -> str:
        return _(
            "Write a number from %(min)s to %(max)s.",
            min=number(self.min, self.places),
            max=number(self.max, self.places),
        )

    def show(self, value: float) -> str:
        return number(value, self.places).replace(",", "").replace("٬", "")


class WholeField(NumberField):
    """A whole number from `min` to `max`."""

    attributes: ClassVar = {"dir": "ltr", "autocomplete": "off", "inputmode": "numeric"}

    def __init__(self, label: str | None = None, *, min: int, max: int, **kwargs: Any) -> None:
        super().__init__(label, min=min, max=max, places=0, **kwargs)

    def read(self, typed: str) -> int:
        written = re.sub(r"(?<=[0-9])[,٬](?=[0-9]{3}\b)", "", to_latin_digits(typed))
        if not re.fullmatch("[0-9]{1,9}", written) or not self.min <= int(written) <= self.max:
            raise ValueError(self.refusal())
        return int(written)


class LatitudeField(NumberField):
    """Degrees north, to about 0.1 m."""

    def __init__(self, label: str | None = None, **kwargs: Any) -> None:
        super().__init__(label, min=-90, max=90, places=6, **kwargs)


class LongitudeField(NumberField):
    """Degrees east, to about 0.1 m."""

    def __init__(self, label: str | None = None, **kwargs: Any) -> None:
        super().__init__(label, min=-180, max=180, places=6, **kwargs)


class DateField(_Input):
    """A day, typed in either calendar and shown in the viewer's."""

    attributes: ClassVar = {"dir": "ltr", "autocomplete": "off", "inputmode": "numeric"}

    def read(self, typed: str) -> dt.date:
        return dates.parse_date(typed)

    def show(self, value: dt.date) -> str:
        return dates.input_date(value)


class TimeField(DateField):
    """A time of day, HH:MM."""

    def read(self, typed: str) -> Any:
        return dates.parse_time(typed)

    def show(self, value: Any) -> str:
        return dates.input_time(value)


class PaceField(_Input):
    """A pace from `min` to `max` seconds a kilometre, typed as m:ss in the viewer's unit."""

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
                    "Write minutes and seconds %(unit)s, from %(min)s to %(max)s.",
                    unit=measures.pace_unit(),
                    min=measures.pace(self.min),
                    max=measures.pace(self.max),
                )
            )
        return seconds

    def show(self, value: float) -> str:
        return measures.pace(value)


class RaceTimeField(_Input):
    """A time over `distance` (a key of `WORLD_RECORDS`) in seconds, typed as h:mm:ss or mm:ss."""

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
                    "That is faster than the world record (%(time)s).",
                    time=measures.race_time(self.record),
                )
            )
        return seconds

    def show(self, value: int) -> str:
        return measures.race_time(value)


class PhoneField(_Input):
    """A mobile number, kept as E.164; by default of a country that the operator sends SMS to."""

    widget = TelInput()
    attributes: ClassVar = {"dir": "ltr", "autocomplete": "tel", "inputmode": "tel"}

    REFUSALS: Final = {
        "invalid": i18n.lazy_gettext("This is not a phone number. Check the digits."),
        "not_mobile": i18n.lazy_gettext("This number can't receive an SMS. Give a mobile number."),
        "country_not_allowed": i18n.lazy_gettext("We can't send SMS to this country."),
    }

    def __init__(
        self, label: str | None = None, *, any_country: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(label, **kwargs)
        self.any_country = any_country

    def clean(self, typed: str) -> str:
        return phone.clean(typed)

    def read(self, typed: str) -> str:
        known = settings()
        countries = None if self.any_country else known.sms_countries
        try:
            return phone.parse(typed, known.phone_region, countries)
        except phone.PhoneError as refused:
            raise ValueError(str(self.REFUSALS[refused.reason])) from None

    def show(self, value: str) -> str:
        return digits(phone.show(value, settings().phone_region))


class CodeField(_Input):
    """A code of `length` digits from an SMS; spaces and dashes between them do not count."""

    attributes: ClassVar = {"dir": "ltr", "autocomplete": "one-time-code", "inputmode": "numeric"}

    def __init__(self, label: str | None = None, *, length: int = 6, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.length = length

    def read(self, typed: str) -> str:
        written = re.sub("[ -]", "", to_latin_digits(typed))
        if not re.fullmatch(f"[0-9]{{{self.length}}}", written):
            raise ValueError(
                ngettext("The code has %(num)d digit.", "The code has %(num)d digits.", self.length)
            )
        return written


class ChoiceField(SelectField):
    """One of `choices`, (value, label) pairs or these by group; exact values only.

    Called it is a select, iterated it is radio buttons.
    """

    option_widget = RadioInput()

    def __init__(
        self,
        label: str | None = None,
        choices: Choices | Callable[[], Choices] = (),
        *,
        required: bool = True,
        **kwargs: Any,
    ) -> None:
        given = choices if callable(choices) else lambda: choices
        super().__init__(label, choices=lambda: _options(given()), **kwargs)
        self.flags.required = required

    def process_formdata(self, values: Sequence[Any]) -> None:
        self.data = _as_text(values) or None
        if self.data is None:
            if self.flags.required:
                raise ValueError(_("Choose one."))
        elif self.data not in (choice.value for choice in self.choices):
            self.data = None
            raise ValueError(_("Choose one of these."))

    def pre_validate(self, form: Any) -> None:
        if self.process_errors:
            raise StopValidation


class ManyField(SelectMultipleField):
    """Any of `choices`, the name repeated; `data` is in the order of the choices."""

    option_widget = CheckboxInput()

    def __init__(
        self,
        label: str | None = None,
        choices: Choices | Callable[[], Choices] = (),
        *,
        required: bool = True,
        **kwargs: Any,
    ) -> None:
        given = choices if callable(choices) else lambda: choices
        super().__init__(label, choices=lambda: _options(given()), **kwargs)
        self.flags.required = required

    def process_formdata(self, values: Sequence[Any]) -> None:
        known = [choice.value for choice in self.choices]
        given = {value for value in values if value != ""}
        self.data = [value for value in known if value in given]
        if given - set(known):
            raise ValueError(_("Choose some of these."))
        if self.flags.required and not given:
            raise ValueError(_("Choose at least one."))

    def pre_validate(self, form: Any) -> None:
        if self.process_errors:
            raise StopValidation


class CheckField(BooleanField):
    """A box that is ticked or not."""


def _as_text(values: Sequence[Any]) -> str:
    """The first of the values posted under a name; a file posted instead of text is nothing."""
    return values[0] if values and isinstance(values[0], str) else ""


def _options(choices: Choices) -> list[SelectChoice]:
    groups: Iterable[tuple[str | None, Sequence[tuple[str, str]]]]
    groups = choices.items() if isinstance(choices, Mapping) else [(None, choices)]
    return [
        SelectChoice(value, label, optgroup=group) for group, pairs in groups for value, label in pairs
    ]
