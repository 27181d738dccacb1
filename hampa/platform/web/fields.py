"""Fields for text, numbers and choices; those with a meaning of their own (dates, paces) are in `forms`.

Nothing typed raises, and nothing typed is lost: a field that refuses shows again what was in it.
`data` is the clean value; when a field may be left empty, "" for text and None for everything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from wtforms import Field, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput, HiddenInput, RadioInput, TextArea, TextInput

from hampa.platform.i18n import gettext as _, ngettext, number
from hampa.platform.text import UncleanText, clean_line, clean_text, to_latin_digits, without_surrogates

Choices = Sequence[tuple[str, str]] | Mapping[str, Sequence[tuple[str, str]]]


class Input(Field):
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


class LineField(Input):
    """One line of text of `min` to `max` characters."""

    attributes: ClassVar = {"dir": "auto", "autocomplete": "off"}
    empty: ClassVar = ""

    def __init__(self, label: str | None = None, *, max: int, min: int = 0, **kwargs: Any) -> None:
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


class TextField(LineField):
    """Several lines of text."""

    widget = TextArea()

    def clean(self, typed: str) -> str:
        return clean_text(typed)


class HiddenField(Field):
    """Text that the page carries along, such as where to go next; it refuses nothing."""

    widget = HiddenInput()

    def process_formdata(self, values: Sequence[Any]) -> None:
        self.data = without_surrogates(_as_text(values))

    def _value(self) -> str:
        return self.data or ""


class NumberField(Input):
    """A number from `min` to `max`, rounded to `places`; comma, point and ٫ are the same."""

    attributes: ClassVar = {"dir": "ltr", "autocomplete": "off", "inputmode": "decimal"}

    def __init__(self, label: str | None = None, *, min: float, max: float, places: int = 1, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.min, self.max, self.places = min, max, places

    def read(self, typed: str) -> float | int:
        written = to_latin_digits(typed).replace("−", "-")
        # A slash is the decimal sign of many a Persian hand: ۸/۵.
        written = re.sub("[,٫/]" if written != typed else "[,٫]", ".", written)
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

    # Number pads have no minus.
    attributes: ClassVar = {"dir": "ltr", "autocomplete": "off"}

    def __init__(self, label: str | None = None, **kwargs: Any) -> None:
        super().__init__(label, min=-90, max=90, places=6, **kwargs)


class LongitudeField(NumberField):
    """Degrees east, to about 0.1 m."""

    attributes: ClassVar = {"dir": "ltr", "autocomplete": "off"}

    def __init__(self, label: str | None = None, **kwargs: Any) -> None:
        super().__init__(label, min=-180, max=180, places=6, **kwargs)


class ChoiceField(SelectField):
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

    def process_data(self, value: Iterable[str] | None) -> None:
        self.data = list(value or ())

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


def _as_text(values: Sequence[Any]) -> str:
    """The first of the values posted under a name; a file posted instead of text is nothing."""
    return values[0] if values and isinstance(values[0], str) else ""


def _options(choices: Choices) -> list[SelectChoice]:
    groups: Iterable[tuple[str | None, Sequence[tuple[str, str]]]]
    groups = choices.items() if isinstance(choices, Mapping) else [(None, choices)]
    return [SelectChoice(value, label, optgroup=group) for group, pairs in groups for value, label in pairs]
