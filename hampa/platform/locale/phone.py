"""Phone numbers, by libphonenumber's data: read as people write them, kept as E.164."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from hampa.platform.texts.cleaning import to_latin_digits

MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


class PhoneError(ValueError):
    """The number can't be used; `reason` is `invalid`, `not_mobile` or `country_not_allowed`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parse(text: str, region: str, countries: Collection[str] | None = None, *, any_line: bool = False) -> str:
    """The number in E.164, read as in `region` when it has no country code.

    Only what can receive an SMS: mobile numbers, and those of countries where the number does not
    tell; with `any_line` also what can only be called. With `countries`, only of these. Raises `PhoneError`.
    """
    written = to_latin_digits(clean(text))
    if len(written) > 40 or any(c.isalpha() for c in written):
        raise PhoneError("invalid")
    try:
        number = phonenumbers.parse(written, region)
    except NumberParseException:
        raise PhoneError("invalid") from None
    if number.extension or not phonenumbers.is_valid_number(number):
        raise PhoneError("invalid")
    if not any_line and phonenumbers.number_type(number) not in MOBILE:
        raise PhoneError("not_mobile")
    if countries is not None and phonenumbers.region_code_for_number(number) not in countries:
        raise PhoneError("country_not_allowed")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def takes_sms(e164: str, countries: Collection[str]) -> bool:
    """Whether a number that may only be good for calling can be sent an SMS, in one of these countries."""
    try:
        return bool(parse(e164, "ZZ", countries))
    except PhoneError:
        return False


def clean(text: str) -> str:
    """The number without the directional marks that contacts and messengers wrap a copied one in."""
    return "".join(c for c in text if unicodedata.category(c) != "Cf").strip()


def show(e164: str, region: str | None = None) -> str:
    """The number as people of `region` write it: nationally at home, else with its country code.

    Latin digits, to be set left to right.
    """
    number = phonenumbers.parse(e164)
    home = region is not None and country(e164) == region
    form = PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, form)


def country(e164: str) -> str | None:
    """The country of the number, such as IR."""
    return phonenumbers.region_code_for_number(phonenumbers.parse(e164))


def mask(e164: str) -> str:
    """For logs: which country, and the last two digits."""
    code = str(phonenumbers.parse(e164).country_code)
    return f"+{code}{'*' * (len(e164) - len(code) - 3)}{e164[-2:]}"


def prefix(e164: str) -> str:
    """The number without its last four digits: what its neighbours share."""
    return e164[:-4]
