"""People."""

from __future__ import annotations

from typing import Any

from hampa.people.models.person import Person
from tests.factories.base import made, number


def phone() -> str:
    """A mobile number of Iran that nobody has yet."""
    return f"+98912{1_000_000 + number():07d}"


def make_person(**given: Any) -> Person:
    """Somebody who has been through the first steps, reads English and lives by the Gregorian calendar."""
    nth = number()
    values = {
        "phone": f"+98935{1_000_000 + nth:07d}",
        "name": f"Runner {nth}",
        "city": "Tehran",
        "locale": "en",
        "calendar": "gregorian",
        "timezone": "Asia/Tehran",
    }
    return made(Person, **(values | given))
