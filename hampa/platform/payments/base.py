"""What gateways of payments have in common: a charge, where it is paid, and what the gateway says of it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

MOST_SECONDS = 6.0
"""The limit of a whole call: a person who comes back from the gateway waits for it."""


class GatewayDown(Exception):
    """The gateway gave no answer that can be used; nothing is known, and the call may be repeated."""


class GatewayRefused(Exception):
    """The gateway does not take the charge on, such as an amount that is too small."""


class Says(Enum):
    """What a gateway says of a charge."""

    PAID = "paid"
    OPEN = "open"
    """It may still be paid."""
    FAILED = "failed"
    """It was not paid, or given back, and is not at the bank any more."""
    DIFFERENT = "different"
    """Another amount was paid."""


@dataclass(frozen=True)
class Charge:
    """What is to be paid: `amount` in the smallest unit of the currency; `words` say what for."""

    id: uuid.UUID
    amount: int
    currency: str
    words: str
    return_url: str


@dataclass(frozen=True)
class Checkout:
    """Where a charge is paid, and the gateway's id of it."""

    gateway_id: str
    url: str


@dataclass(frozen=True)
class Verdict:
    """What the gateway says when it is asked; `reference` is what its own pages know the payment by."""

    says: Says
    reference: str = ""


class PaymentGateway(Protocol):
    """One gateway. All methods raise `GatewayDown`; a call takes no longer than `MOST_SECONDS`."""

    name: str
    currencies: frozenset[str] | None
    """The currencies that it charges; None: any."""
    gives_back: bool
    """Whether it gives money back when it is asked; otherwise somebody does so on its own pages."""

    def start(self, charge: Charge, /) -> Checkout:
        """Have a charge taken on. Raise `GatewayRefused`."""

    def verify(self, gateway_id: str, amount: int, currency: str, /) -> Verdict:
        """Ask for the state of a charge; a paid one is confirmed by that, where the gateway wants it."""

    def give_back(self, gateway_id: str, reference: str, key: str, /) -> None:
        """Give the whole amount back, once for each key. Raise `GatewayRefused`."""

    def close(self) -> None:
        """Close the connections."""


class Unsigned(Exception):
    """A call that is not the gateway's."""


@dataclass(frozen=True)
class Event:
    """What a gateway told by itself: the charge to ask about, and whether all of it was given back."""

    gateway_id: str = ""
    reference: str = ""
    given_back: bool = False


Headers = Mapping[str, str]
