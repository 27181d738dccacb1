"""The design system for templates: one Jinja global, `ui`, whose attributes are the macros of `templates/ui/`.

A block that is rendered alone (a fragment for htmx) does not see what its page imported at the top, so macros are
handed out through a global instead: `{{ ui.button(_("Save")) }}` works everywhere, in other macros too.
"""

import unicodedata
from collections.abc import Hashable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask, g, has_request_context, request
from jinja2 import Environment, pass_context
from jinja2.runtime import Context, Macro
from markupsafe import Markup

from hampa.platform.caches import TTLCache
from hampa.platform.config import settings
from hampa.platform.locale import i18n
from hampa.platform.web import session

FOLDER = "ui/"
TINTS = 8
CACHED_MACROS = {"run_row", "icon", "mark", "lines"}
"""Macros that a page calls again and again with the same values. What asks for the request, for who is signed in or for
a token, and what takes a call block, is never among them."""
MOST_CALLS, MOST_PARTS = 2_000, 500
MOST_BYTES = 2_000_000


class CachedMacro:
    """A macro whose markup follows from its arguments and the reader's voice alone, rendered once for seconds."""

    def __init__(self, macro: Macro) -> None:
        self._macro = macro
        self._cache: TTLCache[Any, Markup] = TTLCache(MOST_CALLS, MOST_BYTES)

    def __call__(self, *args: Any, **kwargs: Any) -> Markup:
        key = (i18n.locale_context(), args, tuple(kwargs.items()))
        try:
            markup: Markup | None = self._cache.get(key)
        except TypeError:  # an argument that is not told by its value
            return Markup(self._macro(*args, **kwargs))  # noqa: S704 - macros escape
        if markup is None:
            markup = self._cache[key] = Markup(self._macro(*args, **kwargs))  # noqa: S704 - macros escape
        return markup


_parts: TTLCache[Any, Markup] = TTLCache(MOST_PARTS, MOST_BYTES)


@pass_context
def cached(context: Context, template: str, on: Hashable, **values: Any) -> Markup:
    """Return what including `template` here would give, with these `values` besides. It is cached for seconds where `on`
    holds all that it depends on beside the reader's voice, and rendered each time where `on` is None. For parts that are
    the same for many, without tokens.
    """
    key = (template, i18n.locale_context(), on)
    markup: Markup | None = None if on is None else _parts.get(key)
    if markup is None:
        markup = Markup(context.environment.get_template(template).render(context.get_all() | values))  # noqa: S704 - it escapes
        if on is not None:
            _parts[key] = markup
    return markup


class Components:
    """Finds a macro by its name in `templates/ui/`; names are unique over all its files."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._homes: dict[str, str] = {}

    def __getattr__(self, name: str) -> Macro | CachedMacro:
        if name.startswith("_"):
            raise AttributeError(name)
        homes = self._homes or self._survey()
        if name not in homes:
            raise AttributeError(f"no macro “{name}” in templates/{FOLDER}")
        macro: Macro = getattr(self._environment.get_template(homes[name]).module, name)
        if self._environment.auto_reload:
            return macro
        found = CachedMacro(macro) if name in CACHED_MACROS else macro
        setattr(self, name, found)
        return found

    def names(self) -> list[str]:
        return sorted(self._homes or self._survey())

    def _survey(self) -> dict[str, str]:
        homes: dict[str, str] = {}
        for template in self._environment.list_templates(filter_func=lambda path: path.startswith(FOLDER)):
            for name, value in vars(self._environment.get_template(template).module).items():
                if isinstance(value, Macro):
                    if name in homes:
                        raise LookupError(f"macro “{name}” is in {homes[name]} and in {template}")
                    homes[name] = template
        self._homes = homes
        return homes


def attributes(values: Mapping[str, Any]) -> Markup:
    """HTML attributes from keyword arguments: `data_hx_get` becomes `data-hx-get`, `class_` becomes `class`;
    True is a bare attribute, False and None are left out."""
    written = Markup()
    for key, value in values.items():
        name = key.rstrip("_").replace("_", "-")
        if value is True:
            written += Markup(" {}").format(name)
        elif value is not None and value is not False:
            written += Markup(' {}="{}"').format(name, value)
    return written


def tint(person: Any) -> int:
    """Which of the face colours a person has: always the same one, whatever the name becomes."""
    key = getattr(person, "id", None)
    if key is not None and hasattr(key, "int"):
        return int(key.int % TINTS)
    return sum(map(ord, str(key if key is not None else person.name))) % TINTS


def initial(name: str) -> str:
    """The letter that stands for a name where there is no picture, with the marks that belong to it."""
    letters = unicodedata.normalize("NFC", name.strip())
    for position, letter in enumerate(letters):
        if letter.isalnum():
            end = position + 1
            while end < len(letters) and unicodedata.combining(letters[end]):
                end += 1
            return letters[position:end].upper()
    return letters[:1] or "•"


def same_page(**changes: str | None) -> str:
    """Return this page's path with some query values changed (None takes one out), the others kept.

    Of a page that names the query values on which it depends (`g.query_names`), others are left out.
    """
    if not has_request_context():
        return "?" + urlencode({key: value for key, value in changes.items() if value is not None})
    names = g.get("query_names")
    values = [
        (key, value)
        for key, value in request.args.items(multi=True)
        if key not in changes and (names is None or key in names)
    ]
    values += [(key, value) for key, value in changes.items() if value is not None]
    return quote(request.path) + ("?" + urlencode(values) if values else "")


def canonical(path: str | None = None, **query: str) -> str:
    """The whole address of a path, this page's by default, under which others should know it."""
    if path is None:
        path = quote(request.path) if has_request_context() else "/"
    return settings().base_url.rstrip("/") + path + ("?" + urlencode(query) if query else "")


def init_app(app: Flask) -> None:
    """Give templates `ui`, what the layouts ask for, and the filters that the macros are made with."""
    environment = app.jinja_env
    environment.globals.update(
        ui=Components(environment),
        me=session.me,
        same_page=same_page,
        canonical=canonical,
        cached=cached,
    )
    environment.filters.update(attributes=attributes, tint=tint, initial=initial)
