"""Language, time zone, calendar and units of the viewer.

A `LocaleContext` holds the four. In a request it is determined once, when it is first needed: from the person who is
signed in, else from `?lang=`, the cookies and the browser's languages, else from the settings. Outside of a request (the
worker, commands, tests) `use_locale()` sets it.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, lru_cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.numbers import format_currency
from babel.support import Translations
from flask import Flask, Response, current_app, has_app_context, has_request_context, request
from flask_babel import Babel
from flask_babel.speaklater import LazyString
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup, escape

from hampa.platform.config import settings
from hampa.platform.texts.cleaning import PERSIAN_DIGITS
from hampa.platform.web import session
from hampa.platform.web.hooks import for_pages

LOCALES: Final = ("fa", "en")
CALENDARS: Final = ("solar", "gregorian")
UNITS: Final = ("km", "miles")
CATALOGUES: Final = Path(__file__).parents[2] / "translations"
UTC: Final = ZoneInfo("UTC")

_A_YEAR = 365 * 24 * 3600
_EXTENSION = "hampa.locale"


@dataclass(frozen=True, slots=True)
class LocaleContext:
    """The four choices of a viewer, and the catalogue of messages in their language.

    `is_timezone_known` is false where nobody said the zone, so that the site's stands in its place.
    """

    locale: str
    timezone: ZoneInfo
    calendar: str
    units: str
    messages: NullTranslations = field(repr=False, compare=False)
    is_timezone_known: bool = True
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Keep the hash: contexts are in the keys of caches that a page asks a hundred times."""
        object.__setattr__(self, "_hash", hash((self.locale, self.timezone.key, self.calendar, self.units)))

    def __hash__(self) -> int:
        """Return the hash."""
        return self._hash


class LazyText(LazyString):
    """A message that is looked up when it is shown, and escaped like any text."""

    def __html__(self) -> str:
        return escape(str(self))


_current: ContextVar[LocaleContext | None] = ContextVar("locale", default=None)
_current_request = request._get_current_object  # type: ignore[attr-defined]


@cache
def catalogue(locale: str) -> NullTranslations:
    """Return the messages of a locale, read once a process; English is written in the code itself."""
    return Translations.load(CATALOGUES, [locale])


LONGEST_ZONE_NAME = 64
LANGUAGE = re.compile(r"[a-z]{2,3}(?![a-z])", re.IGNORECASE)
PERSIAN_SPOKEN = re.compile(r"^prs\b|[-_](IR|AF)\b", re.IGNORECASE)
"""Tags of languages of countries where Persian is understood: Dari, the Kurdish of Iran and so on."""


def find_zone(name: str | None) -> ZoneInfo | None:
    """Return the time zone of an IANA name, or None for any other text."""
    return _zone_named(name) if name and len(name) <= LONGEST_ZONE_NAME else None


@lru_cache(maxsize=1000)
def _zone_named(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def locale_context() -> LocaleContext:
    """Return the locale context of this place in the code."""
    if context := _current.get():
        return context
    try:
        environ = _current_request().environ
    except RuntimeError:
        return _context()
    return environ.get(_EXTENSION) or _context_of_request()


@contextmanager
def settled() -> Iterator[LocaleContext]:
    """Look up the locale context once for all that is rendered inside the block: a page asks for it a thousand times."""
    context = locale_context()
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


@contextmanager
def use_locale(
    locale: str | None, timezone: str | ZoneInfo | None = None, calendar: str | None = None, units: str | None = None
) -> Iterator[LocaleContext]:
    """Use a locale inside the block, in a request or outside of one.

    The site's own stands for what is None or unknown (and for the calendar, the language's).
    """
    context = _context(locale, timezone, calendar, units)
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


def use_locale_of(person: Any) -> AbstractContextManager[LocaleContext]:
    """Use the locale of the person to whom a link was sent, whoever follows it.

    Only a visitor who is not signed in may choose the other language: nothing but their browser says what they read.
    """
    chosen = None if current_app.extensions[_EXTENSION]() else _chosen_language()
    return use_locale(chosen or person.locale, person.timezone, person.calendar, person.units)


def get_locale_code() -> str:
    """Return `fa` or `en`."""
    return locale_context().locale


def viewer() -> Any:
    """Return the person who is signed in, None in other requests and outside of one."""
    return current_app.extensions[_EXTENSION]() if has_request_context() else None


def direction() -> str:
    """Return `rtl` or `ltr`, for the page's `dir`."""
    return "rtl" if locale_context().locale == "fa" else "ltr"


def timezone() -> ZoneInfo:
    """Return the zone in which the viewer reads times."""
    return locale_context().timezone


def calendar() -> str:
    """Return `solar` (Solar Hijri) or `gregorian`."""
    return locale_context().calendar


def units() -> str:
    """Return `km` or `miles`."""
    return locale_context().units


def gettext(message: str, /, **variables: Any) -> str:
    """Return the message in the viewer's language, with `%(name)s` filled in when there are variables."""
    text = locale_context().messages.gettext(message)
    return text % variables if variables else text


def ngettext(singular: str, plural: str, n: int, /, **variables: Any) -> str:
    """Return the message for `n`; `%(num)s` and `%(num)d` are `n` in the viewer's digits."""
    return _plural(singular, plural, n) % {"num": number(n), **variables}


def pgettext(context: str, message: str, /, **variables: Any) -> str:
    """Return the message as meant in `context`, where one English word has several Persian ones."""
    text = locale_context().messages.pgettext(context, message)
    return text % variables if variables else text


def lazy_gettext(message: str, /, **variables: Any) -> str:
    """Return a message that is looked up when it is shown: for labels, which are written before any request."""
    return LazyText(gettext, message, **variables)


def lazy_pgettext(context: str, message: str, /, **variables: Any) -> str:
    """Return a message in a context that is looked up when it is shown."""
    return LazyText(pgettext, context, message, **variables)


def digits(text: object) -> str:
    """Return the text with the digits of the viewer's language."""
    return str(text).translate(PERSIAN_DIGITS) if locale_context().locale == "fa" else str(text)


def number(value: float | Decimal, places: int = 0) -> str:
    """Format a number: 1,234.5 or ۱٬۲۳۴٫۵, without zeros at the end."""
    text = f"{value:,.{places}f}"
    if places:
        text = text.rstrip("0").rstrip(".")
    return text.translate(_PERSIAN_NUMBER) if locale_context().locale == "fa" else text


def money(amount: Decimal, currency: str) -> str:
    """Format an amount of money; the currency is a code of three letters (ISO 4217)."""
    text = str(format_currency(amount, currency, locale=locale_context().locale))
    return text.translate(_PERSIAN_NUMBER) if locale_context().locale == "fa" else text


_PERSIAN_NUMBER = {**PERSIAN_DIGITS, ord(","): "٬", ord("."): "٫", ord("-"): "\u200e−"}


def init_app(app: Flask, viewer: Callable[[], Any] = session.me) -> None:
    """Set up translations, also for Flask-Babel and the extensions that use it.

    `viewer` returns the person who is signed in (or None): anything with `locale`, `timezone`, `calendar` and `units`.
    """
    app.extensions[_EXTENSION] = viewer
    Babel(app, configure_jinja=False, locale_selector=get_locale_code, timezone_selector=lambda: timezone().key)
    app.jinja_env.globals.update(
        _=_template_gettext, gettext=_template_gettext, ngettext=_template_ngettext, pgettext=_template_pgettext
    )
    app.after_request(for_pages(_remember_language))


def _context(
    locale: str | None = None, zone: str | ZoneInfo | None = None, calendar: str | None = None, units: str | None = None
) -> LocaleContext:
    """Return a context without missing or unknown values."""
    site = settings() if has_app_context() else None
    if locale not in LOCALES:
        locale = site.default_locale if site else "en"
    known = zone if isinstance(zone, ZoneInfo) else find_zone(zone)
    zone = known or find_zone(site.timezone if site else None) or UTC
    if calendar not in CALENDARS:
        calendar = "solar" if locale == "fa" else "gregorian"
    units = units if units in UNITS else "km"
    return _kept_context(locale, zone, calendar, units, catalogue(locale), known is not None)


@lru_cache(maxsize=1000)
def _kept_context(*values: Any) -> LocaleContext:
    return LocaleContext(*values)


def _context_of_request() -> LocaleContext:
    """Determine the context by the browser, then by the person.

    The browser's is stored before the person is loaded: without a database the error page needs no second query.
    """
    locale = _chosen_language() or _accepted_language()
    zone = request.cookies.get("tz")
    request.environ[_EXTENSION] = context = _context(locale, zone)
    person = current_app.extensions[_EXTENSION]()
    if person is not None:
        context = _context(person.locale or locale, person.timezone or zone, person.calendar, person.units)
        request.environ[_EXTENSION] = context
    return context


def locale_of_request(person: Any) -> LocaleContext:
    """Return the context of a request whose person is known; what the browser accepts is read only if it counts."""
    if not (person.locale and person.timezone):
        return locale_context()
    context = _context(person.locale, person.timezone, person.calendar, person.units)
    request.environ[_EXTENSION] = context
    return context


def _accepted_language() -> str | None:
    """Return the language of the site that the browser asks for; for a browser that asks for others alone, see settings.

    A browser that takes any language is offered the site's own; None means that it asks for nothing.
    """
    accepted, site = request.accept_languages, settings()
    locale = accepted.best_match((site.default_locale, *LOCALES))
    asked = [tag for tag, quality in accepted if quality and LANGUAGE.match(tag)]
    if locale is None and asked:
        return "fa" if any(PERSIAN_SPOKEN.search(tag) for tag in asked) else site.foreign_locale
    return locale


def _chosen_language() -> str | None:
    """Return the language that was chosen in this browser by a link, on this page or before."""
    locale = request.args.get("lang") or request.cookies.get(_language_cookie())
    return locale if locale in LOCALES else None


def _remember_language(response: Response) -> Response:
    asked = _current_request()
    if not asked.query_string or (locale := asked.args.get("lang")) not in LOCALES:
        return response
    name = _language_cookie()
    # A calendar program that asks for a language has no cookies, and proxies may keep its answer for others.
    if locale != asked.cookies.get(name) and response.mimetype != "text/calendar":
        secure = current_app.config["SESSION_COOKIE_SECURE"]
        response.set_cookie(name, locale, max_age=_A_YEAR, secure=secure, httponly=True, samesite="Lax")
    return response


def _language_cookie() -> str:
    """Return the name of the cookie; with HTTPS, one that browsers take from this host alone."""
    return "__Host-lang" if current_app.config["SESSION_COOKIE_SECURE"] else "lang"


def _plural(singular: str, plural: str, n: int) -> str:
    """Return the message for `n`, whose `%(num)d` takes a number that is formatted already."""
    return locale_context().messages.ngettext(singular, plural, n).replace("%(num)d", "%(num)s")


# In templates a message may hold markup and is trusted; variables are escaped.


def _trust(context: EvalContext, text: str) -> str:
    return Markup(text) if context.autoescape else text  # noqa: S704 - from our own catalogue


@lru_cache(maxsize=20_000)
def _trusted(messages: NullTranslations, message: str) -> Markup:
    return Markup(messages.gettext(message))  # noqa: S704 - from our own catalogue


@pass_eval_context
def _template_gettext(context: EvalContext, message: str, /, **variables: Any) -> str:
    messages = locale_context().messages
    text = _trusted(messages, message) if context.autoescape else messages.gettext(message)
    return text % variables if variables else text


@pass_eval_context
def _template_ngettext(context: EvalContext, singular: str, plural: str, n: int, /, **variables: Any) -> str:
    return _trust(context, _plural(singular, plural, n)) % {**variables, "num": number(n)}


@pass_eval_context
def _template_pgettext(context: EvalContext, meaning: str, message: str, /, **variables: Any) -> str:
    text = _trust(context, locale_context().messages.pgettext(meaning, message))
    return text % variables if variables else text
