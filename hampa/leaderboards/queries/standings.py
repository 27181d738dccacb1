"""On which boards a person stands, and on which they could."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Uuid, and_, exists, literal, select, union_all

from hampa.crews.models import ACTIVE, Crew, CrewMembership
from hampa.leaderboards.models.registry import CREW, EVERYONE, PLAN
from hampa.leaderboards.models.standings import Standing
from hampa.people.models import Person
from hampa.platform.db import constants
from hampa.platform.statements import built_once
from hampa.platform.texts.cleaning import by_alphabet
from hampa.training.models.plans import JOINED, OPEN_STATUSES, PRIVATE, PlanMember, TrainingPlan

MOST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class OwnScope:
    """A crew or a plan of a person that has boards, or everybody, and whether they stand there."""

    kind: str
    id: uuid.UUID | None
    name: str
    stands: bool


def own_scopes(person: Person) -> list[OwnScope]:
    """Return the crews, and the plans with others that go on, to which a person belongs, by name, and everybody."""
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
    stands = Standing.person_id == person_id, Standing.crew_id.is_(None), Standing.plan_id.is_(None)
    everyone = select(literal(EVERYONE), literal(None, Uuid), literal(""), exists().where(*stands))
    both = union_all(crews, plans, everyone).subquery("own")
    return select(both).order_by(both.c.kind, by_alphabet(both.c.name), both.c.id).limit(MOST_SHOWN)
