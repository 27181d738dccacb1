"""What SMS cost: the price of a part, by gateway and by the beginning of the number."""

from hampa.platform.config import settings
from hampa.platform.variables import Price


def price_of_part(gateway: str, number: str) -> Price | None:
    """Return the price of a part through a gateway to a number (E.164), None if the operator named none.

    The longest prefix decides, then whether the price names the gateway.
    """
    wanted = settings()
    fitting = [
        price
        for price in wanted.sms_prices
        if price.gateway in ("", gateway) and number.startswith(price.prefix or "+")
    ]
    if not fitting:
        return wanted.sms_price
    return max(fitting, key=lambda price: (len(price.prefix), price.gateway != "")).price


def price_of(gateway: str, number: str, parts: int) -> Price | None:
    """Return the price of an SMS of some parts."""
    price = price_of_part(gateway, number)
    return None if price is None else Price(price.amount * parts, price.currency)
