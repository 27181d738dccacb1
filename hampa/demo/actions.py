"""Make the demo community, and keep it alive: there are always runs to come.

Everybody in it is marked `is_demo`. What the demo made is known by its id, worked out from a number and not drawn, so
that a second start finds it again and touches nothing that a person made.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from hampa.cards.models.card import DAYS, TIMES_OF_DAY, Card
from hampa.cards.models.interest import ACCEPTED, PENDING, Interest
from hampa.demo import data
from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.attendance import OUTCOMES, Attendance
from hampa.runs.models.comment import Comment
from hampa.runs.models.participation import GOING, INTERESTED, WAITLISTED, Participation
from hampa.runs.models.run import Run

PEOPLE = 60
RUNS = 120
CARDS = 80
OPERATOR = 9
DAYS_AHEAD = 28
GENERATIONS = 200
"""How many times a demo run may have stayed behind with people who joined it, and been replaced."""

NAMESPACE = uuid.UUID("5d1f0a52-6f0c-4d2e-9a55-1f9f0f5f9b11")
HOURS = {
    "morning": ((5, 45), (6, 0), (6, 15), (6, 30), (7, 0), (8, 30)),
    "evening": ((17, 30), (18, 30), (19, 30), (20, 45)),
}
CAPACITIES = (None, None, 6, 8, 10, 12, 15, 20, 30, 40)


def made_id(kind: str, *numbers: int) -> uuid.UUID:
    """The id of the demo's thing of a kind with these numbers: the same at each start."""
    return uuid.uuid5(NAMESPACE, f"{kind}-{'-'.join(map(str, numbers))}")


def phone_of(number: int) -> str:
    """The number that demo person 1, 2, … signs in with (E.164)."""
    return f"+9891200000{number:02}"


def make_people() -> list[Person]:
    """The demo's people, first the personas by number; those who are there already stay as they are."""
    rows = [person_row(number, somebody) for number, somebody in enumerate(everybody(), start=1)]
    db.session.execute(insert(Person).values(rows).on_conflict_do_nothing())
    phones = [row["phone"] for row in rows]
    found = db.session.scalars(select(Person).where(Person.phone.in_(phones), Person.is_demo)).all()
    return sorted(found, key=lambda person: person.phone)


def everybody() -> Iterator[data.Somebody]:
    """The personas, then made-up people, two in three of them Persian."""
    yield from data.PERSONAS
    dice = random.Random(1)  # noqa: S311 - a community, not a secret
    firsts: tuple[str, ...]
    lasts: tuple[str, ...]
    bios: tuple[str, ...]
    for number in range(len(data.PERSONAS), PEOPLE):
        gender = "female" if number % 2 else "male"
        if number % 3:
            firsts, lasts, bios, locale, city = data.FIRST_FA[gender], data.LAST_FA, data.BIOS_FA, "fa", "تهران"
        else:
            firsts, lasts, bios, locale, city = data.FIRST_EN[gender], data.LAST_EN, data.BIOS_EN, "en", "Berlin"
        name = f"{dice.choice(firsts)} {dice.choice(lasts)}"
        yield data.Somebody(name, locale, gender, city, dice.choice(bios))


def person_row(number: int, somebody: data.Somebody) -> dict[str, Any]:
    """The columns of a demo person."""
    persian = somebody.locale == "fa"
    return {
        "id": made_id("person", number),
        "phone": phone_of(number),
        "name": somebody.name,
        "bio": somebody.bio,
        "city": somebody.city,
        "gender": somebody.gender,
        "locale": somebody.locale,
        "timezone": "Europe/Berlin" if somebody.city == "Berlin" else "Asia/Tehran",
        "calendar": "solar" if persian else "gregorian",
        "is_operator": number == OPERATOR,
        "is_demo": True,
        "last_sign_in_at": clock.now(),
    }


def make_runs(people: list[Person]) -> int:
    """See to it that there are `RUNS` demo runs to come; how many were made or moved.

    A run that is over moves on by whole weeks, to the same weekday and clock time. One that a person joined, changed or
    cancelled stays where it is, and another takes its place in the list.
    """
    now = clock.now()
    touched = runs_touched_by_people()
    ids = [made_id("run", slot, age) for slot in range(RUNS) for age in range(GENERATIONS)]
    there = {run.id: run for run in db.session.scalars(select(Run).where(Run.id.in_(ids)))}
    changed = 0
    for slot in range(RUNS):
        for age in range(GENERATIONS):
            run = there.get(made_id("run", slot, age))
            if run is None:
                add_run(slot, age, people, now)
                changed += 1
                break
            if run.starts_at > now and run.cancelled_at is None:
                break
            if run.id not in touched:
                move_on(run, now)
                changed += 1
                break
    db.session.flush()
    return changed


def runs_touched_by_people() -> set[uuid.UUID]:
    """Demo runs that somebody who is no demo person joined or spoke under, or that were changed or cancelled since."""
    joined = select(Participation.run_id).join(Person, Person.id == Participation.person_id).where(~Person.is_demo)
    spoken = select(Comment.run_id).join(Person, Person.id == Comment.author_id).where(~Person.is_demo)
    edited = select(Run.id).where((Run.sequence > 0) | Run.cancelled_at.is_not(None))
    return set(db.session.scalars(joined.union(spoken, edited)))


def start_of(slot: int, part: str, zone: ZoneInfo, now: datetime) -> datetime:
    """When the run of a slot starts, as a wall time there: the slots are spread over four weeks from tomorrow."""
    hours = HOURS[part] if part else HOURS["morning"] + HOURS["evening"]
    hour, minute = hours[(slot * 7) % len(hours)]
    day = now.astimezone(zone).date() + timedelta(days=1 + slot * DAYS_AHEAD // RUNS)
    return datetime.combine(day, time(hour, minute))


def add_run(slot: int, age: int, people: list[Person], now: datetime) -> None:
    """A run for a slot, with some who take part; popular ones are full and have people waiting."""
    dice = random.Random(slot * 1000 + age)  # noqa: S311 - a community, not a secret
    outing = data.OUTINGS[slot % len(data.OUTINGS)]
    spots = [spot for spot in data.SPOTS if spot.locale == outing.locale and spot.name.startswith(outing.spot)]
    spot = dice.choice(spots)
    organiser = people[0] if slot % 8 == 0 else dice.choice([p for p in people if p.locale == outing.locale])
    zone = ZoneInfo(spot.timezone)
    local = start_of(slot, outing.part, zone, now)
    capacity = CAPACITIES[slot % len(CAPACITIES)]
    run = Run(
        id=made_id("run", slot, age),
        organiser_id=organiser.id,
        title=outing.title,
        description=outing.description,
        starts_at=local.replace(tzinfo=zone),
        starts_local=local,
        timezone=spot.timezone,
        duration_min=outing.duration_min,
        place=spot.name,
        latitude=spot.latitude,
        longitude=spot.longitude,
        distance_km=outing.distance_km,
        level=outing.level,
        terrain=spot.terrain,
        capacity=capacity,
    )
    run.be_found(organiser)
    comers = who_comes(run, dice, [person for person in people if person.id != organiser.id])
    db.session.add(run)
    db.session.flush()
    db.session.add_all(comers)


def who_comes(run: Run, dice: random.Random, people: list[Person]) -> list[Participation]:
    """Some go, some wait when it is full, some are interested; the run's counts with them."""
    found = []
    wanted = dice.randint(2, 14) if run.capacity is None else dice.randint(1, run.capacity + 3)
    comers = dice.sample(people, min(wanted + 2, len(people)))
    for rank, person in enumerate(comers, start=1):
        if rank > wanted:
            status, run.interested = INTERESTED, (run.interested or 0) + 1
        elif run.capacity is None or rank <= run.capacity:
            status, run.taken = GOING, (run.taken or 0) + 1
        else:
            status, run.waiting = WAITLISTED, (run.waiting or 0) + 1
        found.append(Participation(run_id=run.id, person_id=person.id, status=status, rank=rank))
    run.next_rank = len(comers) + 1
    return found


def move_on(run: Run, now: datetime) -> None:
    """The same weekday and clock time, the next week in which it is still to come."""
    weeks = 1 + (now - run.starts_at) // timedelta(weeks=1)
    local = run.starts_local + timedelta(weeks=weeks)
    run.starts_local = local
    run.starts_at = local.replace(tzinfo=run.zone)
    run.previous_starts_at = None
    begin_anew(run)


def begin_anew(run: Run) -> None:
    """Those who came last time, or did not, go again."""
    those = (Participation.run_id == run.id, Participation.status.in_(OUTCOMES))
    marked = select(Participation.id).where(Participation.run_id == run.id)
    unseen = {"synchronize_session": False}
    db.session.execute(delete(Attendance).where(Attendance.participation_id.in_(marked)), execution_options=unseen)
    db.session.execute(update(Participation).where(*those).values(status=GOING), execution_options=unseen)


def make_cards(people: list[Person]) -> None:
    """Eighty cards: one or two each of sixty people, the newest of them a few hours old."""
    now = clock.now()
    there = set(db.session.scalars(select(Card.id).where(Card.owner_id.in_([person.id for person in people]))))
    for number in range(CARDS):
        card_id = made_id("card", number)
        if card_id not in there:
            db.session.add(card_of(card_id, number, people[number % len(people)], now))
    db.session.flush()


def card_of(card_id: uuid.UUID, number: int, owner: Person, now: datetime) -> Card:
    """A card with everything a runner would say, drawn by its number."""
    dice = random.Random(number)  # noqa: S311 - a community, not a secret
    persian = owner.locale == "fa"
    spot = dice.choice([spot for spot in data.SPOTS if spot.locale == owner.locale])
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
    card.gather_words()
    return card


def make_companions(people: list[Person]) -> None:
    """Sara and Reza are companions, some others too; one waits for Sara's answer. Mina is a stranger to them."""
    sara, reza, mina = people[0], people[1], people[2]
    pairs = [(reza, sara, ACCEPTED), (people[3], sara, PENDING), (people[5], people[6], ACCEPTED)]
    others = [person for person in people if person not in (sara, reza, mina)]
    pairs += [(others[n], others[n + 1], ACCEPTED) for n in range(10, 40, 4)]
    for number, (sender, owner, status) in enumerate(pairs):
        interest_id = made_id("interest", number)
        if db.session.get(Interest, interest_id) is None:
            db.session.add(
                Interest(
                    id=interest_id,
                    card_id=made_id("card", people.index(owner)),
                    sender_id=sender.id,
                    owner_id=owner.id,
                    line=(data.NOTES_FA if sender.locale == "fa" else data.NOTES_EN)[number % 2],
                    status=status,
                    decided_at=None if status == PENDING else clock.now(),
                )
            )
    db.session.flush()
