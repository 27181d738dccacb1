"""The gateway of development, and of demo people: it delivers to `/dev/outbox`."""

from __future__ import annotations

from hampa.platform.delivery import console
from hampa.platform.delivery.outcomes import Outcome
from hampa.platform.mail.base import MailMessage


class ConsoleGateway:
    """Takes every mail, at once, and the same one only once; of its two forms the text."""

    name = "console"
    parallel = 1

    def send(self, message: MailMessage) -> Outcome:
        return console.deliver(
            "mail",
            message.to,
            f"{message.subject}\n\n{message.text}",
            veiled=f"{message.subject}\n\n{message.veiled}",
            purpose=message.purpose,
            key=message.idempotency_key,
        )
