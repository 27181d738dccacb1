"""Fields with choices, boxes and hidden texts, and what they share with the fields of `platform.web.fields`."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

import wtforms
from markupsafe import Markup, escape
from wtforms.fields.choices import SelectChoice
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput, HiddenInput, RadioInput, Select

from hampa.platform.locale.i18n import gettext as _
from hampa.platform.texts.cleaning import without_surrogates

Choices = Sequence[tuple[str, str]] | Mapping[str, Sequence[tuple[str, str]]]
MOST_LONG_LISTS, MOST_LISTS = 16, 1_000
LONGEST_HIDDEN = 16_000
"""Characters of a hidden text at most: the longest are what passkeys sign, and addresses with Persian filters."""


class ReadField(wtforms.Field):
    """A field whose validators run only after its input was read without an error."""

    raw_data: Any

    def pre_validate(self, form: Any) -> None:
        """Stop validation after an error in reading."""
        if self.process_errors:
            raise StopValidation


class QuickSelect(Select):
    """A select that writes an option in one line: some have a hundred, and WTForms makes five objects of each."""

    @classmethod
    def render_option(cls, choice: Any, **kwargs: Any) -> Markup:
        """Return the markup of an option."""
        if kwargs or choice.render_kw or type(choice.value) is not str:
            return Markup(super().render_option(choice, **kwargs))  # noqa: S704 - WTForms has escaped it
        selected = "selected " if choice.selected else ""
        value, label = escape(choice.value), escape(choice.label or choice.value)
        return Markup(f'<option {selected}value="{value}">{label}</option>')  # noqa: S704 - of escaped parts


class SelectField(ReadField, wtforms.SelectField):
    """One of `choices`, which are (value, label) pairs or such pairs by group.

    Called, it renders a select; iterated, radio buttons. Choices that depend on the thing that the form is about are set
    by `set_choices` once the form is made: the value is compared with them when the form is validated.
    """

    data: Any
    widget = QuickSelect()
    option_widget = RadioInput()

    def __init__(
        self,
        label: str | None = None,
        choices: Choices | Callable[[], Choices] = (),
        *,
        required: bool = True,
        **kwargs: Any,
    ) -> None:
        read = (lambda: _options(choices())) if callable(choices) else (lambda: _kept(choices, _lists_of_fields))
        super().__init__(label, choices=read, **kwargs)
        self.flags.required = required

    def _invoke_choices_callback(self, cb: Callable[[], list[SelectChoice]]) -> list[SelectChoice]:
        """Return the choices; WTForms would look each time for what the function takes."""
        return cb()

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the value."""
        self.data = first_text(valuelist) or None
        if self.data is None and self.flags.required:
            raise ValueError(_("Choose one."))

    def pre_validate(self, form: Any) -> None:
        """Require one of the choices."""
        ReadField.pre_validate(self, form)
        if self.raw_data and self.data is not None and self.data not in self.values:
            self.data = None
            raise StopValidation(_("Choose one of these."))

    def set_choices(self, choices: Choices) -> None:
        """Set the choices of a form that is made already."""
        self.choices = _options(choices)

    @property
    def values(self) -> list[str]:
        """Return the values of the choices."""
        return [choice.value for choice in self.choices]


class SelectMultipleField(SelectField, wtforms.SelectMultipleField):
    """Any of `choices`; `data` is in their order."""

    option_widget = CheckboxInput()

    def process_data(self, value: Iterable[str] | None) -> None:
        """Set the values of an object."""
        self.data = list(value or ())

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the values."""
        self.data = [value for value in valuelist if isinstance(value, str) and value != ""]
        if self.flags.required and not self.data:
            raise ValueError(_("Choose at least one."))

    def pre_validate(self, form: Any) -> None:
        """Put the values in the order of the choices, and require that they are among them."""
        ReadField.pre_validate(self, form)
        chosen = set(self.data)
        self.data = [value for value in self.values if value in chosen]
        if chosen - set(self.data):
            raise StopValidation(_("Choose some of these."))


class QuickHidden(HiddenInput):
    """The input of a hidden field, which has nothing but its value: a form has several, of each person their own."""

    def __call__(self, field: Any, **attributes: Any) -> Markup:
        """Return the markup."""
        if attributes or field.flags.required or field.flags.disabled:
            return Markup(super().__call__(field, **attributes))  # noqa: S704 - WTForms has escaped it
        name, value = escape(field.name), escape(field._value())
        return Markup(f'<input id="{escape(field.id)}" name="{name}" type="hidden" value="{value}">')  # noqa: S704 - escaped


class HiddenField(wtforms.HiddenField):
    """Any text that is sent along, such as the URL of the next page; one that no page of ours sends along is none."""

    widget = QuickHidden()

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read the text."""
        text = first_text(valuelist)
        self.data = without_surrogates(text) if len(text) <= LONGEST_HIDDEN else ""


class BooleanField(wtforms.BooleanField):
    """A box to tick, whose value is never what was posted."""

    def _value(self) -> str:
        return "y"


def first_text(values: Sequence[Any]) -> str:
    """Return the first posted value, or "" if it is a file."""
    return values[0] if values and isinstance(values[0], str) else ""


def key_of_options(options: Sequence[SelectChoice]) -> Hashable:
    """Return what tells the options of a field from others: the list itself if it is kept, else what is in it."""
    if id(options) in _ids_of_kept:
        return id(options)
    return tuple((option.value, str(option.label), option.optgroup) for option in options)


_lists_of_fields: dict[int, tuple[Choices, list[SelectChoice]]] = {}
"""The options of the choices with which fields are defined, by the identity of the choices: made once a process."""
_long_lists: dict[int, tuple[Choices, list[SelectChoice]]] = {}
"""Such options of choices in groups, such as all time zones."""
_ids_of_kept: set[int] = set()


def _options(choices: Choices) -> list[SelectChoice]:
    """Return the options of choices that may be of one request alone, if they are not in groups."""
    if isinstance(choices, Mapping):
        return _kept(choices, _long_lists, MOST_LONG_LISTS)
    return [SelectChoice(value, label) for value, label in choices]


def _kept(
    choices: Choices, lists: dict[int, tuple[Choices, list[SelectChoice]]], most: int = MOST_LISTS
) -> list[SelectChoice]:
    kept = lists.get(id(choices))
    if kept is not None:
        return kept[1]
    groups = choices.items() if isinstance(choices, Mapping) else [(None, choices)]
    options = [SelectChoice(value, label, optgroup=group) for group, pairs in groups for value, label in pairs]
    if len(lists) < most:
        lists[id(choices)] = choices, options
        _ids_of_kept.add(id(options))
    return options
