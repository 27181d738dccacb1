"""What two people's cards have in common: how a request fits, and what a run of the two would be."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, literal, select, union_all

from hampa.cards.models import DAYS, Card, Interest
from hampa.cards.queries.listing import CARD_COLUMNS
from hampa.cards.queries.scoring import Match, km_between, match_of, score_of
from hampa.people.models import Person
from hampa.platform.db import db

USUAL_TIMES = {
    "dawn": time(6),
    "morning": time(7, 30),
    "noon": time(12),
    "afternoon": time(16),
    "evening": time(18, 30),
    "night": time(20, 30),
}
"""When people set off who run at this time of day."""
DAYS_OFFERED = 4


@dataclass(frozen=True, slots=True)
class AskersCard:
    """How somebody runs who asks to run with the owner of a card, and how that matches the card.

    `card` is a row with the columns of the asker's card that matches best, None for somebody without an active one.
    """

    interest: Interest
    card: Row[Any] | None = None
    match: Match | None = None


def with_cards_of_askers(interests: Sequence[Interest]) -> list[AskersCard]:
    """Return interests with the active card of each sender that matches the card that was asked for best.

    One statement, however many interests there are: a person has few cards, and each is compared with all senders at
    once.
    """
    own_cards = {interest.card.id: interest.card for interest in interests if interest.card is not None}
    best: dict[tuple[uuid.UUID, uuid.UUID], Row[Any]] = {}
    for row in _scored(own_cards.values(), interests):
        key = row.own_id, row.owner_id
        if key not in best or row.score > best[key].score:
            best[key] = row
    return [_askers_card(interest, best) for interest in interests]


def _askers_card(interest: Interest, best: dict[tuple[uuid.UUID, uuid.UUID], Row[Any]]) -> AskersCard:
    own_card = interest.card
    card = best.get((own_card.id, interest.sender_id)) if own_card else None
    match = match_of(own_card, card) if own_card is not None and card is not None else None
    return AskersCard(interest, card, match if match and match.days else None)


def _scored(own_cards: Iterable[Card], interests: Sequence[Interest]) -> Sequence[Row[Any]]:
    columns = [getattr(Card, name) for name in CARD_COLUMNS.split()]
    queries = []
    for own_card in own_cards:
        sender_ids = {interest.sender_id for interest in interests if interest.card_id == own_card.id}
        queries.append(
            select(
                *columns,
                Card.owner_id,
                score_of(own_card, Card, km_between(own_card, Card)).label("score"),
                km_between(own_card, Card).label("km"),
                Card.latitude.is_not(None).label("has_pin"),
                literal(own_card.id).label("own_id"),
            ).where(Card.owner_id.in_(sender_ids), Card.state == "active")
        )
    return db.session.execute(union_all(*queries)).all() if queries else []


@dataclass(frozen=True, slots=True)
class RunForTwo:
    """What would suit two people: a place, days and a time of day of their cards, the shorter way, the slower pace.

    `days` are codes of the days that both have or, without a common one, those of either. `pace` is seconds a
    kilometre. All are empty for two people without cards.
    """

    place: str = ""
    days: tuple[str, ...] = ()
    time_of_day: str = ""
    distance_km: Decimal | None = None
    pace: int | None = None

    def dates_after(self, today: date) -> list[date]:
        """Return the next dates that suit both, from tomorrow on."""
        coming = (today + timedelta(days=ahead) for ahead in range(1, 15))
        return [day for day in coming if DAYS[day.weekday()] in self.days][:DAYS_OFFERED]

    @property
    def usual_time(self) -> time | None:
        """When people set off at this time of day."""
        return USUAL_TIMES.get(self.time_of_day)


def run_for_two(person: Person, companion_id: uuid.UUID) -> RunForTwo:
    """Return what would suit a person and a companion, by the two active cards that have most days in common."""
    query = select(Card).where(Card.owner_id.in_((person.id, companion_id)), Card.state == "active")
    cards = db.session.scalars(query.order_by(Card.created_at.desc())).all()
    theirs = [card for card in cards if card.owner_id == companion_id]
    own = [card for card in cards if card.owner_id == person.id]
    if not theirs or not own:
        alone = next(iter(theirs or own), None)
        return _suiting(alone, alone) if alone else RunForTwo()
    return _suiting(*max(((a, b) for a in theirs for b in own), key=lambda pair: _shared_days_and_time(*pair)))


def _shared_days_and_time(theirs: Card, own: Card) -> tuple[int, bool]:
    return len(set(theirs.days) & set(own.days)), theirs.time_of_day == own.time_of_day


def _suiting(theirs: Card, own: Card) -> RunForTwo:
    common = set(theirs.days) & set(own.days)
    days = common or set(theirs.days) | set(own.days)
    return RunForTwo(
        place=theirs.place,
        days=tuple(day for day in DAYS if day in days),
        time_of_day=theirs.time_of_day,
        distance_km=min(theirs.distance_km, own.distance_km),
        pace=max(theirs.pace, own.pace),
    )
