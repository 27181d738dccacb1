"""The gateway for development: a page of ours on which one pays, fails or walks away; charges are kept in Redis."""

import json
import secrets
from typing import Any

from hampa.platform.payments.base import Charge, Checkout, GatewayDown, Says, Verdict
from hampa.platform.redis import cache

KEPT_SECONDS = 7 * 24 * 3600
OPEN, PAID, FAILED, LEFT, GIVEN_BACK = "open", "paid", "failed", "left", "given back"
VANISH = "vanish"
ACTS: dict[str, dict[str, Any]] = {
    "pay": {"state": PAID},
    "fail": {"state": FAILED},
    "leave": {"state": LEFT},
    VANISH: {"state": PAID},
    "other": {"state": PAID, "amount": 1},
}
"""What can be done on the page of the sandbox, and what it makes of a charge."""


class SandboxGateway:
    """Charges that nobody pays with money; `address` is where they are paid."""

    name = "sandbox"
    currencies: frozenset[str] | None = None
    gives_back = True

    def __init__(self, address: str) -> None:
        self._address = address

    def start(self, charge: Charge, /) -> Checkout:
        """Have a charge taken on."""
        gateway_id = secrets.token_hex(12)
        values = {
            "amount": charge.amount,
            "currency": charge.currency,
            "words": charge.words,
            "return_url": charge.return_url,
        }
        keep(gateway_id, {**values, "state": OPEN})
        return Checkout(gateway_id, f"{self._address}/{gateway_id}")

    def verify(self, gateway_id: str, amount: int, currency: str, /) -> Verdict:
        """Return the state of a charge; one that Redis has forgotten was not paid."""
        charge = charge_of(gateway_id)
        if charge is None:
            return Verdict(Says.FAILED)
        if charge["state"] == OPEN:
            return Verdict(Says.OPEN)
        if charge["state"] != PAID:
            return Verdict(Says.FAILED)
        is_right = (charge["amount"], charge["currency"]) == (amount, currency)
        return Verdict(Says.PAID if is_right else Says.DIFFERENT, f"sandbox-{gateway_id[:8]}")

    def give_back(self, gateway_id: str, reference: str, key: str, /) -> None:
        """Give the amount back."""
        if (charge := charge_of(gateway_id)) is not None:
            keep(gateway_id, {**charge, "state": GIVEN_BACK})

    def close(self) -> None:
        """Do nothing."""


def charge_of(gateway_id: str) -> dict[str, Any] | None:
    """Return a charge with its state, None for one that is not known."""
    stored = cache.get(_key(gateway_id))
    return json.loads(stored) if stored else None


def keep(gateway_id: str, charge: dict[str, Any]) -> None:
    """Keep a charge. Raise `GatewayDown` while Redis is away."""
    if not cache.set(_key(gateway_id), json.dumps(charge), KEPT_SECONDS):
        raise GatewayDown("Redis is away")


def _key(gateway_id: str) -> str:
    return f"sandbox:{gateway_id}"
