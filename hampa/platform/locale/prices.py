"""Prices: amounts in the smallest unit of a currency, as people write them, and as operators type them."""

import re
from decimal import Decimal

from babel.numbers import get_currency_precision

from hampa.platform.locale import i18n
from hampa.platform.locale.i18n import gettext as _

RIAL = "IRR"
RIALS_PER_TOMAN = 10
LARGEST = 10**15


def price(amount: int, currency: str) -> str:
    """Return an amount in the smallest unit as people write it: rials in toman, where these are whole."""
    if currency != RIAL:
        return i18n.money(in_units(amount, currency), currency)
    if amount % RIALS_PER_TOMAN:
        return _("%(number)s rials", number=i18n.number(amount))
    return _("%(number)s toman", number=i18n.number(amount // RIALS_PER_TOMAN))


def exact_price(amount: int, currency: str) -> str:
    """Return an amount for a receipt: of toman it says how many rials they are."""
    words = price(amount, currency)
    if currency != RIAL or amount % RIALS_PER_TOMAN:
        return words
    return _("%(toman)s (%(number)s rials)", toman=words, number=i18n.number(amount))


def in_units(amount: int, currency: str) -> Decimal:
    """Return an amount in the currency's main unit."""
    return Decimal(amount).scaleb(-precision(currency))


def precision(currency: str) -> int:
    """Return how many digits the smallest unit is behind the point; rials have none."""
    return int(get_currency_precision(currency))


def parse_price(text: str, currency: str) -> int:
    """Return what is typed in the main unit, in the smallest unit. Raise ValueError for what is no such amount."""
    cleaned = re.sub(r"[\s,٬]", "", text).replace("٫", ".")
    try:
        amount = Decimal(cleaned).scaleb(precision(currency))
    except ArithmeticError:  # no number, or one with an exponent out of range
        raise ValueError(text) from None
    if not amount.is_finite() or amount != amount.to_integral_value() or not 0 <= amount <= LARGEST:
        raise ValueError(text)
    return int(amount)
