"""Words about phone numbers and their countries."""

from collections.abc import Mapping, Sequence

from babel import Locale
from babel.lists import format_list

from hampa.platform.locale import i18n, phone
from hampa.platform.locale.i18n import digits, gettext as _, ngettext

COUNTRIES_NAMED = 6
"""How many of the countries that get SMS an error names."""


def readings_in_words(readings: Mapping[str, str]) -> str:
    """Return the error of a number that may be of these countries, "" without any."""
    if not readings:
        return ""
    numbers = format_list([words for _country, words in reading_choices(readings)], "or", i18n.get_locale_code())
    return _(
        "Which country is this number of? It could be %(numbers)s. Write it with + and the country's code.",
        numbers=numbers,
    )


def reading_choices(readings: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the readings of a number to choose from, with their countries in words."""
    locale = Locale.parse(i18n.get_locale_code())
    return [
        (country, f"{locale.territories.get(country, country)} \u2066{digits(phone.format_phone(number))}\u2069")
        for country, number in readings.items()
    ]


def country_choices(countries: Sequence[str]) -> list[tuple[str, str]]:
    """Return countries to choose from, in words."""
    locale = Locale.parse(i18n.get_locale_code())
    return [(country, locale.territories.get(country, country)) for country in countries]


def countries_in_words(countries: Sequence[str]) -> str:
    """Return the error of a number whose country gets no SMS: it names the first of those that do."""
    locale = Locale.parse(i18n.get_locale_code())
    named = [
        f"{locale.territories.get(country, country)} (\u2066+{digits(str(phone.country_code(country)))}\u2069)"
        for country in countries[:COUNTRIES_NAMED]
    ]
    if more := len(countries) - len(named):
        named.append(ngettext("%(num)d more country", "%(num)d more countries", more))
    return _(
        "We can't send SMS to this country. Numbers of %(countries)s work.", countries=format_list(named, locale=locale)
    )
