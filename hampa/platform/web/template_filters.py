"""Filters and globals of templates: numbers, dates, measures and people's texts for the viewer."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from flask import Flask
from jinja2 import pass_context
from markupsafe import Markup

from hampa.platform.config import settings
from hampa.platform.locale import dates, i18n, measures, phone, prices, recurrence
from hampa.platform.security import signed_links
from hampa.platform.texts import cleaning, markdown

_QUOTATION = re.compile(r"<q\b[^>]*>(.*?)</q>", re.DOTALL)
_PHONE_NUMBER = re.compile(r"\+?\d(?:[\s-]?\d){6,}")
_BEFORE_QUOTATION = re.compile(r"\s*:\s*$")


def shown_phone(e164: str) -> Markup:
    """Return a number in the viewer's digits, from left to right, which no line breaks."""
    written = i18n.digits(phone.format_phone(e164, settings().phone_region))
    return Markup('<bdi class="number" dir="ltr">{}</bdi>').format(written)


def named(name: str) -> str:
    """Return the name of a person, or words in its place if the person is deleted."""
    return i18n.gettext("Deleted person") if name == cleaning.DELETED_NAME else name


def sms_title(text: str, longest: int = 40) -> str:
    """Return a title or a place as part of an SMS or of a subject: cut, without addresses and long numbers."""
    return cleaning.sms_words(text, longest, numbers=False)


def text_of(markup: str) -> str:
    """Return the text of markup on one line, with quotation marks around its quotations."""
    opening, closing = ("«", "»") if i18n.get_locale_code() == "fa" else ("“", "”")
    return Markup(_QUOTATION.sub(rf"{opening}\1{closing}", markup)).striptags()  # noqa: S704 - no tag is left


def without_quotations(markup: str) -> str:
    """Return markup without what it quotes, and without the colon before that."""
    return _BEFORE_QUOTATION.sub(".", _QUOTATION.sub("", markup).strip())


def veiled_numbers(text: str) -> str:
    """Return a text with the last two digits of its phone numbers alone."""
    return _PHONE_NUMBER.sub(lambda number: f"•••{number[0][-2:]}", text)


def exactly(at: datetime, zone: dates.Zone = None) -> str:
    """Return date and time for who wants to know exactly: “27 November 6:00”."""
    local = dates.to_local(at, zone)
    return f"{dates.date(local.date(), zone)} {dates.clock(local.time())}"


def upper_first(words: str) -> str:
    """Return the words with a capital letter at their beginning."""
    return words[:1].upper() + words[1:]


def at_rendering(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter that is evaluated at each rendering.

    Jinja evaluates `{{ "6:00"|digits }}` when it compiles the template, in the language of the first viewer, unless the
    filter takes the context.
    """

    @pass_context
    @wraps(function)
    def template_filter(_context: Any, *args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return template_filter


FILTERS: dict[str, Callable[..., Any]] = {
    "ago": dates.ago,
    "text_of": text_of,
    "time_left": dates.time_left,
    "clock": dates.clock,
    "clock_in": dates.clock_in,
    "time_there": dates.time_there,
    "date": dates.date,
    "day": dates.day,
    "digits": i18n.digits,
    "duration": measures.duration,
    "full_date": dates.full_date,
    "height": measures.height,
    "input_date": dates.input_date,
    "km": measures.distance,
    "linked": cleaning.linkify,
    "long_date": dates.long_date,
    "markdown": markdown.to_html,
    "moment": datetime.fromisoformat,
    "money": i18n.money,
    "month_day": dates.month_day,
    "named": named,
    "near_day": dates.near_day,
    "number": i18n.number,
    "exact_price": prices.exact_price,
    "exactly": exactly,
    "pace": measures.pace,
    "paces": measures.paces,
    "phone": shown_phone,
    "price": prices.price,
    "race_time": measures.race_time,
    "time_taken": measures.time_taken,
    "rule": recurrence.describe_rule,
    "sms_name": cleaning.sms_name,
    "sms_title": sms_title,
    "sms_words": cleaning.sms_words,
    "upper_first": upper_first,
    "veiled_numbers": veiled_numbers,
    "without_quotations": without_quotations,
    "weekday": dates.weekday,
    "weekday_name": dates.weekday_name,
    "when": dates.when,
    "your_time": dates.viewer_time,
    "zone_name": dates.zone_name,
}


def init_app(app: Flask) -> None:
    """Register filters and globals."""
    app.jinja_env.filters.update({name: at_rendering(function) for name, function in FILTERS.items()})
    app.jinja_env.globals.update(
        calendar=i18n.calendar,
        direction=i18n.direction,
        get_locale_code=i18n.get_locale_code,
        link_token=signed_links.make_token,
        pace_unit=measures.pace_unit,
        timezone=i18n.timezone,
        units=i18n.units,
        week=dates.week,
    )
