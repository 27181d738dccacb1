"""Writing down what happened with athletes and plans."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from hampa.coaching.models.athletes import Athlete, CoachingEvent
from hampa.coaching.models.sessions import CoachedPlan
from hampa.coaching.queries.owners import ATHLETE
from hampa.coaching.queries.timeline import DONE
from hampa.files.queries.owners import PLAN, tells_of_changes
from hampa.people.models import Person
from hampa.platform import clock, ids
from hampa.platform.db import db
from hampa.timeline.actions import Occurrence, record_all


def log(
    what: str,
    person: Person | None,
    *,
    athlete_id: uuid.UUID | None = None,
    plan_id: uuid.UUID | None = None,
    why: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    is_told: bool = False,
    on_timelines: bool = True,
) -> None:
    """Write down that something happened with an athlete, a plan or both; what people did stands on timelines too.

    There are two entries of what a coach does: theirs, which is that of the plan, and the athlete's. `is_told` says that the
    athlete was notified of it. What other entries of timelines tell already is `on_timelines` there alone.
    """
    event_id = ids.new_id()
    db.session.add(
        CoachingEvent(
            id=event_id,
            athlete_id=athlete_id,
            plan_id=plan_id,
            person_id=person.id if person is not None else None,
            what=what,
            why=why,
            before=dict(before or {}),
            after=dict(after or {}),
            is_told=is_told,
        )
    )
    if person is not None and on_timelines:
        now = clock.now()
        entries = [Occurrence(person.id, event_id, now, plan_id)]
        whose = select(Athlete.person_id).where(Athlete.id == athlete_id, Athlete.person_id != person.id)
        if athlete_id is not None and (athlete := db.session.scalar(whose)) is not None:
            entries.append(Occurrence(athlete, event_id, now))
        record_all(DONE, entries)


@tells_of_changes
def log_knowledge(person: Person, kind: str, owner_id: uuid.UUID, what: str) -> None:
    """Write down that somebody shared a note or a summary of an athlete or the plan of one, or added a file."""
    if kind == ATHLETE:
        log(what, person, athlete_id=owner_id)
    elif kind == PLAN:
        coached = db.session.scalar(select(CoachedPlan).where(CoachedPlan.plan_id == owner_id))
        if coached is not None:
            log(what, person, athlete_id=coached.athlete_id, plan_id=owner_id)
