"""The cards and companions of the demo."""

import random
import uuid
from datetime import datetime, timedelta

from sqlalchemy import select

from hampa.cards.models import ACCEPTED, DAYS, PENDING, TIMES_OF_DAY, Card, Interest
from hampa.demo import data
from hampa.demo.actions.people import demo_id
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db

CARDS = 80


def make_cards(people: list[Person]) -> None:
    """Create the missing cards: one or two for each person, the newest a few hours old."""
    now = clock.now()
    existing = set(db.session.scalars(select(Card.id).where(Card.owner_id.in_([person.id for person in people]))))
    for number in range(CARDS):
        card_id = demo_id("card", number)
        if card_id not in existing:
            db.session.add(_card(card_id, number, people[number % len(people)], now))
    db.session.flush()


def _card(card_id: uuid.UUID, number: int, owner: Person, now: datetime) -> Card:
    dice = random.Random(number)  # noqa: S311 - no secret
    persian = owner.locale == "fa"
    near = [spot for spot in data.SPOTS if spot.timezone == owner.timezone]
    spot = dice.choice([spot for spot in near if spot.locale == owner.locale] or near)
    pace = dice.randrange(270, 480, 5)
    title = dice.choice(data.CARD_TITLES_FA if persian else data.CARD_TITLES_EN)
    card = Card(
        id=card_id,
        owner_id=owner.id,
        title=title,
        description=dice.choice(data.BIOS_FA if persian else data.BIOS_EN),
        place=spot.name.split("،")[0].split(",")[0],
        latitude=round(spot.latitude + dice.uniform(-0.02, 0.02), 5),
        longitude=round(spot.longitude + dice.uniform(-0.02, 0.02), 5),
        days=sorted(dice.sample(DAYS, dice.randint(1, 4)), key=DAYS.index),
        time_of_day=dice.choice(TIMES_OF_DAY[:2] if title in data.MORNING_TITLES else TIMES_OF_DAY),
        distance_km=dice.choice((5, 6, 8, 10, 12, 15, 18)),
        pace=pace,
        level="advanced" if pace < 310 else "regular" if pace < 390 else "beginner",
        aim=dice.choice(data.AIMS_FA if persian else data.AIMS_EN),
        best_10k=pace * 10 - 120 if number % 3 == 0 else None,
        phone_visibility=("hidden", "accepted")[number % 2],
        company="women" if owner.gender == "female" and number % 5 == 1 else "anyone",
        created_at=now - timedelta(hours=3 + number * 7),
    )
    card.update_search_index(owner)
    return card


def _alike(number: int, owner: Person, people: list[Person]) -> list[Person]:
    """Return two people who live where the owner of a card does and run on its days."""
    own_days = set(db.session.get_one(Card, demo_id("card", number)).days)
    neighbours = [person for person in people if person.timezone == owner.timezone and person is not owner]
    ids = [person.id for person in neighbours]
    rows = db.session.execute(select(Card.owner_id, Card.days).where(Card.owner_id.in_(ids))).all()
    alike = {owner_id for owner_id, days in rows if own_days & set(days)}
    return [person for person in neighbours if person.id in alike][-2:]


def make_companions(people: list[Person]) -> None:
    """Make Sara and Reza companions, and some others; some wait for an answer, Mina is a stranger to them."""
    sara, reza, mina = people[0], people[1], people[2]
    pairs = [(reza, sara, ACCEPTED), (people[3], sara, PENDING), (people[5], people[6], ACCEPTED)]
    others = [person for person in people if person not in (sara, reza, mina)]
    pairs += [(others[n], others[n + 1], ACCEPTED) for n in range(10, 40, 4)]
    for number in (0, 6):
        pairs += [(sender, people[number], PENDING) for sender in _alike(number, people[number], others)]
    for number, (sender, owner, status) in enumerate(pairs):
        interest_id = demo_id("interest", number)
        if db.session.get(Interest, interest_id) is None:
            db.session.add(
                Interest(
                    id=interest_id,
                    card_id=demo_id("card", people.index(owner)),
                    sender_id=sender.id,
                    owner_id=owner.id,
                    line=(data.NOTES_FA if sender.locale == "fa" else data.NOTES_EN)[number % 2],
                    status=status,
                    decided_at=None if status == PENDING else clock.now(),
                )
            )
    db.session.flush()
