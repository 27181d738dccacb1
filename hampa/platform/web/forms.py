"""Forms: posted ones and those of the query string."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any, Final

from flask import Flask, g, request
from flask_wtf import FlaskForm
from wtforms import Field

from hampa.platform.errors import DomainError
from hampa.platform.locale import i18n
from hampa.platform.web.fields import HiddenField

EMPTY: Final[tuple[object, ...]] = (None, "", [])


class Translations:
    """The catalogue, for the few messages of WTForms itself."""

    gettext = staticmethod(i18n.gettext)
    ngettext = staticmethod(i18n.ngettext)


def begins_here(field: Field) -> bool:
    """Return whether this is the first field with an error, in the order in which the fields are drawn.

    It has the focus when the form comes back, so that the error is in sight however long the form.
    """
    if not field.errors or g.get("first_wrong", field) is not field:
        return False
    g.first_wrong = field
    return True


class Form(FlaskForm):
    """A form that is posted; it carries a token."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, form: Any) -> Translations:
            return Translations()

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


class OnceForm(Form):
    """A form that makes one thing, however often it is sent; `ui.submission` draws its hidden field."""

    submission = HiddenField(default=lambda: uuid.uuid4().hex)

    def submission_of(self, person_id: uuid.UUID) -> uuid.UUID:
        """Return the id of what the person has sent: the same for the same form with the same content.

        A form that is filled in anew after a step back in the browser is another submission.
        """
        content = sorted((name, value) for name, value in request.form.items(multi=True) if name != "csrf_token")
        return uuid.uuid5(person_id, json.dumps([self.submission.data or uuid.uuid4().hex, content]))


class TokenlessForm(Form):
    """A form without a token: part of another form (`FormField`), or not posted."""

    class Meta(Form.Meta):
        csrf = False


class QueryForm(TokenlessForm):
    """Filters in the query string: what can't be read filters nothing."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(formdata=request.args, **kwargs)

    def chosen(self) -> dict[str, Any]:
        """Return the filters that are set, by name, without those with errors."""
        self.validate()
        return {
            name: field.data
            for name, field in self._fields.items()
            if not field.errors and field.data not in EMPTY and field.data is not False
        }


def init_app(app: Flask) -> None:
    """Let templates that draw a field by hand ask `begins_here`."""
    app.jinja_env.globals["begins_here"] = begins_here
