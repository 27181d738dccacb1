"""What an organiser's message comes to: people, SMS, segments, money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from hampa.announcements.models import RunMessage
from hampa.announcements.queries.messages import Readers, message_data
from hampa.notifications.models import get_kind
from hampa.outbox.wording import render_text
from hampa.platform.config import settings
from hampa.platform.sms import segments
from hampa.runs.models.run import Run


@dataclass(frozen=True, slots=True)
class Part:
    """The SMS to those who read one language: the text as it is sent, in how many segments, to how many people."""

    locale: str
    people: int
    text: str
    segments: int


@dataclass(frozen=True, slots=True)
class Bill:
    """What a message comes to. `cost` is None where the operator named no price; `parts` is empty without SMS."""

    people: int
    parts: tuple[Part, ...]
    cost: Decimal | None
    currency: str

    @property
    def phones(self) -> int:
        """How many SMS that is, however long."""
        return sum(part.people for part in self.parts)

    @property
    def segments(self) -> int:
        """What the gateway charges for."""
        return sum(part.people * part.segments for part in self.parts)


def bill_of(run: Run, message: RunMessage, sender: str, readers: Mapping[str, Readers]) -> Bill:
    """The bill of a message for so many `readers` by language; the SMS are counted as they will be sent."""
    parts = tuple(
        _part(run, message, sender, locale, those.phones)
        for locale, those in readers.items()
        if message.by_sms and those.phones
    )
    price = settings().sms_price
    sent = sum(part.people * part.segments for part in parts)
    return Bill(
        people=sum(those.people for those in readers.values()),
        parts=parts,
        cost=price.amount * sent if price else None,
        currency=price.currency if price else "",
    )


def _part(run: Run, message: RunMessage, sender: str, locale: str, people: int) -> Part:
    text = render_text(get_kind("organiser_message").sms_template, locale, data=message_data(run, sender, message.text))
    return Part(locale, people, text, segments.count(text))
