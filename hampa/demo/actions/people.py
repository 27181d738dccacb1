"""The people of the demo. What the demo made is known by its id, worked out from a number and not drawn, so that a second
start finds it again and touches nothing that a person made.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from hampa.demo import data
from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db

PEOPLE = 60
OPERATOR = 9
NAMESPACE = uuid.UUID("5d1f0a52-6f0c-4d2e-9a55-1f9f0f5f9b11")


def made_id(kind: str, *numbers: int) -> uuid.UUID:
    """The id of the demo's thing of a kind with these numbers: the same at each start."""
    return uuid.uuid5(NAMESPACE, f"{kind}-{'-'.join(map(str, numbers))}")


def phone_of(number: int) -> str:
    """The number that demo person 1, 2, … signs in with (E.164)."""
    return f"+9891200000{number:02}"


def make_people() -> list[Person]:
    """The demo's people, first the personas by number; those who are there already stay as they are."""
    rows = [person_row(number, somebody) for number, somebody in enumerate(everybody(), start=1)]
    handles = [row["handle"] for row in rows if row["handle"]]
    taken = set(db.session.scalars(select(Person.handle).where(Person.handle.in_(handles))))
    rows = [row | {"handle": None} if row["handle"] in taken else row for row in rows]
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
        "handle": somebody.handle,
        "profile_visibility": "everyone" if somebody.handle else "companions",
        "shows_past_runs": somebody.handle is not None,
        "locale": somebody.locale,
        "timezone": "Europe/Berlin" if somebody.city == "Berlin" else "Asia/Tehran",
        "calendar": "solar" if persian else "gregorian",
        "is_operator": number == OPERATOR,
        "is_demo": True,
        "last_sign_in_at": clock.now(),
    }
