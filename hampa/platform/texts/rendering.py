"""Plain texts of messages, rendered from templates."""

from typing import Any

from flask import current_app


def render_text(template: str, **values: Any) -> str:
    """Return the text of a template in the current locale (`i18n.use_locale`), without space around it."""
    return current_app.jinja_env.get_template(template).render(**values).strip()
