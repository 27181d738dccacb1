"""Phone numbers, by libphonenumber's data: read as people write them, stored as E.164."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from urllib.parse import unquote

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from hampa.platform.texts.cleaning import to_latin_digits

_LINK = re.compile(r"(?:tel|sms|smsto|callto):(?://)?([^;?]*)", re.IGNORECASE)
MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
OTHER_COUNTRIES = 10
"""How many countries are tried for a number that is none in those it is likely of."""


class PhoneError(ValueError):
    """A number that cannot be used; `reason` is `invalid`, `not_mobile`, `country_not_allowed` or `ambiguous`.

    An ambiguous one has its `readings` in E.164, by country.
    """

    def __init__(self, reason: str, readings: Mapping[str, str] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.readings = readings or {}


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


def parse_in_regions(
    text: str, regions: Sequence[str], countries: Sequence[str] | None = None, *, any_line: bool = False
) -> str:
    """Return a number in E.164, read as in whichever of `regions` it is one, in the way of `parse`.

    Raise PhoneError; its reason is `ambiguous` if there are several readings, or only those of other `countries` (of the
    first few): a number with a digit too few must not become somebody's abroad.
    """
    readings, errors = _readings(text, regions, countries, any_line)
    if len(readings) == 1:
        return next(iter(readings.values()))
    if not readings and countries is not None:
        others = [country for country in countries[:OTHER_COUNTRIES] if country not in regions]
        readings, _errors = _readings(text, others, countries, any_line)
    if readings:
        raise PhoneError("ambiguous", readings)
    raise min(errors, key=lambda error: error.reason == "invalid")


def _readings(
    text: str, regions: Sequence[str], countries: Collection[str] | None, any_line: bool
) -> tuple[dict[str, str], list[PhoneError]]:
    """Return the different readings of a number by region, and the errors of the regions where it is none."""
    readings: dict[str, str] = {}
    errors = []
    for region in regions:
        try:
            number = parse(text, region, countries, any_line=any_line)
        except PhoneError as error:
            errors.append(error)
        else:
            if number not in readings.values():
                readings[region] = number
    return readings, errors


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


def is_region(name: str) -> bool:
    """Return whether a country of this name, such as IR, has phone numbers."""
    return name in phonenumbers.SUPPORTED_REGIONS


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
