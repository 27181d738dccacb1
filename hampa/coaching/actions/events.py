"""Writing down what happened with athletes and plans."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from hampa.coaching.models.athletes import CoachingEvent
from hampa.coaching.models.sessions import CoachedPlan
from hampa.coaching.queries.owners import ATHLETE
from hampa.files.queries.owners import PLAN, tells_of_changes
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


@tells_of_changes
def log_knowledge(person: Person, kind: str, owner_id: uuid.UUID, what: str) -> None:
    """Write down that somebody shared a note on an athlete or the plan of one, or added a file."""
    if kind == ATHLETE:
        log(what, person, athlete_id=owner_id)
    elif kind == PLAN:
        coached = db.session.scalar(select(CoachedPlan).where(CoachedPlan.plan_id == owner_id))
        if coached is not None:
            log(what, person, athlete_id=coached.athlete_id, plan_id=owner_id)
