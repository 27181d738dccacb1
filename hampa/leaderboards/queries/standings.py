"""On which boards a person stands, and on which they could."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, literal, select, union_all

from hampa.crews.models import ACTIVE, Crew, CrewMembership
from hampa.leaderboards.models.registry import CREW, PLAN
from hampa.leaderboards.models.standings import Standing
from hampa.people.models import Person
from hampa.platform.db import constants
from hampa.platform.statements import built_once
from hampa.training.models.plans import JOINED, OPEN_STATUSES, PRIVATE, PlanMember, TrainingPlan

MOST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class OwnScope:
    """A crew or a plan of a person that has boards, and whether they stand there."""

    kind: str
    id: uuid.UUID
    name: str
    stands: bool


def own_scopes(person: Person) -> list[OwnScope]:
    """Return the crews, and the plans with others that go on, to which a person belongs, by name."""
    return [OwnScope(*row) for row in _own_scopes(person.id)]


@built_once
def _own_scopes(person_id: uuid.UUID) -> Any:
    crews = (
        select(literal(CREW).label("kind"), Crew.id, Crew.name.label("name"), Standing.id.is_not(None))
        .join(CrewMembership, CrewMembership.crew_id == Crew.id)
        .outerjoin(Standing, and_(Standing.crew_id == Crew.id, Standing.person_id == person_id))
        .where(CrewMembership.person_id == person_id, CrewMembership.status.in_(constants(ACTIVE)))
    )
    plans = (
        select(literal(PLAN).label("kind"), TrainingPlan.id, TrainingPlan.name.label("name"), Standing.id.is_not(None))
        .join(PlanMember, PlanMember.plan_id == TrainingPlan.id)
        .outerjoin(Standing, and_(Standing.plan_id == TrainingPlan.id, Standing.person_id == person_id))
        .where(
            *(PlanMember.person_id == person_id, PlanMember.status.in_(constants(JOINED))),
            *(TrainingPlan.visibility.not_in(constants(PRIVATE)), TrainingPlan.status.in_(constants(*OPEN_STATUSES))),
        )
    )
    both = union_all(crews, plans).subquery("own")
    return select(both).order_by(both.c.kind, both.c.name, both.c.id).limit(MOST_SHOWN)
