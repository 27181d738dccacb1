"""What organisers see of nudges, which says nothing about who was reached."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from hampa.checkin_reminders.models import NudgeRound
from hampa.crews.models import CrewMembership
from hampa.crews.queries.crews import may
from hampa.people.models import Person
from hampa.people.queries import hidden_ids, is_none_of
from hampa.platform.db import db

RIGHT = "post"
"""The right of crews that nudging needs, as a notice to all does."""


@dataclass(frozen=True, slots=True)
class LastNudge:
    """When an organiser nudged last, and who it was; None for somebody who is gone or hidden."""

    created_at: datetime
    name: str | None


def may_nudge(membership: CrewMembership) -> bool:
    """Return whether a member may nudge others."""
    return may(membership, RIGHT)


def last_nudge(viewer: Person, crew_id: uuid.UUID) -> LastNudge | None:
    """Return the last nudge in a crew, if there was one."""
    is_shown = (Person.id == NudgeRound.actor_id) & is_none_of(Person.id, hidden_ids(viewer))
    query: Any = (
        select(NudgeRound.created_at, Person.name)
        .outerjoin(Person, is_shown)
        .where(NudgeRound.crew_id == crew_id)
        .order_by(NudgeRound.created_at.desc())
        .limit(1)
    )
    row = db.session.execute(query).one_or_none()
    return LastNudge(*row) if row is not None else None
