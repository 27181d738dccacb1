"""The log of a crew."""

import uuid

from hampa.crews.models import CrewLogEntry
from hampa.people.models import Person
from hampa.platform.db import db


def log(
    crew_id: uuid.UUID, what: str, actor: Person | None, person_id: uuid.UUID | None = None, note: str = ""
) -> None:
    """Write what somebody did into the log of a crew; operators of the site have no name there."""
    db.session.add(
        CrewLogEntry(crew_id=crew_id, what=what, actor_id=actor.id if actor else None, person_id=person_id, note=note)
    )
