"""Form fields: those of WTForms, for input in Persian, Arabic-Indic and Latin digits, with clear messages.

No input raises, and none is lost: a field with an error shows again what was typed. `data` is the clean value; of a
field that may be left empty, it is "" for text and None for everything else.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Final

import wtforms
from wtforms import (
    BooleanField as BooleanField,
    FieldList as FieldList,
    FormField as FormField,
    ValidationError as ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput, EmailInput, RadioInput, TelInput, TextArea

from hampa.platform.config import settings
from hampa.platform.locale import dates, measures, phone
from hampa.platform.locale.i18n import digits, gettext as _, lazy_gettext as _l, ngettext, number
from hampa.platform.mail import addresses
from hampa.platform.texts.cleaning import UncleanText, clean_line, clean_text, to_latin_digits, without_surrogates

Choices = Sequence[tuple[str, str]] | Mapping[str, Sequence[tuple[str, str]]]

LTR: Final = {"dir": "ltr", "autocomplete": "off"}
NUMERIC: Final = {**LTR, "inputmode": "numeric"}
DECIMAL: Final = {**LTR, "inputmode": "decimal"}
"""A number pad with a decimal sign, which also separates hours from minutes as well as a colon does."""


class ReadField(wtforms.Field):
    """A field whose validators run only if its input could be read."""

    def pre_validate(self, form: Any) -> None:
        if self.process_errors:
            raise StopValidation


class InputField(ReadField, wtforms.StringField):
    """A line of text that stands for a value: `coerce` makes the value of the text, `format` the text of the value.

    `coerce` raises `ValueError` with what to do instead. `min` and `max` are for subclasses.
    """

    attributes: ClassVar[dict[str, str]] = LTR
    empty: ClassVar[Any] = None
    clean: Callable[[str], str] = staticmethod(clean_line)

    def __init__(
        self,
        label: str | None = None,
        *,
        min: Any = None,
        max: Any = None,
        required: bool = True,
        autocomplete: str | None = None,
        render_kw: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        given = {"autocomplete": autocomplete} if autocomplete else {}
        super().__init__(label, render_kw={**self.attributes, **(render_kw or {}), **given}, **kwargs)
        self.min, self.max = min, max
        self.flags.required = required

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = self.empty
        try:
            text = self.clean(_first_text(valuelist))
        except UncleanText:
            raise ValueError(_("There are characters in this that can't be used.")) from None
        if text:
            self.data = self.coerce(text)
        elif self.flags.required:
            raise ValueError(_("This can't be empty."))

    def _value(self) -> str:
        if self.raw_data is not None:
            return without_surrogates(_first_text(self.raw_data))
        return "" if self.data is None else self.format(self.data)

    def coerce(self, text: str) -> Any:
        return text

    def format(self, value: Any) -> str:
        return str(value)


class StringField(InputField):
    """One line of text of `min` to `max` characters."""

    attributes: ClassVar = {"dir": "auto", "autocomplete": "off"}
    empty = ""

    def coerce(self, text: str) -> str:
        if self.min and len(text) < self.min:
            raise ValueError(
                ngettext("Write at least %(num)d character.", "Write at least %(num)d characters.", self.min)
            )
        if len(text) > self.max:
            raise ValueError(
                ngettext(
                    "At most %(num)d character fits here; this has %(count)s.",
                    "At most %(num)d characters fit here; this has %(count)s.",
                    self.max,
                    count=number(len(text)),
                )
            )
        return text


class TextAreaField(StringField):
    """Several lines of text."""

    widget = TextArea()
    clean = staticmethod(clean_text)


class HiddenField(wtforms.HiddenField):
    """Text that the page carries along, such as where to go next; any text is accepted."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = without_surrogates(_first_text(valuelist))

    def _value(self) -> str:
        return self.data or ""


class FloatField(InputField):
    """A number from `min` to `max`, rounded to `places`; comma, point and ٫ are the same."""

    attributes = DECIMAL
    places: ClassVar[int] = 1

    def coerce(self, text: str) -> float | int:
        written = to_latin_digits(text).replace("−", "-")
        # A slash is the decimal sign of many a Persian hand: ۸/۵.
        written = re.sub("[,٫/]" if written != text else "[,٫]", ".", written)
        sign = "-?" if self.min < 0 else ""
        if not re.fullmatch(rf"{sign}[0-9]{{1,9}}(\.[0-9]{{1,20}})?", written):
            raise self.out_of_range()
        return self.in_range(round(float(written), self.places) + 0.0)

    def in_range(self, value: Any) -> Any:
        """Return the value. Raise `ValueError` if it is not from `min` to `max`."""
        if not self.min <= value <= self.max:
            raise self.out_of_range()
        return value

    def out_of_range(self) -> ValueError:
        """Return the error that names the range."""
        least, most = (number(bound, self.places) for bound in (self.min, self.max))
        return ValueError(_("Write a number from %(min)s to %(max)s.", min=least, max=most))

    def format(self, value: float) -> str:
        return number(value, self.places).replace(",", "").replace("٬", "")


class IntegerField(FloatField):
    """A whole number from `min` to `max`."""

    attributes = NUMERIC
    places = 0

    def coerce(self, text: str) -> int:
        written = re.sub(r"(?<=[0-9])[,٬](?=[0-9]{3}\b)", "", to_latin_digits(text))
        if not re.fullmatch("[0-9]{1,9}", written):
            raise self.out_of_range()
        return int(self.in_range(int(written)))


class DegreesField(FloatField):
    """Degrees on the map, to about 0.1 m."""

    attributes = LTR  # number pads have no minus
    places = 6


LatitudeField = partial(DegreesField, min=-90, max=90)
LongitudeField = partial(DegreesField, min=-180, max=180)


class DateField(InputField):
    """A day, typed in either calendar and shown in the viewer's."""

    attributes = DECIMAL
    coerce = staticmethod(dates.parse_date)
    format = staticmethod(dates.input_date)  # type: ignore[assignment]


class TimeField(InputField):
    """A time of day, HH:MM."""

    attributes = DECIMAL
    coerce = staticmethod(dates.parse_time)
    format = staticmethod(dates.input_time)  # type: ignore[assignment]


class PaceField(InputField):
    """A pace from `min` to `max` seconds a kilometre, typed as m:ss in the viewer's unit."""

    attributes = DECIMAL
    format = staticmethod(measures.pace)  # type: ignore[assignment]

    def coerce(self, text: str) -> int:
        try:
            seconds = measures.parse_pace(text)
        except ValueError:
            seconds = 0
        if self.min <= seconds <= self.max:
            return seconds
        raise ValueError(
            _(
                "Write the pace in minutes and seconds, from %(min)s to %(max)s %(unit)s.",
                unit=measures.pace_unit(),
                min=measures.pace(self.min),
                max=measures.pace(self.max),
            )
        )


class RaceTimeField(InputField):
    """A time over `distance` (a key of `WORLD_RECORDS`) in seconds, typed as h:mm:ss or mm:ss."""

    attributes = DECIMAL
    format = staticmethod(measures.race_time)  # type: ignore[assignment]

    def __init__(self, label: str | None = None, *, distance: str, **kwargs: Any) -> None:
        super().__init__(label, min=measures.WORLD_RECORDS[distance], **kwargs)

    def coerce(self, text: str) -> int:
        try:
            seconds = measures.parse_race_time(text)
        except ValueError:
            example = digits("1:45:30")
            raise ValueError(_("Write hours, minutes and seconds, such as %(example)s.", example=example)) from None
        if seconds < self.min:
            record = measures.race_time(self.min)
            raise ValueError(_("Faster than the world record (%(time)s)? Check the digits.", time=record))
        return seconds


class PhoneField(InputField):
    """A mobile number, kept as E.164; by default of a country that the operator sends SMS to.

    With `to_call`, any number of any country: nothing is ever sent to it.
    """

    widget = TelInput()
    attributes: ClassVar = {"dir": "ltr", "autocomplete": "tel", "inputmode": "tel"}
    clean = staticmethod(phone.clean)

    MESSAGES: Final = {
        "invalid": _l("This is not a phone number. Check the digits."),
        "not_mobile": _l("This number can't receive an SMS. Give a mobile number."),
        "country_not_allowed": _l("We can't send SMS to this country."),
    }

    def __init__(self, label: str | None = None, *, to_call: bool = False, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.to_call = to_call

    def coerce(self, text: str) -> str:
        countries = None if self.to_call else settings().sms_countries
        try:
            return phone.parse(text, settings().phone_region, countries, any_line=self.to_call)
        except phone.PhoneError as error:
            raise ValueError(str(self.MESSAGES[error.reason])) from None

    def format(self, value: str) -> str:
        return digits(phone.format_phone(value, settings().phone_region))


class UUIDField(InputField):
    """The id of a row; whether this person may choose it, the action decides. `message` is the error of other text."""

    def __init__(self, label: str | None = None, *, message: str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.message = message

    def coerce(self, text: str) -> uuid.UUID:
        try:
            return uuid.UUID(text)
        except ValueError:
            raise ValueError(str(self.message)) from None


class CodeField(InputField):
    """A code of six digits from an SMS; spaces and dashes between them do not count."""

    attributes: ClassVar = {"dir": "ltr", "autocomplete": "one-time-code", "inputmode": "numeric"}
    length = 6

    def coerce(self, text: str) -> str:
        code = re.sub("[ -]", "", to_latin_digits(text))
        if not re.fullmatch("[0-9]{6}", code):
            raise ValueError(ngettext("The code has %(num)d digit.", "The code has %(num)d digits.", 6))
        return code


class EmailField(InputField):
    """A mail address, kept with its domain in small ASCII letters."""

    widget = EmailInput()
    attributes: ClassVar = {"dir": "ltr", "autocomplete": "email", "inputmode": "email"}

    def coerce(self, text: str) -> str:
        try:
            return addresses.parse(text)
        except ValueError:
            raise ValueError(_("This is not a mail address. Check what stands before and after the @.")) from None


class YearField(InputField):
    """A year from `min` to `years_ago` years ago (both Gregorian), typed in either calendar, shown in the viewer's."""

    attributes = NUMERIC
    format = staticmethod(dates.input_year)  # type: ignore[assignment]

    def __init__(self, label: str | None = None, *, years_ago: int, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.years_ago = years_ago

    def coerce(self, text: str) -> int:
        last = dates.today().year - self.years_ago
        try:
            year = dates.parse_year(text)
        except dates.DateError:
            year = 0
        if self.min <= year <= last:
            return year
        first, last_year = dates.input_year(self.min), dates.input_year(last)
        raise ValueError(_("Write the year with four digits, from %(first)s to %(last)s.", first=first, last=last_year))


class SelectField(ReadField, wtforms.SelectField):
    """One of `choices`, (value, label) pairs or these by group; exact values only.

    Called it is a select, iterated it is radio buttons.
    """

    data: Any
    option_widget = RadioInput()

    def __init__(
        self,
        label: str | None = None,
        choices: Choices | Callable[[], Choices] = (),
        *,
        required: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, choices=lambda: _options(choices() if callable(choices) else choices), **kwargs)
        self.flags.required = required

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = _first_text(valuelist) or None
        if self.data is None:
            if self.flags.required:
                raise ValueError(_("Choose one."))
        elif self.data not in (choice.value for choice in self.choices):
            self.data = None
            raise ValueError(_("Choose one of these."))


class SelectMultipleField(SelectField, wtforms.SelectMultipleField):
    """Any of `choices`, the name repeated; `data` is in the order of the choices."""

    option_widget = CheckboxInput()

    def process_data(self, value: Iterable[str] | None) -> None:
        self.data = list(value or ())

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        known = [choice.value for choice in self.choices]
        given = {value for value in valuelist if value != ""}
        self.data = [value for value in known if value in given]
        if given - set(known):
            raise ValueError(_("Choose some of these."))
        if self.flags.required and not given:
            raise ValueError(_("Choose at least one."))


def _first_text(values: Sequence[Any]) -> str:
    """Return the first of the values posted under a name; a file posted instead of text is empty."""
    return values[0] if values and isinstance(values[0], str) else ""


def _options(choices: Choices) -> list[SelectChoice]:
    groups: Iterable[tuple[str | None, Sequence[tuple[str, str]]]]
    groups = choices.items() if isinstance(choices, Mapping) else [(None, choices)]
    return [SelectChoice(value, label, optgroup=group) for group, pairs in groups for value, label in pairs]
