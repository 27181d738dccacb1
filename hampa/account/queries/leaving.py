"""What happens when a person leaves, as they are told before."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, func, select

from hampa.account.queries import account_deletion
from hampa.account.queries.account_deletion import OwnedRun
from hampa.cards.models.card import Card
from hampa.cards.models.interest import PENDING, Interest
from hampa.people.models.person import Person
from hampa.platform.db import db


@dataclass(frozen=True, slots=True)
class Consequences:
    """`estates` are the runs and series that need somebody else, `places` how many runs lose this participant, `asked`
    and `asking` how many requests end that were sent to and by the person.
    """

    estates: list[OwnedRun]
    places: int
    cards: int
    asked: int
    asking: int


def consequences_for(person: Person) -> Consequences:
    """What ends, and for how many."""
    return Consequences(
        estates=account_deletion.estates_of(person),
        places=account_deletion.places_of(person),
        cards=_count(select(func.count()).where(Card.owner_id == person.id)),
        asked=_count(select(func.count()).where(Interest.owner_id == person.id, Interest.status == PENDING)),
        asking=_count(select(func.count()).where(Interest.sender_id == person.id, Interest.status == PENDING)),
    )


def _count(query: Select[int]) -> int:
    return db.session.scalar(query) or 0
