"""People."""

from __future__ import annotations

from datetime import time
from typing import Any

from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.platform.texts.cleaning import DELETED_NAME
from tests.factories.base import made, number


def phone() -> str:
    """Return a mobile number of Iran that nobody has yet."""
    return f"+98912{1_000_000 + number():07d}"


def make_person(**given: Any) -> Person:
    """Somebody who has signed in and been through the first steps, reads English and lives by the Gregorian calendar.

    They have no quiet hours unless one of the times is given, so that it does not matter when tests run.
    """
    nth = number()
    values = {
        "phone": f"+98935{1_000_000 + nth:07d}",
        "name": f"Runner {nth}",
        "city": "Tehran",
        "locale": "en",
        "calendar": "gregorian",
        "timezone": "Asia/Tehran",
        "last_sign_in_at": clock.now(),
    }
    if not given.keys() & {"quiet_from", "quiet_to"}:
        values |= {"quiet_from": time(0), "quiet_to": time(0)}
    values |= given
    if values.get("state") == "leaving":
        values = {"leaving_at": clock.now()} | values | {"name": DELETED_NAME, "put_aside": {"name": values["name"]}}
    elif values.get("state") == "erased":
        person_id = ids.new_id()
        values |= {"id": person_id, "phone": f"erased:{person_id}", "name": DELETED_NAME, "city": ""}
    return made(Person, **values)


def let_be(person: Person, state: str) -> None:
    """Set the state of the person's account."""
    number = f"erased:{person.id}" if state == "erased" else person.phone
    person.state, person.phone = state, number
    person.leaving_at = clock.now() if state == "leaving" else None
    db.session.flush()
