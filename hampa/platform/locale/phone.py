"""Phone numbers, by libphonenumber's data: read as people write them, stored as E.164."""

import re
import unicodedata
from collections.abc import Collection
from urllib.parse import unquote

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from hampa.platform.texts.cleaning import to_latin_digits

_LINK = re.compile(r"(?:tel|sms|smsto|callto):(?://)?([^;?]*)", re.IGNORECASE)
MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


class PhoneError(ValueError):
    """A number that cannot be used; `reason` is `invalid`, `not_mobile` or `country_not_allowed`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parse(text: str, region: str, countries: Collection[str] | None = None, *, any_line: bool = False) -> str:
    """Return a number in E.164, read as in `region` when it has no country code.

    Raise PhoneError if it cannot receive an SMS (where numbers do not tell, it counts as mobile), unless `any_line` also
    allows numbers that can only be called; and if its country is not among `countries`.
    """
    text = to_latin_digits(clean(text))
    if len(text) > 40 or any(char.isalpha() for char in text):
        raise PhoneError("invalid")
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        raise PhoneError("invalid") from None
    if number.extension or not phonenumbers.is_valid_number(number):
        raise PhoneError("invalid")
    if not any_line and phonenumbers.number_type(number) not in MOBILE:
        raise PhoneError("not_mobile")
    if countries is not None and phonenumbers.region_code_for_number(number) not in countries:
        raise PhoneError("country_not_allowed")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def can_receive_sms(e164: str, countries: Collection[str]) -> bool:
    """Return whether a number can be sent an SMS, and is of one of these countries."""
    try:
        return bool(parse(e164, "ZZ", countries))
    except PhoneError:
        return False


def clean(text: str) -> str:
    """Return a copied number with plain spaces, without the directional marks of contacts and messengers.

    Of a link to call or text (RFC 3966) the number is taken.
    """
    text = "".join(char for char in text if unicodedata.category(char) != "Cf").strip()
    if link := _LINK.match(text):
        text = unquote(link[1])
    return "".join(" " if unicodedata.category(char) == "Zs" else char for char in text).strip()


def format_phone(e164: str, region: str | None = None) -> str:
    """Format a number as in `region`, abroad with its country code; in Latin digits, to be set left to right."""
    national = region is not None and country(e164) == region
    form = PhoneNumberFormat.NATIONAL if national else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(phonenumbers.parse(e164), form)


def country(e164: str) -> str | None:
    """Return the country of a number, such as IR."""
    return phonenumbers.region_code_for_number(phonenumbers.parse(e164))


def country_code(region: str) -> int:
    """Return the code with which numbers of a country begin, such as 98."""
    return int(phonenumbers.country_code_for_region(region))


def mask(e164: str) -> str:
    """Return the country code and the last two digits, for logs."""
    code = str(phonenumbers.parse(e164).country_code)
    return f"+{code}{'*' * (len(e164) - len(code) - 3)}{e164[-2:]}"


def prefix(e164: str) -> str:
    """Return the number without its last four digits, which its neighbours share."""
    return e164[:-4]
