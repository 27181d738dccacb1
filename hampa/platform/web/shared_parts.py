"""Parts of pages that many viewers see alike, rendered once and kept in the memory of the process.

A shared part is a template that gets nothing of the viewer: only the values that its view hands it, which the key has
to determine. The view lays the viewer's own layer around it: their state, their bell. The tokens of forms are blanks
that are filled in for each viewer. What some
viewers may not see is either not in the part, or those viewers get a rendering of their own (`key=None`).

The key has the template, the versions of what the part shows (`platform.versions`), the values that tell its renderings
apart, and the language, zone, calendar and units. It is made here and nowhere else.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from flask import Flask, current_app
from markupsafe import Markup

from hampa.platform import versions
from hampa.platform.caches import TTLCache
from hampa.platform.locale import i18n
from hampa.platform.web import blanks, session

MOST_PARTS = 2_000
MOST_BYTES = 16_000_000
_EXTENSION = "hampa.shared_parts"


def shared_part(
    template: str, versioned: Sequence[str], key: tuple[Hashable, ...] | None, values: Callable[[], dict[str, Any]]
) -> Markup:
    """Return a template rendered with `values()`, kept under the versions named in `versioned` and under `key`.

    `values` is called only when the part is rendered, so that it may ask the database. With the key None, and without
    Redis, which knows the versions, the part is rendered for this request alone.
    """
    current = versions.current_of(versioned) if key is not None else None
    if current is None:
        return blanks.fill(_render(template, values))
    kept: TTLCache[Any, Markup] = current_app.extensions[_EXTENSION]
    whole_key = (template, current, key, i18n.locale_context())
    part = kept.get(whole_key)
    if part is None:
        part = kept[whole_key] = _render(template, values)
    return blanks.fill(part)


def _render(template: str, values: Callable[[], dict[str, Any]]) -> Markup:
    i18n.locale_context()  # is of the viewer, and in the key
    with session.without_viewer():
        return Markup(current_app.jinja_env.get_template(template).render(values()))  # noqa: S704 - Jinja has escaped it


def init_app(app: Flask) -> None:
    """Make the cache of the app."""
    app.extensions[_EXTENSION] = TTLCache(MOST_PARTS, MOST_BYTES)
