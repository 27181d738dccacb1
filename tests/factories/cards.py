"""Runner cards and interests."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from hampa.cards.models import ACCEPTED, PENDING, Card, CardPicture, Interest, picture_file_name
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.media import storage
from tests.factories.base import made, number
from tests.factories.people import make_person


def make_card(owner: Person | None = None, **given: Any) -> Card:
    """Make an active card that anybody may answer."""
    owner = owner or make_person()
    values: dict[str, Any] = {
        "title": f"Easy mornings {number()}",
        "place": "Laleh Park",
        "days": ["tue", "thu"],
        "time_of_day": "dawn",
        "distance_km": Decimal("8.0"),
        "pace": 330,
        "level": "regular",
    }
    values |= given
    card = Card(owner_id=owner.id, **values)
    card.update_search_index(owner)
    db.session.add(card)
    db.session.flush()
    return card


def make_card_picture(card: Card) -> CardPicture:
    """Make a finished picture of a card."""
    picture = made(CardPicture, card_id=card.id, widths=[1280, 640, 320], height=800)
    for width in picture.widths or ():
        storage.put(picture_file_name(card.id, picture.id, width), b"RIFF....WEBP")
    return picture


def make_interest(
    sender: Person, card: Card, status: str = PENDING, line: str = "", decided_at: datetime | None = None
) -> Interest:
    """Make an interest of the sender in a card, decided just now unless it says when."""
    decided_at = None if status == PENDING else decided_at or clock.now()
    return made(
        Interest,
        card_id=card.id,
        sender_id=sender.id,
        owner_id=card.owner_id,
        line=line,
        status=status,
        decided_at=decided_at,
    )


def make_companions(one: Person, other: Person) -> Interest:
    """Make two people companions, by a card of the second."""
    return make_interest(one, make_card(other), ACCEPTED)
