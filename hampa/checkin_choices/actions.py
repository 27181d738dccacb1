"""Storing what people choose about check-ins."""

import uuid
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from hampa.checkin_choices.models import CheckInChoices, CheckInPreferences
from hampa.crews.queries.crews import member_of
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db


def choose_in_crew(person: Person, crew_id: uuid.UUID, **choices: Any) -> None:
    """Store choices of a member in a crew, and leave the others. Raise Forbidden and NotFound as `member_of` does."""
    member_of(person, crew_id)
    _store(CheckInChoices, {"person_id": person.id, "crew_id": crew_id}, choices)


def choose_for_all(person: Person, **choices: Any) -> None:
    """Store choices of a person for all their check-ins."""
    _store(CheckInPreferences, {"person_id": person.id}, choices)


def _store(model: Any, whose: dict[str, Any], choices: dict[str, Any]) -> None:
    now = clock.now()
    values = insert(model).values(id=ids.new_id(), created_at=now, updated_at=now, **whose, **choices)
    changes = choices | {"updated_at": now, "version": model.version + 1}
    db.session.execute(values.on_conflict_do_update(index_elements=list(whose), set_=changes))
