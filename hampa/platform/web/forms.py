"""Forms: posted ones and those of the query string."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Flask, g, request
from flask_wtf import FlaskForm
from wtforms import Field

from hampa.platform import i18n
from hampa.platform.errors import Refused

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

    def refuse(self, refusal: Refused) -> None:
        """Put what an action refused beside its field, or above the form when it names none."""
        if refusal.field in self._fields:
            field = self._fields[refusal.field]
            field.errors = [*field.errors, refusal.message]
        else:
            self.form_errors.append(refusal.message)


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
