"""In which language, time zone, calendar and units somebody is spoken to.

A `Voice` holds the four. In a request it is worked out once, when it is first needed: from the
person who is signed in, else from `?lang=`, the cookies and the browser's languages, else from the
settings. Outside of one (SMS rendered by the worker, commands, tests) `speaking()` says which.
"""

from __future__ import annotations

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

LOCALES: Final = ("fa", "en")
CALENDARS: Final = ("solar", "gregorian")
UNITS: Final = ("km", "miles")
CATALOGUES: Final = Path(__file__).parents[2] / "translations"

UTC: Final = ZoneInfo("UTC")

_A_YEAR = 365 * 24 * 3600
_VOICE = "hampa.voice"


@dataclass(frozen=True, slots=True)
class LocaleContext:
    """How somebody is spoken to; `words` is the catalogue of the locale."""

    locale: str
    timezone: ZoneInfo
    calendar: str
    units: str
    words: NullTranslations = field(repr=False, compare=False)


class Lazy(LazyString):
    """A message that is looked up when it is shown; escaped like any text."""

    def __html__(self) -> str:
        return escape(str(self))


_speaking: ContextVar[LocaleContext | None] = ContextVar("speaking", default=None)


@cache
def catalogue(locale: str) -> NullTranslations:
    """The messages of a locale, read once a process; English is written in the code itself."""
    return Translations.load(CATALOGUES, [locale])


@lru_cache(maxsize=1000)
def find_zone(name: str | None) -> ZoneInfo | None:
    """The time zone of that IANA name, or None when there is none. Any text may be asked for."""
    if not name or len(name) > 64:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def locale_context() -> LocaleContext:
    """How to speak right here."""
    said = _speaking.get()
    if said is not None:
        return said
    if not has_request_context():
        return _voice()
    heard: LocaleContext | None = request.environ.get(_VOICE)
    return heard if heard is not None else _voice_of_request()


@contextmanager
def use_locale(
    locale: str | None,
    timezone: str | ZoneInfo | None = None,
    calendar: str | None = None,
    units: str | None = None,
) -> Iterator[LocaleContext]:
    """Speak so inside the block, in a request or outside of one.

    What is None or unknown is the site's own (and of the calendar, the language's).
    """
    said = _voice(locale, timezone, calendar, units)
    token = _speaking.set(said)
    try:
        yield said
    finally:
        _speaking.reset(token)


def use_locale_of(person: Any) -> AbstractContextManager[LocaleContext]:
    """Speak in this request as `person` likes it, to whom a link was sent, whoever follows it.

    Only who is not signed in may ask for the other language: their browser's word is all that we have of them, while the
    account of who is signed in says what they read.
    """
    asked = None if current_app.extensions[_VOICE]() else _language_asked_for()
    return use_locale(asked or person.locale, person.timezone, person.calendar, person.units)


def get_locale_code() -> str:
    """`fa` or `en`."""
    return locale_context().locale


def direction() -> str:
    """`rtl` or `ltr`, for the page's `dir`."""
    return "rtl" if locale_context().locale == "fa" else "ltr"


def timezone() -> ZoneInfo:
    """The zone in which the viewer reads times."""
    return locale_context().timezone


def calendar() -> str:
    """`solar` (Solar Hijri) or `gregorian`."""
    return locale_context().calendar


def units() -> str:
    """`km` or `miles`."""
    return locale_context().units


def gettext(message: str, /, **variables: Any) -> str:
    """The message in the viewer's language, with `%(name)s` filled in when there are variables."""
    text = locale_context().words.gettext(message)
    return text % variables if variables else text


def ngettext(singular: str, plural: str, n: int, /, **variables: Any) -> str:
    """The message for `n`; `%(num)s` and `%(num)d` are `n` in the viewer's digits."""
    text = locale_context().words.ngettext(singular, plural, n)
    return _with_number(text) % {"num": number(n), **variables}


def pgettext(context: str, message: str, /, **variables: Any) -> str:
    """The message as meant in `context`, where one English word has several Persian ones."""
    text = locale_context().words.pgettext(context, message)
    return text % variables if variables else text


def lazy_gettext(message: str, /, **variables: Any) -> str:
    """As `gettext`, but looked up when shown: for labels, which are written before any request."""
    return Lazy(gettext, message, **variables)


def lazy_pgettext(context: str, message: str, /, **variables: Any) -> str:
    """As `pgettext`, but looked up when shown."""
    return Lazy(pgettext, context, message, **variables)


def digits(text: object) -> str:
    """The text with its digits in those of the viewer's language."""
    written = str(text)
    return written.translate(PERSIAN_DIGITS) if locale_context().locale == "fa" else written


def number(value: float | Decimal, places: int = 0) -> str:
    """A number as people write it: 1,234.5 or ۱٬۲۳۴٫۵, without zeros at the end."""
    written = f"{value:,.{places}f}"
    if places:
        written = written.rstrip("0").rstrip(".")
    if locale_context().locale != "fa":
        return written
    return written.translate(_PERSIAN_NUMBER)


def money(amount: Decimal, currency: str) -> str:
    """An amount of money as people write it, the currency by its three letters (ISO 4217)."""
    return format_currency(amount, currency, locale=locale_context().locale)


_PERSIAN_NUMBER = {**PERSIAN_DIGITS, ord(","): "٬", ord("."): "٫", ord("-"): "\u200e−"}


def init_app(app: Flask, viewer: Callable[[], Any] = session.me) -> None:
    """Teach the application and its templates to speak.

    `viewer` gives who is signed in (or None): anything with `locale`, `timezone`, `calendar` and
    `units`. Extensions that ask Flask-Babel hear the same answers.
    """
    app.extensions[_VOICE] = viewer
    Babel(
        app,
        configure_jinja=False,
        locale_selector=get_locale_code,
        timezone_selector=lambda: timezone().key,
    )
    app.jinja_env.globals.update(
        _=_template_gettext,
        gettext=_template_gettext,
        ngettext=_template_ngettext,
        pgettext=_template_pgettext,
    )
    app.after_request(_remember_language)


def _voice(
    locale: str | None = None,
    zone: str | ZoneInfo | None = None,
    calendar: str | None = None,
    units: str | None = None,
) -> LocaleContext:
    """A voice in which nothing is missing or unknown."""
    site = settings() if has_app_context() else None
    if locale not in LOCALES:
        locale = site.default_locale if site else "en"
    if not isinstance(zone, ZoneInfo):
        zone = find_zone(zone) or find_zone(site.timezone if site else None) or UTC
    if calendar not in CALENDARS:
        calendar = "solar" if locale == "fa" else "gregorian"
    if units not in UNITS:
        units = "km"
    return LocaleContext(locale, zone, calendar, units, catalogue(locale))


def _voice_of_request() -> LocaleContext:
    """Ask the browser, then the person.

    What the browser says is kept before the person is looked up: should the database be away, the
    error page speaks so without asking it again.
    """
    asked = _language_asked_for()
    if asked is None:
        # To a browser that takes any language the first is offered: the site's own.
        asked = request.accept_languages.best_match((settings().default_locale, *LOCALES))
    zone = request.cookies.get("tz")
    request.environ[_VOICE] = heard = _voice(asked, zone)
    person = current_app.extensions[_VOICE]()
    if person is not None:
        heard = _voice(person.locale or asked, person.timezone or zone, person.calendar, person.units)
        request.environ[_VOICE] = heard
    return heard


def _language_asked_for() -> str | None:
    """The language that somebody at this browser chose by a link, on this page or before."""
    asked = request.args.get("lang") or request.cookies.get(_language_cookie())
    return asked if asked in LOCALES else None


def _remember_language(answer: Response) -> Response:
    """Keep the language that a link chose, for a year."""
    asked = request.args.get("lang")
    name = _language_cookie()
    if asked in LOCALES and asked != request.cookies.get(name):
        secure = current_app.config["SESSION_COOKIE_SECURE"]
        answer.set_cookie(name, asked, max_age=_A_YEAR, secure=secure, httponly=True, samesite="Lax")
    return answer


def _language_cookie() -> str:
    """Its name; where there is HTTPS, one that browsers take from this host alone."""
    return "__Host-lang" if current_app.config["SESSION_COOKIE_SECURE"] else "lang"


def _with_number(text: str) -> str:
    """Let `%(num)d` take a number that is already written out."""
    return text.replace("%(num)d", "%(num)s")


# In templates a message may hold markup and is trusted; what is filled in is escaped.


@pass_eval_context
def _template_gettext(context: EvalContext, message: str, /, **variables: Any) -> str:
    text = locale_context().words.gettext(message)
    if context.autoescape:
        text = Markup(text)  # noqa: S704 - from our own catalogue
    return text % variables if variables else text


@pass_eval_context
def _template_ngettext(context: EvalContext, singular: str, plural: str, n: int, /, **variables: Any) -> str:
    text = _with_number(locale_context().words.ngettext(singular, plural, n))
    variables = {**variables, "num": number(n)}
    if context.autoescape:
        text = Markup(text)  # noqa: S704 - from our own catalogue
    return text % variables


@pass_eval_context
def _template_pgettext(context: EvalContext, meaning: str, message: str, /, **variables: Any) -> str:
    text = locale_context().words.pgettext(meaning, message)
    if context.autoescape:
        text = Markup(text)  # noqa: S704 - from our own catalogue
    return text % variables if variables else text
