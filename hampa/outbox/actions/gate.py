"""What may be sent at a moment, by the gateways that rest and by what the day has cost."""

import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from math import inf

from hampa.outbox import queries
from hampa.outbox.actions.claims import claim_due
from hampa.outbox.models import PRIORITIES, ClaimedMessage
from hampa.platform import clock
from hampa.platform.config import settings
from hampa.platform.db import db
from hampa.platform.delivery.base import Fault, Gateway, Outcome
from hampa.platform.delivery.breaker import FIRST_REST, Trouble, begin_probe, record_outcomes, troubles
from hampa.platform.delivery.gateways import addresses_of, gateways_for, open_addresses
from hampa.platform.sms.prices import price_of_part

LOOK_SECONDS, SPENT_SECONDS = 0.5, 5.0
"""How long a worker keeps what it has read of gateways and of the day's spending."""


class Gate:
    """What may be sent now: the gateways that rest are asked about twice a second, the day's spending less often."""

    def __init__(self, queue: str) -> None:
        self._queue = queue
        self._troubles: Mapping[str, Trouble] = {}
        self._read_at = self._spent_at = -inf
        self._spent: Mapping[str, Decimal] = {}
        self._probes: dict[uuid.UUID, str] = {}

    def claim(self, limit: int) -> list[ClaimedMessage]:
        """Claim due messages that a gateway takes, or one to probe a gateway with whose rest is over.

        The claim holds once it is committed.
        """
        self._look()
        claimed = self._claim_probe()
        if not claimed:
            claimed = claim_due(self._queue, limit, open_addresses(self._resting))
        return claimed

    def gateways_of(self, message: ClaimedMessage) -> tuple[Gateway, ...]:
        """Return the gateways that a message is handed to, of which the second takes over; none while all rest."""
        gateways = gateways_for(message.kind, message.recipient)
        if (probed := self._probes.get(message.id)) is not None:
            return tuple(gateway for gateway in gateways if gateway.name == probed)
        return tuple(gateway for gateway in gateways if gateway.name not in self._resting)

    def put_off(self, message: ClaimedMessage) -> tuple[datetime, str] | None:
        """Return until when a message has to wait, and why, or None."""
        if message.is_demo:
            return None
        gateways = self.gateways_of(message)
        if not gateways:
            return clock.now() + FIRST_REST, "the gateway rests"
        if message.kind == "sms" and message.priority == PRIORITIES["bulk"] and settings().sms_budget_day:
            price = price_of_part(gateways[0].name, message.recipient)
            if price is not None and self._is_spent(price.currency):
                return queries.next_day(), "the day's budget is used"
        return None

    def record(self, heard: Sequence[tuple[Gateway, Outcome]]) -> None:
        """Record what gateways answered."""
        record_outcomes([(gateway.name, outcome) for gateway, outcome in heard], self._troubles)
        if self._troubles or any(outcome.cause is not Fault.MESSAGE for _gateway, outcome in heard):
            self._read_at = -inf
            self._probes = {}

    @property
    def _resting(self) -> set[str]:
        return {name for name, trouble in self._troubles.items() if trouble.rests_until is not None}

    def _look(self) -> None:
        if time.monotonic() - self._read_at >= LOOK_SECONDS:
            self._troubles, self._read_at = troubles(), time.monotonic()

    def _claim_probe(self) -> list[ClaimedMessage]:
        """Claim one message for the first gateway that may be probed; codes are risked last."""
        for name, trouble in self._troubles.items():
            if trouble.can_probe:
                claimed = claim_due(self._queue, 1, addresses_of(name), urgent_first=False)
                if claimed and begin_probe(name):
                    self._probes = {claimed[0].id: name}
                    return claimed
                db.session.rollback()
        return []

    def _is_spent(self, currency: str) -> bool:
        """Return whether the budget of the day in a currency is used."""
        if time.monotonic() - self._spent_at >= SPENT_SECONDS:
            self._spent, self._spent_at = queries.spent_today(), time.monotonic()
            db.session.rollback()
        return any(
            budget.currency == currency and self._spent.get(currency, Decimal()) >= budget.amount
            for budget in settings().sms_budget_day
        )
