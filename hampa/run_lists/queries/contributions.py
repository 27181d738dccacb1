"""What a person has given to runs: how many they came to or organised, and for how long."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Select, func, select, union

from hampa.people.models import Person
from hampa.people.queries import stand_in
from hampa.platform import clock
from hampa.platform.statements import built_once
from hampa.runs.models.participation import COMPLETED, Participation
from hampa.runs.models.run import Run
from hampa.runs.queries.organisers import runs_organised_by


@dataclass(frozen=True, slots=True)
class Contributions:
    """The numbers of runs that a person came to or organised, of those organised, and of the hours of all."""

    runs: int
    organised: int
    hours: int

    @classmethod
    def of(cls, runs: int, organised: int, minutes: int) -> Self:
        """Return the numbers of what `select_contributions` selects."""
        return cls(runs, organised, round(minutes / 60))


def contributions_of(person: Person) -> Contributions:
    """Return the contributions to all runs that took place, in one statement."""
    row: Any = _contributions(person.id, clock.now()).one()
    return Contributions.of(*row)


@built_once
def _contributions(person_id: uuid.UUID, now: datetime) -> Any:
    return select_contributions(person_id, now)


def select_contributions(person_id: Any, now: Any) -> Select[*tuple[Any, ...]]:
    """Return a SELECT of the values of `Contributions.of`; the person and the time are columns or parameters."""
    organised = runs_organised_by(stand_in(person_id))
    came = select(Participation.run_id).where(Participation.person_id == person_id, Participation.status == COMPLETED)
    minutes = func.coalesce(func.sum(Run.duration_min), 0)
    return select(func.count(), func.count().filter(Run.id.in_(organised)), minutes).where(
        Run.id.in_(union(organised, came)), Run.cancelled_at.is_(None), Run.ends_at <= now
    )
