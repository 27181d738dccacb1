"""Phone numbers as people write them."""

from __future__ import annotations

import pytest

from hampa.platform.locale import phone

SAME = [
    "09123456789",
    "0912 345 6789",
    "0912-345-67-89",
    "(0912) 345.6789",
    "9123456789",
    "+989123456789",
    "+98 912 345 6789",
    "+98 (0)912 345 6789",
    "+98 0912 345 6789",
    "0098 912 345 6789",
    "۰۹۱۲۳۴۵۶۷۸۹",
    "۰۹۱۲ ۳۴۵ ۶۷۸۹",
    "٠٩١٢٣٤٥٦٧٨٩",
    "+۹۸۹۱۲۳۴۵۶۷۸۹",
    "٠۹1٢345۶۷۸۹",
    " \u202a+98 912 345 6789\u202c ",
    "\u200e09123456789\u200f",
    "0912\u00a0345\u00a06789",
    "＋９８９１２３４５６７８９",
    "0912\u2009345\u20096789",
    "0912\u202f345\u202f6789",
    "+98\u2007912\u2002345\u30006789",
    "\u2068+98\u00a0912\u00a0345\u00a06789\u2069",
    "tel:+989123456789",
    "TEL:+98-912-345-6789",
    "tel:+98%20912%20345%206789",
    "tel:09123456789;phone-context=+98",
    "tel://09123456789",
    "tel:۰۹۱۲۳۴۵۶۷۸۹",
    "sms:+989123456789?body=hi",
]


@pytest.mark.parametrize("typed", SAME)
def test_every_way_of_writing_is_one_number(typed: str) -> None:
    assert phone.parse(typed, "IR") == "+989123456789"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "invalid"),
        ("hello", "invalid"),
        ("0912345678", "invalid"),
        ("091234567890", "invalid"),
        ("0912 345 6789 ext 5", "invalid"),
        ("0912345678a", "invalid"),
        ("+", "invalid"),
        ("0" * 500, "invalid"),
        ("9" * 10_000, "invalid"),
        ("\x00", "invalid"),
        ("\ud800", "invalid"),
        ("1e400", "invalid"),
        ("-0", "invalid"),
        ("110", "invalid"),
        ("+999123456789", "invalid"),
        ("021 88776655", "not_mobile"),
        ("+44 20 7946 0958", "not_mobile"),
        ("+1 900 555 0199", "not_mobile"),
        ("+44 909 879 0123", "not_mobile"),
        ("+44 845 7123456", "not_mobile"),
        ("+800 1234 5678", "not_mobile"),
        ("+93 70 123 4567", "country_not_allowed"),
        ("+1 202 456 1111", "country_not_allowed"),
    ],
)
def test_what_gets_no_code(typed: str, reason: str) -> None:
    with pytest.raises(phone.PhoneError) as refused:
        phone.parse(typed, "IR", ("IR",))
    assert refused.value.reason == reason


def test_other_countries_when_allowed() -> None:
    assert phone.parse("+93 70 123 4567", "IR", ("IR", "AF")) == "+93701234567"
    assert phone.parse("+93 70 123 4567", "IR") == "+93701234567"
    assert phone.parse("070 123 4567", "AF", ("AF",)) == "+93701234567"


def test_shown_nationally_at_home_only() -> None:
    assert phone.format_phone("+989123456789", "IR") == "0912 345 6789"
    assert phone.format_phone("+989123456789", "AF") == "+98 912 345 6789"
    assert phone.format_phone("+989123456789") == "+98 912 345 6789"


def test_country_mask_and_prefix() -> None:
    assert phone.country("+989123456789") == "IR"
    assert phone.mask("+989123456789") == "+98********89"
    assert phone.prefix("+989123456789") == "+98912345"


def test_a_mask_tells_no_two_neighbours_apart() -> None:
    assert phone.mask("+989123456789") == phone.mask("+989351111189")
