"""Writing down what happened with athletes and plans."""

import uuid
from collections.abc import Mapping
from typing import Any

from hampa.coaching.models.athletes import CoachingEvent
from hampa.people.models import Person
from hampa.platform.db import db


def log(
    what: str,
    person: Person | None,
    *,
    athlete_id: uuid.UUID | None = None,
    plan_id: uuid.UUID | None = None,
    why: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write down that something happened with an athlete, a plan or both."""
    db.session.add(
        CoachingEvent(
            athlete_id=athlete_id,
            plan_id=plan_id,
            person_id=person.id if person is not None else None,
            what=what,
            why=why,
            before=dict(before or {}),
            after=dict(after or {}),
        )
    )
