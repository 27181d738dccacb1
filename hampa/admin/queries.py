"""Gateways and spending, as operators see them."""

from dataclasses import dataclass
from decimal import Decimal

from hampa.outbox import queries as outbox
from hampa.platform.config import settings
from hampa.platform.delivery import breaker
from hampa.platform.delivery.breaker import GatewayState
from hampa.platform.delivery.gateways import gateway_names


@dataclass(frozen=True)
class GatewayRow:
    """A gateway that the settings use, with its state if it has ever failed."""

    name: str
    state: GatewayState | None

    @property
    def rests(self) -> bool:
        """Return whether it gets nothing just now."""
        return self.state is not None and self.state.is_open


@dataclass(frozen=True)
class Spending:
    """What SMS have cost today in a currency, and the budget of the day if there is one."""

    currency: str
    amount: Decimal
    budget: Decimal | None

    @property
    def is_used(self) -> bool:
        """Return whether the budget is used, so that SMS to many wait."""
        return self.budget is not None and self.amount >= self.budget


def gateways() -> list[GatewayRow]:
    """Return the gateways of the settings."""
    states = {state.name: state for state in breaker.gateway_states()}
    return [GatewayRow(name, states.get(name)) for name in gateway_names()]


def spending() -> list[Spending]:
    """Return what this day has cost, by currency."""
    spent = outbox.spent_today()
    budgets = {budget.currency: budget.amount for budget in settings().sms_budget_day}
    return [
        Spending(currency, spent.get(currency, Decimal()), budgets.get(currency))
        for currency in sorted({*spent, *budgets})
    ]
