"""What becomes of the wishes of somebody who leaves Hampa."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, select, update

from hampa.cards.models.card import Card
from hampa.cards.models.interest import ENDED, PENDING, WITHDRAWN, Interest
from hampa.notifications.actions import notify
from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db


def end_pending(person: Person) -> None:
    """Take back what the person asked, and tell those who asked them that it has ended. Doing it twice is doing it once."""
    _end(Interest.sender_id == person.id, WITHDRAWN)
    for card_id, title in db.session.execute(select(Card.id, Card.title).where(Card.owner_id == person.id)).all():
        notify(
            _end(Interest.card_id == card_id, ENDED),
            "interest_ended",
            actor_id=person.id,
            subject_id=card_id,
            data={"name": person.name, "card": title},
            event=f"{card_id}:{person.leaving_at}",
        )


def _end(whose: ColumnElement[bool], status: str) -> Sequence[uuid.UUID]:
    ended = (
        update(Interest)
        .where(whose, Interest.status == PENDING)
        .values(status=status, decided_at=clock.now(), version=Interest.version + 1)
        .returning(Interest.sender_id)
    )
    return db.session.scalars(ended).all()
