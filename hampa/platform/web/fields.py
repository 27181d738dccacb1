"""Form fields: those of WTForms, for input in Persian, Arabic-Indic and Latin digits, with clear messages.

A field with an error shows again what was typed. `data` is the clean value; of an empty field it is "" for text and None
for everything else.
"""

import datetime as dt
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Final

import wtforms
from wtforms import FieldList as FieldList, FormField as FormField
from wtforms.validators import ValidationError as ValidationError
from wtforms.widgets import EmailInput, TelInput, TextArea

from hampa.platform.config import settings
from hampa.platform.locale import date_parsing, dates, measures, phone
from hampa.platform.locale.i18n import digits, gettext as _, lazy_gettext as _l, ngettext, number
from hampa.platform.locale.phone_words import countries_in_words, readings_in_words
from hampa.platform.locale.regions import phone_regions
from hampa.platform.mail import addresses
from hampa.platform.texts.cleaning import UncleanText, clean_line, clean_text, to_latin_digits, without_surrogates
from hampa.platform.web.choice_fields import (
    BooleanField as BooleanField,
    HiddenField as HiddenField,
    ReadField,
    SelectField as SelectField,
    SelectMultipleField as SelectMultipleField,
    first_text,
)

LTR: Final = {"dir": "ltr", "autocomplete": "off"}
WORDS: Final = {"dir": "auto", "autocomplete": "off"}
NUMERIC: Final = {**LTR, "inputmode": "numeric"}
DECIMAL: Final = {**LTR, "inputmode": "decimal"}
"""A number pad with a decimal sign, which also separates hours from minutes as well as a colon does."""


LONGEST_LINE: Final = 2_000
"""Characters that are looked at of a line at most: some of what reads values takes the square of their length."""


class InputField(ReadField, wtforms.StringField):
    """A line of text for a value; subclasses convert by `coerce` and `format`, and use `min` and `max`.

    A ValueError of `coerce` gets `message` in place of its own text if there is one.
    """

    attributes: ClassVar[dict[str, str]] = LTR
    empty: ClassVar[Any] = None
    message: Any = None
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
        attributes = {**self.attributes, **(render_kw or {})}
        if autocomplete:
            attributes["autocomplete"] = autocomplete
        super().__init__(label, render_kw=attributes, **kwargs)
        self.min, self.max = min, max
        self.flags.required = required

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Clean and convert the text."""
        self.data = self.empty
        self.check_length(typed := first_text(valuelist))
        try:
            text = self.clean(typed)
        except UncleanText as error:
            raise ValueError(_unclean_in_words(error)) from None
        if not text and self.flags.required:
            raise ValueError(_("This can't be empty."))
        try:
            self.data = self.coerce(text) if text else self.empty
        except ValueError as error:
            raise ValueError(str(self.message or error)) from None

    @property
    def longest(self) -> int:
        """The characters that are looked at, and shown again, at most."""
        return LONGEST_LINE

    def check_length(self, typed: str) -> None:
        """Raise ValueError if a text is too long to be looked at."""
        if len(typed) > self.longest:
            raise ValueError(too_long_in_words(len(typed), self.longest))

    def _value(self) -> str:
        if self.raw_data is not None:
            return without_surrogates(first_text(self.raw_data)[: self.longest])
        return "" if self.data is None else self.format(self.data)

    def coerce(self, text: str) -> Any:
        """Return the value of a text, or raise ValueError with what to write instead."""
        return text

    def format(self, value: Any) -> str:
        """Return the text of a value."""
        return str(value)

    def in_range(self, value: Any) -> Any:
        """Return the value, or raise ValueError if it is not from `min` to `max`."""
        if not self.min <= value <= self.max:
            raise ValueError
        return value


def too_long_in_words(length: int, most: int) -> str:
    """Return that a text is longer than `most`, and how long it is."""
    return ngettext(
        "At most %(num)d character fits here; this has %(count)s.",
        "At most %(num)d characters fit here; this has %(count)s.",
        most,
        count=number(length),
    )


def _unclean_in_words(error: UncleanText) -> str:
    """Return what stands where in a text that can't be used."""
    if not error.before:
        return _("There is something invisible at the beginning that can't be used. Delete it, and write that again.")
    return _(
        "After “%(text)s” there is something invisible that can't be used. Delete it, and write that again.",
        text=error.before,
    )


class StringField(InputField):
    """One line of text of `min` to `max` characters."""

    attributes: ClassVar = {"dir": "auto", "autocomplete": "off"}
    empty = ""

    def coerce(self, text: str) -> str:
        """Return the text if its length is allowed."""
        if self.min and len(text) < self.min:
            error = ngettext("Enter at least %(num)d character.", "Enter at least %(num)d characters.", self.min)
            raise ValueError(error)
        if len(text) > self.max:
            raise ValueError(too_long_in_words(len(text), self.max))
        return text

    @property
    def longest(self) -> int:
        """Several times what fits: spaces at the ends do not count, and who pasted too much cuts it here."""
        return max(LONGEST_LINE, 4 * int(self.max))

    def check_length(self, typed: str) -> None:
        """Raise ValueError if a text is several times longer than what fits."""
        if len(typed) > self.longest:
            raise ValueError(too_long_in_words(len(typed), self.max))


class TextAreaField(StringField):
    """Several lines of text."""

    widget = TextArea()
    clean = staticmethod(clean_text)


class FloatField(InputField):
    """A number from `min` to `max`, rounded to `places`; comma, point and ٫ are the same."""

    attributes = DECIMAL
    places: ClassVar[int] = 1

    @property
    def message(self) -> str:
        """Return the message with the range."""
        least, most = (number(bound, self.places) for bound in (self.min, self.max))
        return _("Enter a number from %(min)s to %(max)s.", min=least, max=most)

    def coerce(self, text: str) -> float | int:
        """Return the number in any digits."""
        written = to_latin_digits(text).replace("−", "-")
        # Many people write a slash as the decimal sign in Persian: ۸/۵.
        written = re.sub("[,٫/]" if written != text else "[,٫]", ".", written)
        sign = "-?" if self.min < 0 else ""
        if not re.fullmatch(rf"{sign}[0-9]{{1,9}}(\.[0-9]{{1,20}})?", written):
            raise ValueError
        return self.in_range(round(float(written), self.places) + 0.0)

    def format(self, value: float) -> str:
        """Return the number without separators of thousands."""
        return number(value, self.places).replace(",", "").replace("٬", "")


class IntegerField(FloatField):
    """A whole number from `min` to `max`."""

    attributes = NUMERIC
    places = 0

    def coerce(self, text: str) -> int:
        """Return the number in any digits, with or without separators of thousands."""
        written = re.sub(r"(?<=[0-9])[,٬](?=[0-9]{3}\b)", "", to_latin_digits(text))
        if not re.fullmatch("[0-9]{1,9}", written):
            raise ValueError
        return int(self.in_range(int(written)))


class DegreesField(FloatField):
    """Degrees on the map, to about 0.1 m."""

    attributes = LTR  # number pads have no minus
    places = 6


LatitudeField = partial(DegreesField, min=-90, max=90)
LongitudeField = partial(DegreesField, min=-180, max=180)


class DateField(InputField):
    """A day, typed in either calendar or in words, and shown in the viewer's calendar.

    With `takes_time` a time may stand after it, which is `time` then.
    """

    attributes = WORDS
    format = staticmethod(dates.input_date)  # type: ignore[assignment]
    time: dt.time | None = None

    def __init__(self, label: str | None = None, *, takes_time: bool = False, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.takes_time = takes_time

    def coerce(self, text: str) -> dt.date:
        """Return the day, and keep the time."""
        if not self.takes_time:
            return date_parsing.parse_date(text)
        day, self.time = date_parsing.parse_day_and_time(text)
        return day or date_parsing.parse_date(text)


class PaceField(InputField):
    """A pace from `min` to `max` seconds a kilometre, typed as m:ss in the viewer's unit."""

    attributes = DECIMAL
    format = staticmethod(measures.pace)  # type: ignore[assignment]

    def coerce(self, text: str) -> int:
        """Return the seconds a kilometre."""
        return int(self.in_range(measures.parse_pace(text)))

    @property
    def message(self) -> str:
        """Return the message with the range."""
        return _(
            "Enter the pace in minutes and seconds, from %(min)s to %(max)s %(unit)s.",
            unit=measures.pace_unit(),
            min=measures.pace(self.min),
            max=measures.pace(self.max),
        )


class RaceTimeField(InputField):
    """A time over `distance` (a key of `WORLD_RECORDS`) in seconds, typed as h:mm:ss or mm:ss."""

    attributes = DECIMAL
    format = staticmethod(measures.race_time)  # type: ignore[assignment]

    def __init__(self, label: str | None = None, *, distance: str, **kwargs: Any) -> None:
        super().__init__(label, min=measures.WORLD_RECORDS[distance], **kwargs)

    def coerce(self, text: str) -> int:
        """Return the seconds."""
        try:
            seconds = measures.parse_race_time(text)
        except ValueError:
            example = digits("1:45:30")
            raise ValueError(_("Enter hours, minutes and seconds, such as %(example)s.", example=example)) from None
        if seconds < self.min:
            record = measures.race_time(self.min)
            raise ValueError(_("Faster than the world record (%(time)s)? Check the digits.", time=record))
        return seconds


class PhoneField(InputField):
    """A mobile number in E.164, of a country that the operator sends SMS to; with `to_call`, any number of any country.

    Without a country code it is read as in `regions()`. The `readings` of an ambiguous one are in E.164, by country.
    """

    widget = TelInput()
    attributes: ClassVar = {"dir": "ltr", "autocomplete": "tel", "inputmode": "tel"}
    clean = staticmethod(phone.clean)
    MESSAGES: Final = {
        "invalid": _l(
            "This is not a phone number. Check the digits; from another country it begins with + and the country's code."
        ),
        "not_mobile": _l("This number can't receive an SMS. Enter a mobile number."),
    }

    def __init__(
        self,
        label: str | None = None,
        *,
        to_call: bool = False,
        regions: Callable[[], Sequence[str]] = phone_regions,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, **kwargs)
        self.to_call, self.regions = to_call, regions
        self.readings: Mapping[str, str] = {}

    def coerce(self, text: str) -> str:
        """Return the number in E.164."""
        countries = None if self.to_call else settings().sms_countries
        try:
            return phone.parse_in_regions(text, self.regions(), countries, any_line=self.to_call)
        except phone.PhoneError as error:
            self.readings = error.readings
            message = readings_in_words(error.readings) or self.MESSAGES.get(error.reason)
            raise ValueError(str(message or countries_in_words(countries or ()))) from None

    def format(self, value: str) -> str:
        """Return the number in the viewer's digits."""
        return digits(phone.format_phone(value, settings().phone_region))


class UUIDField(InputField):
    """The id of a row, which the action checks; `message` is the error for other text."""

    def __init__(self, label: str | None = None, *, message: str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.message = message

    coerce = staticmethod(uuid.UUID)  # type: ignore[assignment]


class CodeField(InputField):
    """A code of six digits from an SMS, with or without spaces and dashes."""

    attributes: ClassVar = {"dir": "ltr", "autocomplete": "one-time-code", "inputmode": "numeric"}
    length = 6

    def coerce(self, text: str) -> str:
        """Return the six digits."""
        code = re.sub("[ -]", "", to_latin_digits(text))
        if not re.fullmatch("[0-9]{6}", code):
            raise ValueError(ngettext("The code has %(num)d digit.", "The code has %(num)d digits.", 6))
        return code


class EmailField(InputField):
    """A mail address; its domain is converted to lower-case ASCII."""

    widget = EmailInput()
    attributes: ClassVar = {"dir": "ltr", "autocomplete": "email", "inputmode": "email"}
    message = _l("This is not an email address. Check what is before and after the @.")
    coerce = staticmethod(addresses.parse)  # type: ignore[assignment]


class YearField(InputField):
    """A year from `min` to `years_ago` years ago (both Gregorian), typed in either calendar, shown in the viewer's."""

    attributes = NUMERIC
    format = staticmethod(dates.input_year)  # type: ignore[assignment]

    def __init__(self, label: str | None = None, *, years_ago: int, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.years_ago = years_ago

    def coerce(self, text: str) -> int:
        """Return the Gregorian year."""
        self.max = dates.today().year - self.years_ago
        return int(self.in_range(dates.parse_year(text)))

    @property
    def message(self) -> str:
        """Return the message with the range."""
        first, last = dates.input_year(self.min), dates.input_year(self.max)
        return _("Enter the year with four digits, from %(first)s to %(last)s.", first=first, last=last)
