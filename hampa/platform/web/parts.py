"""Parts of pages that depend on nothing but the values they are given, kept in the memory of the process by these values.

`{{ part("joining/facts.html", run=run, final=final) }}` is an `include` with its own values alone, rendered once for equal
values and the same language, zone, calendar and units. As the values are the key, a kept part is never older than what
the view has just read; only words such as "two hours ago" may be some seconds old. A part cannot ask who looks; the
tokens of its forms are blanks that are filled in for each viewer.

Values are hashable: tuples, frozen dataclasses, rows, markup, and rows of the database that are kept unchanged.
"""

from collections.abc import Hashable
from typing import Any

from flask import Flask, current_app
from markupsafe import Markup

from hampa.platform.caches import SECONDS, ValueCache
from hampa.platform.locale import i18n
from hampa.platform.web import blanks, session

MOST_BYTES = 6_000_000
LONGEST_KEY = 20_000
_EXTENSION = "hampa.parts"
_current_app = current_app._get_current_object  # type: ignore[attr-defined]


class _Parts(ValueCache[Any, Markup]):
    longest_key = LONGEST_KEY


def part(template: str, /, **values: Hashable) -> Markup:
    """Return a template rendered with these values and nothing else. Raise TypeError for a value without a hash."""
    return blanks.fill(inner_part(template, **values))


def own_part(template: str, /, **values: Any) -> Markup:
    """Return a template rendered with these values and nothing else, which hardly anybody else will see: it is not kept.

    To keep what is of one person would drive out of the cache what many share.
    """
    return Markup(current_app.jinja_env.get_template(template).render(values))  # noqa: S704 - Jinja has escaped it


def inner_part(template: str, /, **values: Hashable) -> Markup:
    """Return a part that is a value of another one, which fills in the blanks: a token in its key would be of one viewer."""
    kept: _Parts = _current_app().extensions[_EXTENSION]
    key = (template, i18n.locale_context(), *values.items())
    markup = kept.get(key)
    if markup is None:
        with session.without_viewer():
            markup = Markup(current_app.jinja_env.get_template(template).render(values))  # noqa: S704 - Jinja has escaped it
        kept[key] = markup
    return markup


def init_app(app: Flask) -> None:
    """Make the cache of the app, and give templates `part` and `own_part`."""
    app.extensions[_EXTENSION] = _Parts(MOST_BYTES, seconds=SECONDS / 2, name="parts")
    app.jinja_env.globals.update(part=part, own_part=own_part)
