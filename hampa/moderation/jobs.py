"""The end of suspensions."""

import uuid

from hampa.people import actions
from hampa.people.models import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.platform.jobs import job


@job("moderation.let_in_again")
def end_suspension(person_id: uuid.UUID) -> None:
    """End a suspension whose time is over; one that was prolonged or replaced meanwhile stays."""
    person = db.session.get(Person, person_id, with_for_update=True)
    if person is not None and person.suspended_until is not None and person.suspended_until <= clock.now():
        actions.reinstate(person)
    db.session.commit()
