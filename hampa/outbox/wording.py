"""The words of a message that has been sent, as its recipient read them."""

from __future__ import annotations

from typing import Any

from flask import current_app
from jinja2 import TemplateError

from hampa.people.models.person import Person
from hampa.platform.locale import i18n

VEIL = "•" * 6


def render_text(template: str, locale: str, **values: Any) -> str:
    """Return the text of a message in a language."""
    with i18n.use_locale(locale):
        return current_app.jinja_env.get_template(template).render(**values).strip()


def masked_text(template: str, data: dict[str, Any], recipient: str, locale: str, person: Person) -> str:
    """The text, with dots where a code was; empty when today's wording has no use for what that message was made of."""
    try:
        found = current_app.jinja_env.get_template(template)
        with i18n.use_locale(locale, person.timezone, person.calendar, person.units):
            return found.render(data=data, to=recipient, secret=VEIL).strip()
    except (TemplateError, LookupError, TypeError, ValueError):
        return ""
