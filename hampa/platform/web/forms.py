"""Forms: posted ones and those of the query string."""

import hashlib
import json
import uuid
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Final

from flask import Flask, g, request
from flask_wtf import FlaskForm
from werkzeug.datastructures import CombinedMultiDict, FileStorage
from wtforms import Field, FieldList, FormField
from wtforms.fields.core import UnboundField
from wtforms.widgets import FileInput

from hampa.platform.db import Record
from hampa.platform.errors import DomainError
from hampa.platform.locale import i18n
from hampa.platform.submissions import create_once, created_by
from hampa.platform.web.blanks import csrf_token, new_submission
from hampa.platform.web.choice_fields import SelectField, key_of_options
from hampa.platform.web.fields import BooleanField, HiddenField, InputField

CHUNK: Final = 1 << 20
LONGEST_KEPT_VALUE: Final = 100
MOST_BLANKS: Final = 200
EMPTY: Final[tuple[object, ...]] = (None, "", [])


class Translations:
    """The catalogue for WTForms' own messages."""

    gettext = staticmethod(i18n.gettext)
    ngettext = staticmethod(i18n.ngettext)


def is_first_invalid(field: Field) -> bool:
    """Return whether this is the first field with an error in the order of rendering.

    That field gets the focus, so that the error is visible however long the form.
    """
    return bool(field.errors) and g.setdefault("first_invalid_field", field) is field


def rendering_key(field: Field) -> Hashable | None:
    """Return all of a field that its markup depends on; None for fields with errors, long texts, and fields of fields."""
    definition = getattr(field, "definition", None)
    if definition is None or field.errors:
        return None
    options: Hashable = None
    if isinstance(field, SelectField):
        value = tuple(field.data) if isinstance(field.data, list) else field.data
        options = key_of_options(field.choices)
    elif isinstance(field, InputField):
        value = field._value()
        if len(value) > LONGEST_KEPT_VALUE:
            return None
    elif isinstance(field, BooleanField):
        value = bool(field.data)
    elif isinstance(field.widget, FileInput):
        value = None  # browsers forget what was chosen
    else:
        return None
    attributes = tuple((field.render_kw or {}).items())
    return (
        definition,
        field.id,
        field.name,
        str(field.label.text),
        value,
        options,
        tuple(vars(field.flags).items()),
        attributes,
    )


class TokenOfForms(FlaskForm.Meta.csrf_class):
    """The token of Flask-WTF as templates write it (`blanks`), which is signed once a minute."""

    def generate_csrf_token(self, csrf_token_field: Field) -> str:
        """Return the token of the viewer's forms."""
        return csrf_token()


class Form(FlaskForm):
    """A form that is posted, with a token."""

    class Meta(FlaskForm.Meta):
        """The settings of all forms."""

        csrf_class = TokenOfForms

        def bind_field(self, form: Any, unbound_field: UnboundField, options: dict[str, Any]) -> Field:
            """Make the field of this form, which remembers by what it was defined (`rendering_key`)."""
            field = super().bind_field(form, unbound_field, options)
            field.definition = unbound_field
            return field

        def get_translations(self, form: Any) -> Translations:
            """Return the catalogue."""
            return Translations()

        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:
            """Return what was posted, also if that is nothing: required fields are required of it too.

            Flask-WTF would take it for a form that was not sent, and read JSON.
            """
            if formdata is None or hasattr(formdata, "getlist"):
                return formdata
            if not form.is_submitted():
                return None
            return CombinedMultiDict((request.files, request.form)) if request.files else request.form

        def render_field(self, field: Field, render_kw: Mapping[str, Any]) -> Any:
            """Render a field without attributes that are None, and give the focus to the first with an error."""
            if is_first_invalid(field):
                render_kw = {**render_kw, "autofocus": True}
            return super().render_field(field, {k: v for k, v in render_kw.items() if v is not None})

    _error: DomainError | None = None

    @property
    def http_status(self) -> int:
        """Return the status of a page with the form: that of a domain error, 422 with other errors, or 200."""
        if self._error is not None:
            return self._error.status
        return 422 if self.errors else 200

    @property
    def leads_to(self) -> str:
        """Return the endpoint of the page where one reads more about a domain error, "" if there is none."""
        return str(getattr(self._error, "leads_to", ""))

    def refuse(self, error: DomainError) -> None:
        """Add a domain error to the errors of its field, or of the form if it names none."""
        self._error = error
        if (field := self._fields.get(error.field)) is not None:
            field.errors = [*field.errors, error.message]
        else:
            self.form_errors.append(error.message)


class OnceForm(Form):
    """A form that creates one thing even if it is sent twice; `ui.submission` renders its hidden field.

    A view calls `form.once(me(), create)`, and answers with the thing whose id that returns.
    """

    submission = HiddenField(default=new_submission)

    def submission_of(self, person_id: uuid.UUID) -> uuid.UUID:
        """Return the id of the submission: the same for the same form with the same content.

        A form that is changed after a step back in the browser is another submission.
        """
        content = sorted((name, value) for name, value in request.form.items(multi=True) if name != "csrf_token")
        files = sorted((name, _digest(file)) for name, file in request.files.items(multi=True) if file.filename)
        return uuid.uuid5(person_id, json.dumps([self._random_id(), request.path, content, files]))

    def once(self, person: Record, create: Callable[[], uuid.UUID]) -> uuid.UUID:
        """Return the id of what `create` creates, or of what the same form has created before."""
        return create_once(self.submission_of(person.id), create)

    def has_created(self, person: Record) -> bool:
        """Return whether the same form has created something before."""
        return created_by(self.submission_of(person.id)) is not None

    def _random_id(self) -> str:
        if not self.submission.data:  # a client that leaves it out sends another form each time
            self.submission.data = new_submission()
        return str(self.submission.data)


def _digest(file: FileStorage) -> str:
    digest = hashlib.sha256()
    while chunk := file.stream.read(CHUNK):
        digest.update(chunk)
    file.stream.seek(0)
    return digest.hexdigest()


class TokenlessForm(Form):
    """A form without a token: part of another form (`FormField`), or not posted."""

    class Meta(Form.Meta):
        """The settings of forms without a token."""

        csrf = False


class QueryForm(TokenlessForm):
    """A form in the query string, whose invalid values are ignored.

    Most pages are asked for without one. Their form is then a copy of one that was made before, which takes a tenth of
    the time: a page of filters has a dozen fields.
    """

    def __init__(self, **kwargs: Any) -> None:
        key = type(self), i18n.locale_context()
        is_blank = not request.args and not kwargs
        if is_blank and (blank := _blanks.get(key)) is not None:
            _copy_form(blank, self)
            return
        super().__init__(formdata=request.args, **kwargs)
        if is_blank and all(_is_always_alike(field) for field in self._fields.values()):
            if len(_blanks) >= MOST_BLANKS:
                _blanks.clear()
            _blanks[key] = _copy_form(self, self.__class__.__new__(self.__class__))

    def chosen(self) -> dict[str, Any]:
        """Return the values that are set and valid, by name."""
        if request.args:  # what the form begins with is valid
            self.validate()
        return {
            name: field.data
            for name, field in self._fields.items()
            if not field.errors and field.data not in EMPTY and field.data is not False
        }


_blanks: dict[tuple[type[QueryForm], i18n.LocaleContext], QueryForm] = {}


def _is_always_alike(field: Field) -> bool:
    """Return whether a field without a value is the same in each request."""
    return not callable(field.default) and not isinstance(field, FieldList | FormField)


def _copy_form(form: QueryForm, into: QueryForm) -> QueryForm:
    """Give a form copies of the fields of another, and return it."""
    own: Any = vars(into)
    own.update(vars(form), form_errors=[], _fields={})
    for name, field in form._fields.items():
        copy = object.__new__(field.__class__)
        values: Any = vars(copy)
        values.update(vars(field))
        for changing in _CHANGING & values.keys():
            if type(values[changing]) is list:
                values[changing] = values[changing][:]
        own[name] = own["_fields"][name] = copy
    return into


_CHANGING = frozenset({"choices", "data", "errors", "object_data", "process_errors", "raw_data", "validators"})
"""Attributes of fields that may be lists, which a request changes."""


def init_app(app: Flask) -> None:
    """Give templates what they need to render forms and fields themselves."""
    app.jinja_env.globals.update(is_first_invalid=is_first_invalid)
