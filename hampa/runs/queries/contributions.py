"""The contributions of a person to running together."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select, union

from hampa.people.models.person import Person
from hampa.platform import clock
from hampa.platform.db import db
from hampa.runs.models.participation import COMPLETED, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.organisers import runs_organised_by


@dataclass(frozen=True, slots=True)
class Contributions:
    """The numbers of runs that a person came to or organised, of those organised, and of the hours of all."""

    runs: int
    organised: int
    hours: int


def contributions_of(person: Person) -> Contributions:
    """Return the contributions to all runs that took place, in one statement."""
    organised = runs_organised_by(person, agreed=True)
    came = select(Participation.run_id).where(Participation.person_id == person.id, Participation.status == COMPLETED)
    row = db.session.execute(
        select(
            func.count(),
            func.count().filter(Run.id.in_(organised)),
            func.coalesce(func.sum(Run.duration_min), 0),
        ).where(
            Run.id.in_(union(organised, came)),
            Run.cancelled_at.is_(None),
            Run.ends_at <= clock.now(),
        )
    ).one()
    return Contributions(row[0], row[1], round(row[2] / 60))
