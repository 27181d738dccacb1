"""What becomes of decisions later."""

from __future__ import annotations

import uuid

from hampa.people import actions
from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import job


@job("moderation.let_in_again")
def let_in_again(person_id: uuid.UUID) -> None:
    """End a suspension whose time is over; a later or another one stays."""
    person = db.session.get(Person, person_id, with_for_update=True)
    until = person.suspended_until if person is not None and person.state == "suspended" else None
    if person is not None and until is not None and until <= clock.now():
        actions.reinstate(person)
    db.session.commit()
