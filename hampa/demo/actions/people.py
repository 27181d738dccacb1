"""The people of the demo.

Ids of the demo are derived from numbers, so that a second start finds its rows and touches nothing that a person made.
"""

import random
import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from hampa.demo import data
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db

PEOPLE = 60
OPERATOR = 9
NAMESPACE = uuid.UUID("5d1f0a52-6f0c-4d2e-9a55-1f9f0f5f9b11")


def demo_id(kind: str, *numbers: int) -> uuid.UUID:
    """Return the id for a kind and numbers, the same at each start."""
    return uuid.uuid5(NAMESPACE, f"{kind}-{'-'.join(map(str, numbers))}")


def demo_phone(number: int) -> str:
    """Return the phone number (E.164) of demo person 1, 2, …."""
    return f"+9891200000{number:02}"


def make_people() -> list[Person]:
    """Create the missing people and return all of them, the personas first; existing people stay as they are."""
    rows = [_person_row(number, sample) for number, sample in enumerate(_samples(), start=1)]
    handles = [row["handle"] for row in rows if row["handle"]]
    taken = set(db.session.scalars(select(Person.handle).where(Person.handle.in_(handles))))
    rows = [row | {"handle": None} if row["handle"] in taken else row for row in rows]
    db.session.execute(insert(Person).values(rows).on_conflict_do_nothing())
    phones = [row["phone"] for row in rows]
    query = select(Person).where(Person.phone.in_(phones), Person.is_demo)
    return list(db.session.scalars(query.order_by(Person.phone)))


def _samples() -> Iterator[data.SamplePerson]:
    """Yield the personas, then invented people, two in three of them Persian."""
    yield from data.PERSONAS
    dice = random.Random(1)  # noqa: S311 - no secret
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
        yield data.SamplePerson(name, locale, gender, city, dice.choice(bios))


def _person_row(number: int, sample: data.SamplePerson) -> dict[str, Any]:
    return {
        "id": demo_id("person", number),
        "phone": demo_phone(number),
        "name": sample.name,
        "bio": sample.bio,
        "city": sample.city,
        "gender": sample.gender,
        "handle": sample.handle,
        "profile_visibility": "everyone" if sample.handle else "companions",
        "shows_past_runs": sample.handle is not None,
        "shows_online": sample.handle is not None,
        "locale": sample.locale,
        "timezone": "Europe/Berlin" if sample.city == "Berlin" else "Asia/Tehran",
        "calendar": "solar" if sample.locale == "fa" else "gregorian",
        "is_operator": number == OPERATOR,
        "is_demo": True,
        "last_sign_in_at": clock.now(),
    }
