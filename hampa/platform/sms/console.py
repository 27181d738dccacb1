"""The gateway of development, and of demo people: it delivers to `/dev/outbox`."""

from __future__ import annotations

from hampa.platform.delivery import console
from hampa.platform.delivery.outcomes import Outcome
from hampa.platform.sms.base import SmsMessage


class ConsoleGateway:
    """Takes every message, at once, and the same one only once."""

    name = "console"
    parallel = 1

    def send(self, message: SmsMessage) -> Outcome:
        return console.deliver(
            "sms",
            message.to,
            message.text,
            veiled=message.veiled,
            purpose=message.purpose,
            key=message.idempotency_key,
        )
