"""The design system for templates: one Jinja global, `ui`, whose attributes are the macros of `templates/ui/`.

A block that is rendered alone (a fragment for htmx) does not have the imports of its page; with a global
`{{ ui.button(_("Save")) }}` works in every block and macro.
"""

import unicodedata
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask, g, has_request_context, request
from jinja2 import Environment, pass_context
from jinja2.runtime import Context, Macro
from markupsafe import Markup, escape

from hampa.platform.caches import TTLCache, ValueCache
from hampa.platform.config import settings
from hampa.platform.locale import i18n
from hampa.platform.web import session
from hampa.platform.web.forms import rendering_key
from hampa.platform.web.template_calls import is_called_plainly

FOLDER = "ui/"
TINTS = 8
CACHED_MACROS = {
    "run_row",
    "hit",
    "icon",
    "mark",
    "lines",
    "bib_body",
    "week_dots",
    "time_of_day",
    "level",
    "button",
    "button_inside",
    "icon_button",
    "ltr",
    "pill",
}
"""Macros that pages call often with the same values; they must not use the request, the signed-in person, a token or a
call block."""
FACE_MACROS = {"face"}
"""Such macros whose first argument is a person."""
FIELD_MACROS = {"field", "choices"}
"""Such macros whose first argument is a field of a form."""
NEVER_KEPT: list[Any] = []
"""A key that has no hash."""
MOST_PARTS = 500
MOST_BYTES = 2_000_000
MOST_BYTES_OF_MACROS = 4_000_000
"""For all macros together."""


@dataclass(frozen=True, slots=True)
class Button:
    """A link to `href`, or a form that posts `fields` there; `kind` is a kind of `ui.button`, or "icon".

    `detail` is small text after the label. `attributes` are those of the element.
    """

    label: str
    href: str
    kind: str = "quiet"
    icon: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    detail: str = ""
    attributes: dict[str, object] = field(default_factory=dict)

    def __hash__(self) -> int:
        """Return a hash, so that a part of a page can be kept by its buttons."""
        return hash((self.label, self.href, self.kind, self.detail))


@is_called_plainly
class CachedMacro:
    """A macro whose markup depends on its arguments and the reader's locale alone, cached by these values."""

    def __init__(self, macro: Macro) -> None:
        self._macro = macro

    def __call__(self, *args: Any, **kwargs: Any) -> Markup:
        """Return the markup, from the cache if its arguments are hashable."""
        # The types too: a text and markup of the same letters are equal, and so are 1 and True.
        types = (*map(type, args), *map(type, kwargs.values()))
        key = (self._macro.name, i18n.locale_context(), self._key(args), types, *kwargs.items())
        try:
            markup = _macros.get(key)
        except TypeError:  # an argument is not hashable
            return Markup(self._macro(*args, **kwargs))  # noqa: S704 - macros escape
        if markup is None:
            markup = _macros[key] = Markup(self._macro(*args, **kwargs))  # noqa: S704 - macros escape
        return markup

    def _key(self, args: tuple[Any, ...]) -> Any:
        return args


@is_called_plainly
class FieldMacro(CachedMacro):
    """A macro of a form's field, cached by what the field shows: hundreds of time zones are so written once."""

    def _key(self, args: tuple[Any, ...]) -> Any:
        key = rendering_key(args[0])
        return NEVER_KEPT if key is None else (key, args[1:])


@is_called_plainly
class FaceMacro(CachedMacro):
    """A macro of a person, cached by what shows of them: who is signed in is an entity, which no cache may hold."""

    def _key(self, args: tuple[Any, ...]) -> Any:
        person = args[0]
        return getattr(person, "id", None), person.name, getattr(person, "avatar", None), args[1:]


_KINDS = {CachedMacro: CACHED_MACROS, FaceMacro: FACE_MACROS, FieldMacro: FIELD_MACROS}

_macros: ValueCache[Any, Markup] = ValueCache(MOST_BYTES_OF_MACROS, name="components")
_parts: TTLCache[Any, Markup] = TTLCache(MOST_PARTS, MOST_BYTES, name="rows")


@pass_context
def cached(context: Context, template: str, on: Hashable, **values: Any) -> Markup:
    """Return the markup of a template in this context with further values, cached for seconds by `on`.

    `on` is all that it depends on besides the reader's locale; None renders it each time. It must not contain a token.
    """
    key = (template, i18n.locale_context(), on)
    markup: Markup | None = None if on is None else _parts.get(key)
    if markup is None:
        markup = Markup(context.environment.get_template(template).render(context.get_all() | values))  # noqa: S704 - it escapes
        if on is not None:
            _parts[key] = markup
    return markup


class Components:
    """The macros of `templates/ui/` by name, which is unique over all files."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def __getattr__(self, name: str) -> Macro | CachedMacro:
        """Return a macro; outside development, as an attribute from then on."""
        if name.startswith("_") or name not in self._templates:
            raise AttributeError(f"no macro “{name}” in templates/{FOLDER}")
        macro: Macro = getattr(self._environment.get_template(self._templates[name]).module, name)
        if self._environment.auto_reload:
            return macro
        cached_by = next((kind for kind, names in _KINDS.items() if name in names), None)
        component: Macro | CachedMacro = macro if cached_by is None else cached_by(macro)
        setattr(self, name, component)
        return component

    def names(self) -> list[str]:
        """Return the names of all macros."""
        return sorted(self._templates)

    @cached_property
    def _templates(self) -> dict[str, str]:
        templates: dict[str, str] = {}
        for template in self._environment.list_templates(filter_func=lambda path: path.startswith(FOLDER)):
            for name, value in vars(self._environment.get_template(template).module).items():
                if isinstance(value, Macro):
                    if name in templates:
                        raise LookupError(f"macro “{name}” is in {templates[name]} and in {template}")
                    templates[name] = template
        return templates


def attributes(values: Mapping[str, Any]) -> Markup:
    """Return HTML attributes of keyword arguments: `data_hx_get` as `data-hx-get`, `class_` as `class`.

    True gives an attribute without a value; False and None give none.
    """
    pieces = []
    for key, value in values.items():
        if value is True:
            pieces.append(f" {_attribute_name(key)}")
        elif value is not None and value is not False:
            pieces.append(f' {_attribute_name(key)}="{escape(value)}"')
    return Markup("".join(pieces))  # noqa: S704 - names and values are escaped


@lru_cache(MOST_PARTS)
def _attribute_name(key: str) -> Markup:
    return escape(key.rstrip("_").replace("_", "-"))


def tint(person: Any) -> int:
    """Return the number of a person's face colour, which does not change with the name."""
    key = getattr(person, "id", None)
    if key is not None and hasattr(key, "int"):
        return int(key.int % TINTS)
    return sum(map(ord, str(key if key is not None else person.name))) % TINTS


@lru_cache(maxsize=2_000)
def initial(name: str) -> str:
    """Return the first letter of a name with its combining marks, for a face without a picture."""
    letters = unicodedata.normalize("NFC", name.strip())
    for position, letter in enumerate(letters):
        if letter.isalnum():
            end = position + 1
            while end < len(letters) and unicodedata.combining(letters[end]):
                end += 1
            return letters[position:end].upper()
    return letters[:1] or "•"


def letter_face(person: Any, size: str = "s", class_: str = "") -> Markup:
    """Return the markup of `ui.face` for somebody without a picture: lists have dozens, which differ in little."""
    return _letter_face(tint(person), initial(person.name), size, class_)


@lru_cache(maxsize=4_000)
def _letter_face(number: int, letter: str, size: str, class_: str) -> Markup:
    more = f" {class_}" if class_ else ""
    return Markup('<span class="face face-{} tint-{}{}" aria-hidden="true">{}</span>').format(
        size, number, more, letter
    )


def same_page(**changes: str | None) -> str:
    """Return the path of this page with some query values changed; None removes a value.

    If the page names the query values on which it depends (`g.query_names`), others are removed.
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


_current_request = request._get_current_object  # type: ignore[attr-defined]
_quoted = lru_cache(MOST_PARTS)(quote)


def canonical(path: str | None = None, **query: str) -> str:
    """Return the absolute URL of a path, by default that of this page."""
    if path is None:
        path = _quoted(_current_request().path) if has_request_context() else "/"
    return settings().base_url.rstrip("/") + path + ("?" + urlencode(query) if query else "")


def init_app(app: Flask) -> None:
    """Give templates `ui`, and what layouts and macros need."""
    environment = app.jinja_env
    components = Components(environment)
    environment.globals.update(ui=components, me=session.me, same_page=same_page, canonical=canonical, cached=cached)
    environment.globals["session_mark"] = session.mark
    environment.filters.update(attributes=attributes, tint=tint, initial=initial, letter_face=letter_face)
